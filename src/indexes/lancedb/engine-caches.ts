import { totalmem } from "node:os";
import { Session } from "@lancedb/lancedb";

/** The engine's own bounds, which hold whatever the machine has. */
const MOST_BYTES = 6 * 1024 ** 3;
/** Of the memory that this process may have. */
const SHARE = 1 / 4;
/** What is known of files takes a sixth of that of indexes by the engine's own bounds too. */
const METADATA_SHARE = 1 / 6;

/**
 * What the engine keeps in memory of indexes and files. It keeps each index that it has read, with its file open, also once another
 * has replaced it, until there is no room for more: every write that a search by words follows leaves two.
 */
export function engineCaches(bytes = Math.min(MOST_BYTES, SHARE * memoryBytes())): Session {
  return new Session(BigInt(Math.floor(bytes)), BigInt(Math.floor(METADATA_SHARE * bytes)));
}

/** The container's limit where there is one; without one Node gives 0, or more than any machine has. */
function memoryBytes(): number {
  return Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
}
