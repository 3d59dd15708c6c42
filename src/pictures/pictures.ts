import type { Pictures } from "../domain/ports.js";
import { checkPicture } from "./check-picture.js";
import { fetchPicture } from "./fetch-picture.js";

export interface PicturesOptions {
  /** Largest download, in bytes. */
  readonly maxBytes: number;
  /** Largest picture, width times height. */
  readonly maxPixels: number;
  /** Limit for one download, redirects included. */
  readonly timeoutMs: number;
  /** Let URLs point at private and loopback addresses. */
  readonly allowPrivateUrls: boolean;
}

/** The limits are fixed once, here; callers only name a URL or hand over bytes. */
export function createPictures(options: PicturesOptions): Pictures {
  return {
    fetch: (url, signal) => fetchPicture(url, options, signal),
    check: (bytes) => checkPicture(bytes, options),
  };
}
