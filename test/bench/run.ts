import { importSpeed } from "./import-speed.js";
import { ingestSpeed } from "./ingest-speed.js";
import { largeIndex } from "./large-index.js";
import { machine } from "./measure.js";
import { memory } from "./memory.js";
import { searchSpeed } from "./search-speed.js";

/** Each section prints Markdown; `npm run bench -- search` runs one, no name runs them all. */
const SECTIONS: Record<string, { title: string; run: () => Promise<string> }> = {
  ingest: { title: "Ingest of photos", run: ingestSpeed },
  import: { title: "Import of a catalogue with ready embeddings", run: importSpeed },
  memory: { title: "Start and memory", run: memory },
  large: { title: "A large index, embedded and on OpenSearch", run: largeIndex },
  search: { title: "Search with ready embeddings", run: searchSpeed },
};

const names = process.argv.slice(2);
const unknown = names.find((name) => !(name in SECTIONS));
if (unknown) throw new Error(`There is no section ${unknown}: ${Object.keys(SECTIONS).join(", ")}.`);
console.log(`Machine: ${machine()}\n`);
for (const [name, { title, run }] of Object.entries(SECTIONS)) {
  if (names.length > 0 && !names.includes(name)) continue;
  console.log(`## ${title}\n\n${await run()}\n`);
}
