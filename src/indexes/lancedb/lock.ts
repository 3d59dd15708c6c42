import { linkSync, readFileSync, readlinkSync, realpathSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { badInput, LikenessError } from "../../domain/errors.js";
import { makeFolder } from "../../make-folder.js";

/** Folders this very process holds: its own pid in a lock file does not tell it from a dead process of the same number. */
const held = new Set<string>();

/** How often an owner touches its lock, and how long another container watches for that before it takes the owner for dead. */
const BEAT_MS = 2_000;
const WATCHED_MS = 5_000;

export interface DataDirLock {
  /**
   * Throws INDEX_UNAVAILABLE once the lock is lost: the folder was removed, its disk is gone, or another container took this
   * process for dead while that was stopped.
   */
  check(): void;
  release(): void;
}

/**
 * Claims a data folder for this process until that lets it go. Two writers would undo each other's changes. A lock whose
 * process is gone (kill -9, power cut) is taken over: at once where that can be told, after `WATCHED_MS` without a beat where
 * it is another container's or machine's, or where a kill left it without its owner's name.
 */
export function lockDataDir(dataDir: string): DataDirLock {
  const dir = folderOf(dataDir);
  const path = join(dir, "likeness.lock");
  if (held.has(dir)) throw inUse(dataDir, process.pid);
  const own = JSON.stringify({ pid: process.pid, startedAt: processStat(process.pid)?.startedAt ?? null, place: place() });
  while (!create(path, own)) {
    const found = readLock(path);
    if (found === "gone") continue;
    if (found.owner === null && beats(path)) continue;
    if (found.owner && isAlive(found.owner, path)) throw inUse(dataDir, found.owner.pid);
    removeStale(path, found.text);
  }
  held.add(dir);
  const isOurs = () => {
    try {
      return readFileSync(path, "utf8") === own;
    } catch {
      return false;
    }
  };
  const beating = setInterval(() => isOurs() && beat(path), BEAT_MS).unref();
  return {
    check: () => {
      if (!isOurs()) throw lost(dataDir);
    },
    release: () => {
      if (!held.delete(dir)) return;
      clearInterval(beating);
      if (isOurs()) rmSync(path, { force: true });
    },
  };
}

function folderOf(dataDir: string): string {
  try {
    makeFolder(dataDir);
    return realpathSync(dataDir);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "EEXIST" || code === "ENOTDIR") throw badInput(`LIKENESS_DATA_DIR=${dataDir} is a file, or lies in one: name a folder.`);
    throw notWritable(dataDir, cause);
  }
}

interface Owner {
  readonly pid: number;
  /** When its process started, in the kernel's ticks since boot; null where the system does not tell. */
  readonly startedAt: string | null;
  /** Where its number means that process; absent in the locks of before. */
  readonly place?: string | null;
}

/** The running system and the container in it (namespaces(7)), of which each has its own processes; null where that cannot be told. */
function place(): string | null {
  try {
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return null;
  }
}

/** A folder that was removed meanwhile has no lock to touch. */
function beat(path: string): void {
  try {
    utimesSync(path, new Date(), new Date());
  } catch {}
}

/** Waits and watches: the clocks of two machines may differ, so only a change counts. */
function beats(path: string): boolean {
  const touched = () => statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  const before = touched();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WATCHED_MS);
  return touched() !== before;
}

function create(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw notWritable(path, error);
  }
}

interface Lock {
  readonly text: string;
  /** Null for a lock that names nobody: it is just being written, or its owner was killed over that. */
  readonly owner: Owner | null;
}

function readLock(path: string): Lock | "gone" {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "gone";
    throw notWritable(path, error);
  }
  try {
    const owner = JSON.parse(text) as Owner;
    return { text, owner: Number.isInteger(owner.pid) ? owner : null };
  } catch {
    return { text, owner: null };
  }
}

/** Pids are used again, in containers at once: only the start time tells the owner from a later process of its number. */
function isAlive({ pid, startedAt, place: there = place() }: Owner, path: string): boolean {
  if (there !== place()) return beats(path);
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

/** Moves it aside first, and back if it is another's by now: of two processes that find the same stale lock, one may be quicker. */
function removeStale(path: string, stale: string): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
    if (readFileSync(aside, "utf8") !== stale) linkSync(aside, path);
  } catch (error) {
    // Somebody else moved it, or has a new one there.
    if (!["ENOENT", "EEXIST"].includes((error as NodeJS.ErrnoException).code ?? "")) throw notWritable(path, error);
  } finally {
    rmSync(aside, { force: true });
  }
}

function notWritable(path: string, cause: unknown): LikenessError {
  return new LikenessError(
    "INDEX_UNAVAILABLE",
    `The data folder cannot be written: see that this user may read and write ${path}. ${(cause as Error).message}`,
    { cause },
  );
}

function lost(dataDir: string): LikenessError {
  return new LikenessError(
    "INDEX_UNAVAILABLE",
    `The data folder ${dataDir} is not this process's any more (its likeness.lock is gone, unreadable or another's): see that the folder is there and that no other process uses it, and restart.`,
  );
}

function inUse(dataDir: string, pid: number): LikenessError {
  const who = pid === process.pid ? "this process" : `process ${pid}`;
  return new LikenessError(
    "INDEX_UNAVAILABLE",
    `The data folder ${dataDir} is in use by ${who}: stop it first, or set another LIKENESS_DATA_DIR.`,
  );
}
