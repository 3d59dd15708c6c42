import type { Pictures } from "../domain/ports.js";
import { checkPicture, type PictureLimits } from "./check-picture.js";
import { type FetchPictureOptions, fetchPicture } from "./fetch-picture.js";

/** The limits are fixed once, here; callers only name a URL or hand over bytes. */
export function createPictures(options: PictureLimits & FetchPictureOptions): Pictures {
  return {
    fetch: (url, signal) => fetchPicture(url, options, signal),
    check: (bytes) => checkPicture(bytes, options),
  };
}
