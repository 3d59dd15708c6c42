import { access, constants, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { badInput } from "../domain/errors.js";

/** Throws BAD_USER_INPUT for a file that cannot be written or is one of those `read`: at once, and not after an hour's work. Writes nothing. */
export async function checkOutput(option: string, file: string, read: readonly string[]): Promise<void> {
  if (file === "") throw badInput(`${option} is empty: name a file, or leave it out.`);
  const there = await stat(file).catch(() => null);
  if (there?.isDirectory()) throw badInput(`${option} ${file} is a folder: name a file.`);
  for (const input of read) {
    const found = await stat(input).catch(() => null);
    if (there && found && there.dev === found.dev && there.ino === found.ino) {
      throw badInput(`${option} ${file} is the file that is read, and would be lost: name another one.`);
    }
  }
  await access(there ? file : dirname(file), constants.W_OK).catch((error: Error) => {
    throw badInput(`${option} ${file} cannot be written: ${error.message}`);
  });
}
