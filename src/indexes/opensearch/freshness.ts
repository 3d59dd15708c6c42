import type { Logger } from "../../log.js";

/** How often reads ask for a refresh while writes are under way: as often as the server refreshes by itself. */
const BUSY_INTERVAL_MS = 1_000;

/**
 * Lets a read see the writes of this process that ended before it. The server shows writes only after a refresh, which
 * costs as much as it has to show, so none is asked for by a write: only by the first read after one, and while writes
 * are under way not more often than each second.
 */
export class Freshness {
  private writing = 0;
  private refreshedAtMs = 0;
  private stale = false;
  private refreshing: Promise<void> | null = null;

  constructor(
    private readonly refresh: () => Promise<unknown>,
    private readonly log?: Logger,
  ) {}

  /** Runs a write, whose outcome later reads are to see. */
  async during<T>(write: () => Promise<T>): Promise<T> {
    this.writing++;
    try {
      return await write();
    } finally {
      this.writing--;
      this.stale = true;
    }
  }

  /** To be awaited before a read. Does not throw: a refresh that fails costs a read the newest writes alone. */
  async beforeRead(): Promise<void> {
    // One under way may have begun before the last write ended.
    if (this.refreshing) await this.refreshing;
    const isBusy = this.writing > 0 && Date.now() - this.refreshedAtMs < BUSY_INTERVAL_MS;
    // Another read that waited for the same one may have asked again by now, and is to be waited for with it.
    if (!this.refreshing && (!this.stale || isBusy)) return;
    // Of reads that come together, one asks and all wait.
    this.refreshing ??= this.ask();
    await this.refreshing;
  }

  private async ask(): Promise<void> {
    this.stale = false;
    this.refreshedAtMs = Date.now();
    try {
      await this.refresh();
    } catch (error) {
      this.stale = true;
      this.log?.warn({ err: error }, "index refresh failed; reads may miss the newest writes");
    } finally {
      this.refreshing = null;
    }
  }
}
