import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { TABLE } from "./table-name.js";

/**
 * Whether a generation's folder has a table. A crash while the engine makes one leaves a folder without any version, which the
 * engine lists as a table but cannot open; one that has data was whole once, and its versions are only lost.
 */
export function hasTable(folder: string): boolean {
  return holds(join(folder, `${TABLE}.lance`, "_versions"), ".manifest") || holds(join(folder, `${TABLE}.lance`, "data"), ".lance");
}

function holds(folder: string, ending: string): boolean {
  return existsSync(folder) && readdirSync(folder).some((name) => name.endsWith(ending));
}
