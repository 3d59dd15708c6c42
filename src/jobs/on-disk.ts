import { LikenessError } from "../domain/errors.js";

/**
 * Waits for work on the folder of imports. Throws IMPORTS_UNAVAILABLE for what the file system refuses: on a full disk, or without a
 * permission.
 */
export async function onDisk<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    const { code, syscall } = cause as NodeJS.ErrnoException;
    if (!code || !syscall) throw cause;
    const message = `The server's folder of imports cannot be used (${code}): free its disk, or let the server write there, and try again.`;
    throw new LikenessError("IMPORTS_UNAVAILABLE", message, { cause });
  }
}
