import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { badInput } from "../../domain/errors.js";
import { replaceFile } from "../../replace-file.js";
import { lockDataDir } from "./lock.js";
import { TABLE } from "./table-name.js";

/**
 * A data folder may hold several generations of its index, each a folder with a table and a meta.json: the first is the
 * data folder itself, later ones are `generation-2` and so on in it. `serving.json` names the one that serves and the one
 * that served before; any other is unfinished. Only the owner of the data folder's lock changes `serving.json`.
 */
interface Serving {
  readonly generation: string;
  readonly previous: string | null;
}

const FIRST: Serving = { generation: ".", previous: null };
const NAME = /^generation-([1-9]\d*)$/;

/** Folder of the generation that serves. */
export function servingFolder(dataDir: string): string {
  return join(dataDir, readServing(dataDir).generation);
}

/** Folders of every generation that can serve, now or after going back. */
export function wholeFolders(dataDir: string): string[] {
  const { generation, previous } = readServing(dataDir);
  return [generation, ...(previous === null ? [] : [previous])].map((each) => join(dataDir, each));
}

/** Folder of the generation that is being built; a new one where there is none. */
export function unfinishedFolder(dataDir: string): string {
  const [started] = unfinished(dataDir);
  const last = Math.max(1, ...names(dataDir).map((name) => Number(NAME.exec(name)?.[1])));
  const folder = join(dataDir, started ?? `generation-${last + 1}`);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Removes what an interrupted build left. Throws INDEX_UNAVAILABLE while it is still being built. The folders' names. */
export function removeUnfinished(dataDir: string): string[] {
  const found = unfinished(dataDir);
  for (const name of found) {
    const unlock = lockDataDir(join(dataDir, name));
    rmSync(join(dataDir, name), { recursive: true });
    unlock();
  }
  return found;
}

/** Makes the unfinished generation the one that serves, and removes the one before the last. The caller owns the data folder. */
export function serve(dataDir: string, folder: string): void {
  const before = readServing(dataDir);
  const generation = names(dataDir).find((name) => join(dataDir, name) === folder) as string;
  writeServing(dataDir, { generation, previous: before.generation });
  if (before.previous === ".")
    for (const name of [`${TABLE}.lance`, "meta.json"]) rmSync(join(dataDir, name), { recursive: true, force: true });
  else if (before.previous !== null) rmSync(join(dataDir, before.previous), { recursive: true, force: true });
}

/** Lets the previous generation serve again; what served until now becomes the previous one. The caller owns the data folder. */
export function goBack(dataDir: string): string {
  const { generation, previous } = readServing(dataDir);
  if (previous === null || !existsSync(join(dataDir, previous, "meta.json"))) {
    throw badInput(`${dataDir} keeps no earlier index to go back to: there has been no \`likeness reindex --model\`.`);
  }
  writeServing(dataDir, { generation: previous, previous: generation });
  return join(dataDir, previous);
}

function unfinished(dataDir: string): string[] {
  const { generation, previous } = readServing(dataDir);
  return names(dataDir).filter((name) => name !== generation && name !== previous);
}

function names(dataDir: string): string[] {
  return existsSync(dataDir) ? readdirSync(dataDir).filter((name) => NAME.test(name)) : [];
}

function readServing(dataDir: string): Serving {
  const path = join(dataDir, "serving.json");
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Serving) : FIRST;
}

function writeServing(dataDir: string, serving: Serving): void {
  replaceFile(join(dataDir, "serving.json"), JSON.stringify(serving));
}
