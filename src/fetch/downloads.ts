import { type Dispatcher, errors } from "undici";
import { badInput, LikenessError } from "../domain/errors.js";
import type { Downloads } from "../domain/ports.js";
import { limitTime } from "../time-limit.js";
import { guardedRequest } from "./guarded-request.js";

export interface DownloadOptions {
  /** Limit for one file, redirects included. */
  readonly timeoutMs: number;
  /** Limit for a time in which nothing of it comes. */
  readonly silenceMs: number;
  /** Let URLs point at private and loopback addresses. */
  readonly allowPrivateUrls: boolean;
}

/** Large files from URLs that strangers gave, as streams: see `guardedRequest` for what these may not point at. */
export function createDownloads(options: DownloadOptions): Downloads {
  return { read: (url, signal, take) => download(url, signal, take, options) };
}

async function download<T>(
  url: string,
  stopped: AbortSignal,
  take: (bytes: AsyncIterable<Uint8Array>) => Promise<T>,
  { timeoutMs, silenceMs, allowPrivateUrls }: DownloadOptions,
): Promise<T> {
  const limit = limitTime(timeoutMs, stopped);
  /** Why the bytes were not taken though they came, such as a full disk. */
  let refusal: unknown;
  const read = async (response: Dispatcher.ResponseData): Promise<T> => {
    const body = bodyOf(response);
    return await take(body).catch((error: unknown) => {
      if (error !== body.errored) refusal = error;
      throw error;
    });
  };
  try {
    return await guardedRequest(url, { limit, allowPrivateUrls, silenceMs, accept: "*/*" }, read);
  } catch (error) {
    if (error instanceof LikenessError || stopped.aborted || error === refusal) throw error;
    if (limit.expired) throw new LikenessError("TIMEOUT", `The file did not arrive within ${timeoutMs} ms; upload it in place of its URL.`);
    if (error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError) {
      throw new LikenessError("TIMEOUT", `Nothing came of the file for ${silenceMs} ms: see that its address sends it, or upload it.`);
    }
    throw new LikenessError("TIMEOUT", `The file could not be fetched from "${new URL(url).host}": the connection failed. Try again.`, {
      cause: error,
    });
  } finally {
    limit.dispose();
  }
}

function bodyOf({ statusCode, body }: Dispatcher.ResponseData): Dispatcher.ResponseData["body"] {
  if (statusCode === 200) return body;
  throw badInput(`The URL answered with status ${statusCode} in place of a file.`, ["url"]);
}
