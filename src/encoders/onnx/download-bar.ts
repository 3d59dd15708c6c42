import { SingleBar } from "cli-progress";
import type { DownloadProgress } from "./download-model.js";

const MEBIBYTE = 1024 * 1024;

/** A progress bar of a model's download on stderr, where that is a terminal, from the first bytes on. */
export class DownloadBar {
  private readonly bar = new SingleBar({
    format: "{file} [{bar}] {value} of {total} MiB, {eta_formatted} left",
    clearOnComplete: true,
    // Cut to the terminal's width, rather than the terminal told to: a process that is killed could not take that back.
    linewrap: true,
  });
  private isShown = false;

  readonly update: DownloadProgress = ({ file, doneBytes, totalBytes }) => {
    if (!this.isShown) this.bar.start(Math.ceil(totalBytes / MEBIBYTE), 0, { file });
    this.isShown = true;
    this.bar.update(Math.floor(doneBytes / MEBIBYTE), { file });
  };

  /** To be called however the download ends: until then the bar draws itself again and again, and keeps the process alive. */
  stop(): void {
    this.bar.stop();
  }
}
