import { LikenessError } from "../domain/errors.js";

/** What requests hold in memory of their bodies, bounded for all of them together: a few of the largest are more than a process has. */
export class HeldBytes {
  private bytes = 0;

  constructor(private readonly maxBytes: number) {}

  /** What one request will hold. */
  share(): HeldShare {
    return new HeldShare(this);
  }

  /** Whether there was room. */
  take(bytes: number): boolean {
    if (this.bytes + bytes > this.maxBytes) return false;
    this.bytes += bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.bytes -= bytes;
  }
}

/** Bytes that one request holds until it has ended. */
export class HeldShare {
  private bytes = 0;
  private hasEnded = false;

  constructor(private readonly all: HeldBytes) {}

  /** Whether there was room; where there is none, the request is `overloaded`. */
  take(bytes: number): boolean {
    // What still comes of a request that was answered is not kept.
    if (this.hasEnded) return true;
    if (!this.all.take(bytes)) return false;
    this.bytes += bytes;
    return true;
  }

  end(): void {
    this.hasEnded = true;
    this.all.giveBack(this.bytes);
    this.bytes = 0;
  }
}

/** All requests together hold as much as they may. */
export function overloaded(): LikenessError {
  return new LikenessError("OVERLOADED", "Too many large requests are under way: try again in a few seconds.");
}
