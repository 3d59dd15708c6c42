import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createApp } from "../../src/app.js";
import { readDemoCatalog } from "../../src/cli/demo-catalog.js";
import { loadConfig } from "../../src/config.js";
import { loadDraft } from "../../src/ingest/load-draft.js";
import { createClient, startChild } from "../support/child.js";
import { mebibytes, table } from "./measure.js";

const SEARCHES = 10_000;
const SEARCHES_A_ROW = 2_000;
const CLIENTS = 4;
const SEARCH = "query($text: String) { searchProducts(text: $text, first: 10) { edges { similarity node { id title } } } }";

/** Time to listen and resident memory of the sample shop's server, idle and over 10,000 searches of words never asked before. */
export async function memory(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), "likeness-bench-"));
  try {
    const env = { PORT: "0", LIKENESS_DATA_DIR: dataDir };
    const app = await createApp(loadConfig({ ...env, LIKENESS_LOG_LEVEL: "warn" }));
    const drafts = await readDemoCatalog();
    await app.ingest.ingest(await Promise.all(drafts.map((draft) => loadDraft(draft, app.config.LIKENESS_MAX_UPLOAD_BYTES))));
    await app.stop();
    const server = await startChild("test/bench/gateway-server.ts", env);
    const rows: (string | number)[][] = [["listening", `${(server.startedInMs / 1000).toFixed(1)} s`, mebibytes(server.residentBytes())]];
    const client = createClient(server.url, CLIENTS);
    for (let done = 0; done < SEARCHES; done += SEARCHES_A_ROW) {
      const startedMs = performance.now();
      let next = done;
      const searchOn = async () => {
        while (next < done + SEARCHES_A_ROW) {
          const text = `leather shoe number ${next++}`;
          await client.post(JSON.stringify({ query: SEARCH, variables: { text } }));
        }
      };
      await Promise.all(Array.from({ length: CLIENTS }, searchOn));
      const seconds = (performance.now() - startedMs) / 1000;
      rows.push([
        `${done + SEARCHES_A_ROW} searches`,
        `${Math.round(SEARCHES_A_ROW / seconds)} searches/s`,
        mebibytes(server.residentBytes()),
      ]);
    }
    await client.close();
    await server.stop();
    return `The sample shop of ${drafts.length} products, likeness-mini, LanceDB, ${CLIENTS} clients, every text a new one.\n\n${table(["after", "took", "resident memory"], rows)}`;
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}
