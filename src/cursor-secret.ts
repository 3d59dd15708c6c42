import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

const SECRET_BYTES = 32;

/** The secret that cursors of this data folder are signed with: made on the first start and kept, so that cursors outlive it. */
export async function keptCursorSecret(dataDir: string): Promise<string> {
  const path = join(dataDir, "cursor-secret");
  await mkdir(dataDir, { recursive: true });
  await writeFile(path, newCursorSecret(), { flag: "wx", mode: 0o600 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  return await readFile(path, "utf8");
}

export function newCursorSecret(): string {
  return randomBytes(SECRET_BYTES).toString("base64url");
}
