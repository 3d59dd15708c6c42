import { randomBytes, randomUUID } from "node:crypto";
import { link, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { badInput } from "./domain/errors.js";
import { makeFolder } from "./make-folder.js";

const SECRET_BYTES = 32;
/** A shorter secret could be guessed, and cursors forged with it. */
export const MIN_SECRET_CHARS = 16;

/**
 * The secret that cursors of this data folder are signed with: made on the first start and kept, so that cursors outlive it.
 * Throws BAD_USER_INPUT where what is kept is too short for one.
 */
export async function keptCursorSecret(dataDir: string): Promise<string> {
  const path = join(dataDir, "cursor-secret");
  makeFolder(dataDir);
  const secret = (await read(path)) ?? (await make(path));
  if (secret.length >= MIN_SECRET_CHARS) return secret;
  throw badInput(
    `${path} has ${secret.length} characters; a secret has at least ${MIN_SECRET_CHARS}. Remove the file, and the next start makes ` +
      "a new one (cursors given so far then end), or set LIKENESS_CURSOR_SECRET.",
  );
}

export function newCursorSecret(): string {
  return randomBytes(SECRET_BYTES).toString("base64url");
}

/** Written beside and linked into place whole, so that neither a crash nor another gateway that starts leaves or sees a part of it. */
async function make(path: string): Promise<string> {
  const beside = `${path}.${randomUUID()}`;
  try {
    await writeFile(beside, newCursorSecret(), { mode: 0o600, flush: true });
    await link(beside, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  } finally {
    await rm(beside, { force: true });
  }
  return await readFile(path, "utf8");
}

async function read(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
