import { LikenessError } from "../domain/errors.js";

/** What S3 answers for a key that is not there, with and without the right to list the bucket. */
const MISSING = new Set([403, 404]);

/** The bytes at a URL that the user of the command line named; null where there is nothing to be had. */
export async function openUrl(url: string): Promise<AsyncIterable<Uint8Array> | null> {
  const response = await fetch(url).catch((cause: unknown) => {
    throw new LikenessError("NOT_FOUND", `${new URL(url).host} cannot be reached.`, { cause });
  });
  if (MISSING.has(response.status)) {
    await response.body?.cancel();
    return null;
  }
  if (!response.ok || !response.body) throw new LikenessError("NOT_FOUND", `${url} answered ${response.status}; 200 was expected.`);
  return response.body as unknown as AsyncIterable<Uint8Array>;
}
