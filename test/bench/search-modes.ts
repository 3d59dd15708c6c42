import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createApp } from "../../src/app.js";
import { loadConfig } from "../../src/config.js";
import type { SearchMode } from "../../src/domain/search.js";

/**
 * nDCG@10 of LEXICAL, SEMANTIC and HYBRID for the judged queries beside this file (grades 0 to 3), over the 81 products of
 * GroceryStoreDataset (marcusklasson, MIT) with their texts and clean pictures.
 * Usage: tsx test/bench/search-modes.ts <folder with products.ndjson and images>
 */
interface Row {
  readonly id: string;
  readonly title: string;
  readonly category: string;
  readonly department: string;
  readonly description: string;
  readonly image: string;
}

interface JudgedQuery {
  readonly text: string;
  readonly relevant: Readonly<Record<string, number>>;
}

const K = 10;
const MODES: readonly SearchMode[] = ["LEXICAL", "SEMANTIC", "HYBRID", "AUTO"];

/** Gain 2^grade − 1, discount log2(rank + 1), as in Burges et al., "Learning to Rank using Gradient Descent", 2005. */
function ndcg(ids: readonly string[], relevant: Readonly<Record<string, number>>): number {
  const dcg = (grades: readonly number[]) => grades.slice(0, K).reduce((sum, grade, i) => sum + (2 ** grade - 1) / Math.log2(i + 2), 0);
  return dcg(ids.map((id) => relevant[id] ?? 0)) / dcg(Object.values(relevant).sort((a, b) => b - a));
}

const [folder] = process.argv.slice(2);
if (!folder) throw new Error("Give the folder of the dataset.");
const rows = (await readFile(join(folder, "products.ndjson"), "utf8"))
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Row);
const queries = JSON.parse(await readFile(new URL("grocery-queries.json", import.meta.url), "utf8")) as JudgedQuery[];
const dataDir = await mkdtemp(join(tmpdir(), "likeness-modes-"));
for (const index of ["lancedb", "memory"]) {
  const app = await createApp(loadConfig({ LIKENESS_DATA_DIR: join(dataDir, index), LIKENESS_INDEX: index, LIKENESS_LOG_LEVEL: "error" }));
  const drafts = rows.map(({ id, title, category, department, description, image }) => ({
    id,
    title,
    description,
    categories: [department, category],
    images: [{ read: () => readFile(join(folder, image)) }],
  }));
  const failed = (await app.ingest.ingest(drafts)).filter(({ status }) => status === "FAILED");
  if (failed.length > 0) throw new Error(`${failed.length} products could not be ingested: ${failed[0]?.error?.message}`);
  const table: Record<string, Record<string, string>> = {};
  const sums = new Map<SearchMode, number>();
  for (const { text, relevant } of queries) {
    const pages = await app.search.search(MODES.map((mode) => ({ text, mode, first: K, withTotal: false, withEmbeddings: false })));
    const row: Record<string, string> = {};
    pages.forEach((page, i) => {
      if (page instanceof Error) throw page;
      const mode = MODES[i] as SearchMode;
      const value = ndcg(
        page.hits.map(({ hit }) => hit.product.id),
        relevant,
      );
      sums.set(mode, (sums.get(mode) ?? 0) + value);
      row[mode] = value.toFixed(3);
    });
    table[text] = row;
  }
  table["mean"] = Object.fromEntries(MODES.map((mode) => [mode, ((sums.get(mode) as number) / queries.length).toFixed(3)]));
  console.log(`${index}, ${app.encoder.modelId}, nDCG@${K} of ${queries.length} queries`);
  console.table(table);
  await app.stop();
}
await rm(dataDir, { recursive: true });
