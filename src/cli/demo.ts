import { relative } from "node:path";
import type { Command } from "commander";
import { type App, createApp } from "../app.js";
import { loadConfig } from "../config.js";
import { badInput } from "../domain/errors.js";
import { ingestLines } from "../ingest/ingest-lines.js";
import { asLines, type CatalogDraft } from "../ingest/readers/catalog-row.js";
import { runUntilSignal } from "../run-until-signal.js";
import { readDemoCatalog } from "./demo-catalog.js";

/** Apart from the real catalogue, so that trying the demo never mixes sample products into it. */
const DEMO_DATA_DIR = ".likeness/demo";

export function demoCommand(program: Command): void {
  program
    .command("demo")
    .description(`serve a sample shop of 54 products (kept in LIKENESS_DATA_DIR, by default ${DEMO_DATA_DIR})`)
    .action(async () => {
      const drafts = await readDemoCatalog();
      const app = await createApp(loadConfig({ ...process.env, LIKENESS_DATA_DIR: process.env.LIKENESS_DATA_DIR || DEMO_DATA_DIR }));
      // Before it listens: whoever finds it listening finds the products.
      await fill(app, drafts).catch(async (error) => {
        await app.stop();
        throw error;
      });
      const count = await app.index.count();
      await runUntilSignal(app, (url) => console.log(welcome(url, count, pictureToTry(drafts), app.config.LIKENESS_READ_KEYS.length > 0)));
    });
}

/** Ingests the sample products that the index does not have; from the second start on that is none. */
async function fill(app: App, drafts: readonly CatalogDraft[]): Promise<void> {
  const found = await app.index.get(drafts.map(({ id }) => id));
  const missing = drafts.filter((_, i) => found[i] === null);
  if (missing.length === 0) return;
  console.log(`Encoding ${missing.length} products (on the first start only) …`);
  const tally = await ingestLines(asLines(missing), app.ingest, {
    batchSize: 16,
    maxPictureBytes: app.config.LIKENESS_MAX_UPLOAD_BYTES,
    onBatch: async ({ failures }) => {
      for (const { id, message } of failures) console.error(`${id}: ${message}`);
    },
  });
  if (tally.failed > 0) throw badInput(`${tally.failed} of the sample products could not be ingested.`);
}

/** The sofa's own photograph, by a path short enough to paste. */
function pictureToTry(drafts: readonly CatalogDraft[]): string {
  const [image] = drafts.find(({ id }) => id === "leather-sofa")?.images ?? [];
  return image && "path" in image ? relative(process.cwd(), image.path) : "photo.jpg";
}

function welcome(base: string, count: number, picture: string, needsKey: boolean): string {
  const url = `${base}/graphql`;
  const curl = needsKey ? `curl ${url} -H 'authorization: Bearer KEY'` : `curl ${url}`;
  const key = needsKey ? ", with one of LIKENESS_READ_KEYS for KEY" : "";
  return `
Likeness serves ${count} products at ${url}; to search them in a browser, open ${base}/search

Three things to try in a shell${key}:

1. Search by words

${post(curl, '{ searchProducts(text: "something to sit on", first: 3) { edges { node { title } similarity } } }')}

2. Search by words, with a filter

${post(curl, '{ searchProducts(text: "shoes", first: 3, filter: { price: { max: 100, currency: "USD" } }) { edges { node { title } similarity } } }')}

3. Search by a picture

${curl} -H 'apollo-require-preflight: true' \\
  -F 'operations={"query":"query($image: Upload!) { searchProducts(image: $image, first: 3) { edges { node { title } similarity } } }","variables":{"image":null}}' \\
  -F 'map={"0":["variables.image"]}' -F '0=@${picture};type=image/jpeg'

Ctrl-C stops it.
`;
}

/** A curl command, so far with its URL, for a query without apostrophes, which would end the shell's quoting. */
function post(curl: string, query: string): string {
  return `${curl} -H 'content-type: application/json' \\\n  -d '${JSON.stringify({ query })}'`;
}
