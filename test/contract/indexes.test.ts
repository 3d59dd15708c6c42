import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { LanceDbIndex } from "../../src/indexes/lancedb/lancedb-index.js";
import { MemoryIndex } from "../../src/indexes/memory/memory-index.js";
import { MODEL } from "./catalogue.js";
import { indexContract } from "./index-contract.js";

const dirs: string[] = [];
afterAll(() => Promise.all(dirs.map((dir) => rm(dir, { recursive: true, force: true }))));

indexContract("memory", async () => {
  const index = new MemoryIndex();
  await index.ensureReady(MODEL);
  return index;
});

async function newLanceDb(memoryBytes: number): Promise<LanceDbIndex> {
  const dataDir = await mkdtemp(join(tmpdir(), "likeness-contract-"));
  dirs.push(dataDir);
  const index = new LanceDbIndex({ dataDir, memoryBytes });
  await index.ensureReady(MODEL);
  return index;
}

indexContract("lancedb", () => newLanceDb(16 * 1024 * 1024));
indexContract("lancedb without memory for embeddings", () => newLanceDb(0));
