import { SingleBar } from "cli-progress";
import type { DownloadProgress } from "./download-model.js";

const MEBIBYTE = 1024 * 1024;

/** A progress bar of a model's download on stderr, where that is a terminal; gone once the last byte is there. */
export function downloadBar(): DownloadProgress {
  let bar: SingleBar | null = null;
  return ({ file, doneBytes, totalBytes }) => {
    if (!bar) {
      bar = new SingleBar({ format: "{file} [{bar}] {value} of {total} MiB, {eta_formatted} left", clearOnComplete: true });
      bar.start(Math.ceil(totalBytes / MEBIBYTE), 0, { file });
    }
    bar.update(Math.floor(doneBytes / MEBIBYTE), { file });
    if (doneBytes >= totalBytes) bar.stop();
  };
}
