import { mkdirSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LikenessError } from "../../domain/errors.js";

/** Folders this very process holds: its own pid in a lock file does not tell it from a dead process of the same number. */
const held = new Set<string>();
/** An unreadable lock file this young may be one that is just being written. */
const BEING_WRITTEN_MS = 5_000;

/**
 * Claims a data folder for this process until the function it gives back is called. Two writers would undo each other's
 * changes. A lock whose process is gone (kill -9, power cut) is taken over.
 */
export function lockDataDir(dataDir: string): () => void {
  mkdirSync(dataDir, { recursive: true });
  const dir = realpathSync(dataDir);
  const path = join(dir, "likeness.lock");
  if (held.has(dir)) throw inUse(dataDir, process.pid);
  const own = JSON.stringify({ pid: process.pid, startedAt: processStat(process.pid)?.startedAt ?? null });
  while (!create(path, own)) {
    const owner = readOwner(path);
    if (owner === "gone") continue;
    if (owner === "being written") throw inUse(dataDir, null);
    if (owner && isAlive(owner)) throw inUse(dataDir, owner.pid);
    removeStale(path);
  }
  held.add(dir);
  return () => {
    if (!held.delete(dir)) return;
    rmSync(path, { force: true });
  };
}

interface Owner {
  readonly pid: number;
  /** When its process started, in the kernel's ticks since boot; null where the system does not tell. */
  readonly startedAt: string | null;
}

function create(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw new LikenessError("INDEX_UNAVAILABLE", `The data folder cannot be written: ${(error as Error).message}`, { cause: error });
  }
}

/** Null for a lock that nobody can own: a broken file that is not being written any more. */
function readOwner(path: string): Owner | "gone" | "being written" | null {
  try {
    const ageMs = Date.now() - statSync(path).mtimeMs;
    const text = readFileSync(path, "utf8");
    try {
      const owner = JSON.parse(text) as Owner;
      return Number.isInteger(owner.pid) ? owner : null;
    } catch {
      return ageMs < BEING_WRITTEN_MS ? "being written" : null;
    }
  } catch {
    return "gone";
  }
}

/** Pids are used again, in containers at once: only the start time tells the owner from a later process of its number. */
function isAlive({ pid, startedAt }: Owner): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  const found = processStat(pid);
  if (found?.isZombie) return false;
  return startedAt === null || found?.startedAt === startedAt;
}

interface ProcessStat {
  /** Ended, all of its threads too; only its parent has not asked for its end yet, which in a container may never happen. */
  readonly isZombie: boolean;
  readonly startedAt: string | null;
}

/** Fields 3, 20 and 22 of Linux's /proc/<pid>/stat (proc(5)); its second field is a name in brackets that may hold anything. */
function processStat(pid: number): ProcessStat | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { isZombie: fields[0] === "Z" && Number(fields[17]) <= 1, startedAt: fields[19] ?? null };
  } catch {
    return null;
  }
}

/** Moves it aside first: of two processes that find the same stale lock, one moves it and the other starts over. */
function removeStale(path: string): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  rmSync(aside, { force: true });
}

function inUse(dataDir: string, pid: number | null): LikenessError {
  const who = pid === null ? "another process" : pid === process.pid ? "this process" : `process ${pid}`;
  return new LikenessError(
    "INDEX_UNAVAILABLE",
    `The data folder ${dataDir} is in use by ${who}: stop it first, or set another LIKENESS_DATA_DIR.`,
  );
}
