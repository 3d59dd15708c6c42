import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { badInput, LikenessError } from "../../domain/errors.js";
import { replaceFile } from "../../replace-file.js";
import { hasTable } from "./has-table.js";
import { lockDataDir } from "./lock.js";
import { META } from "./meta.js";
import { readJson } from "./read-json.js";
import { TABLE } from "./table-name.js";

/**
 * A data folder may hold several generations of its index, each a folder with a table and a meta.json: the first is the
 * data folder itself, later ones are `generation-2` and so on in it. `serving.json` names the one that serves and the one
 * that served before; one that is later than both is unfinished, and any other was replaced, but a kill was quicker than its
 * removal. Only the owner of the data folder's lock changes `serving.json` and removes what was replaced.
 */
interface Serving {
  readonly generation: string;
  readonly previous: string | null;
}

const SERVING = "serving.json";
const ROOT = ".";
const FIRST: Serving = { generation: ROOT, previous: null };
const NAME = /^generation-([1-9]\d*)$/;

/** Folder of the generation that serves. Throws INDEX_UNAVAILABLE where `serving.json` names one that is not there. */
export function servingFolder(dataDir: string): string {
  const serving = readServing(dataDir);
  if (serving === FIRST || hasTable(join(dataDir, serving.generation))) return join(dataDir, serving.generation);
  throw new LikenessError(
    "INDEX_UNAVAILABLE",
    `${join(dataDir, SERVING)} names ${serving.generation}, which has no index: restore it, go back by \`likeness reindex --rollback\`, or set another LIKENESS_DATA_DIR and ingest again.`,
  );
}

/** Folders of every generation that can serve, now or after going back. */
export function wholeFolders(dataDir: string): string[] {
  const { generation, previous } = readServing(dataDir);
  return [generation, ...(previous === null ? [] : [previous])].map((each) => join(dataDir, each));
}

/** Folder of the generation that is being built; a new one where there is none. Throws INDEX_UNAVAILABLE as `removeUnfinished` does. */
export function unfinishedFolder(dataDir: string): string {
  const [started] = unfinished(dataDir);
  if (started && !existsSync(join(dataDir, started, META))) removeUnclaimed(join(dataDir, started));
  const last = Math.max(newest(dataDir), ...names(dataDir).map(numberOf));
  const folder = join(dataDir, started ?? `generation-${last + 1}`);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Removes what an interrupted build left. Throws INDEX_UNAVAILABLE while it is still being built. The folders' names. */
export function removeUnfinished(dataDir: string): string[] {
  const found = unfinished(dataDir);
  for (const name of found) removeUnclaimed(join(dataDir, name));
  return found;
}

/** Makes the unfinished generation the one that serves, and removes what was replaced. The caller owns the data folder. */
export function serve(dataDir: string, folder: string): void {
  const before = readServing(dataDir);
  const generation = names(dataDir).find((name) => join(dataDir, name) === folder) as string;
  writeServing(dataDir, { generation, previous: before.generation });
  removeReplaced(dataDir);
}

/** Removes the generations that no `likeness reindex --rollback` leads to any more. The caller owns the data folder. */
export function removeReplaced(dataDir: string): void {
  for (const name of [ROOT, ...names(dataDir)].filter((each) => !isNamed(dataDir, each) && numberOf(each) < newest(dataDir))) {
    if (name === ROOT) for (const path of [META, `${TABLE}.lance`]) rmSync(join(dataDir, path), { recursive: true, force: true });
    else remove(join(dataDir, name));
  }
}

/** Lets the previous generation serve again; what served until now becomes the previous one. The caller owns the data folder. */
export function goBack(dataDir: string): string {
  const { generation, previous } = readServing(dataDir);
  if (previous === null || !existsSync(join(dataDir, previous, META))) {
    throw badInput(`${dataDir} keeps no earlier index to go back to: there has been no \`likeness reindex --model\`.`);
  }
  writeServing(dataDir, { generation: previous, previous: generation });
  return join(dataDir, previous);
}

function removeUnclaimed(folder: string): void {
  const lock = lockDataDir(folder);
  remove(folder);
  lock.release();
}

/** A generation's meta.json is the first of it that is written and that is removed: without it there are but a crash's leavings. */
function remove(folder: string): void {
  for (const path of [join(folder, META), folder]) rmSync(path, { recursive: true, force: true });
}

function unfinished(dataDir: string): string[] {
  return names(dataDir).filter((name) => numberOf(name) > newest(dataDir));
}

/** The later of the generation that serves and the one before. */
function newest(dataDir: string): number {
  const { generation, previous } = readServing(dataDir);
  return Math.max(numberOf(generation), numberOf(previous ?? ROOT));
}

function isNamed(dataDir: string, name: string): boolean {
  const { generation, previous } = readServing(dataDir);
  return name === generation || name === previous;
}

function numberOf(name: string): number {
  return Number(NAME.exec(name)?.[1] ?? 1);
}

function names(dataDir: string): string[] {
  return existsSync(dataDir) ? readdirSync(dataDir).filter((name) => NAME.test(name)) : [];
}

function readServing(dataDir: string): Serving {
  return readJson<Serving>(join(dataDir, SERVING)) ?? FIRST;
}

function writeServing(dataDir: string, serving: Serving): void {
  replaceFile(join(dataDir, SERVING), JSON.stringify(serving));
}
