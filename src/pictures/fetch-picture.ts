import type { Dispatcher } from "undici";
import { LikenessError } from "../domain/errors.js";
import { guardedRequest } from "../fetch/guarded-request.js";
import { readBytes } from "../read-bytes.js";
import { limitTime } from "../time-limit.js";
import { tooLarge } from "./check-picture.js";

export interface FetchPictureOptions {
  readonly maxBytes: number;
  /** Limit for one download, redirects included. */
  readonly timeoutMs: number;
  /** Let URLs point at private and loopback addresses. */
  readonly allowPrivateUrls: boolean;
}

/** Downloads the picture at a URL that a stranger gave: see `guardedRequest` for what it may not point at. `ended` ends it early, as TIMEOUT. */
export async function fetchPicture(url: string, options: FetchPictureOptions, ended?: AbortSignal): Promise<Uint8Array> {
  const { allowPrivateUrls, timeoutMs } = options;
  const limit = limitTime(timeoutMs, ended);
  try {
    return await guardedRequest(url, { limit, allowPrivateUrls, accept: "image/*" }, (response) => readPicture(response, options));
  } catch (error) {
    throw explain(error, url, limit.signal, options);
  } finally {
    limit.dispose();
  }
}

/** Reads the body, never more than the limit: a server may lie about `content-length` or leave it out. */
async function readPicture({ statusCode, headers, body }: Dispatcher.ResponseData, { maxBytes }: FetchPictureOptions) {
  if (statusCode !== 200) throw new LikenessError("NOT_AN_IMAGE", `The URL answered with status ${statusCode} in place of a picture.`);
  const declared = Number(headers["content-length"] ?? 0);
  if (declared > maxBytes) throw tooLarge(`${declared} bytes`, maxBytes);
  const bytes = await readBytes(body, maxBytes, () => tooLarge(`more than ${maxBytes} bytes`, maxBytes));
  if (bytes.length === 0) throw new LikenessError("NOT_AN_IMAGE", "The URL answered with an empty body in place of a picture.");
  return new Uint8Array(bytes);
}

function explain(error: unknown, url: string, ended: AbortSignal, options: FetchPictureOptions): LikenessError {
  if (error instanceof LikenessError) return error;
  if (ended.aborted) {
    return new LikenessError("TIMEOUT", `The picture did not arrive within ${options.timeoutMs} ms; try again or upload it.`);
  }
  const { code, message } = error as NodeJS.ErrnoException;
  // The message of a host whose addresses all failed is empty.
  const got = `the connection failed (${code ?? message})`;
  return new LikenessError("NOT_AN_IMAGE", `The picture could not be fetched from "${new URL(url).host}": ${got}.`, { cause: error });
}
