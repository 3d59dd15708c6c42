import type { Pictures } from "../domain/ports.js";
import { checkPicture, type PictureLimits } from "./check-picture.js";
import { fetchPicture } from "./fetch-picture.js";

export interface PicturesOptions extends PictureLimits {
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
