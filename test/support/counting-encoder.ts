import { setImmediate } from "node:timers/promises";
import type { Pictures } from "../../src/domain/ports.js";
import { WordEncoder } from "./word-encoder.js";

/** Counts the pictures of `pictures` that are fetched and not yet encoded. */
export class CountingEncoder extends WordEncoder {
  held = 0;
  most = 0;
  /** Any URL is a picture, of its own words. */
  readonly pictures: Pictures = {
    fetch: async (url) => {
      this.most = Math.max(this.most, ++this.held);
      await setImmediate();
      return Buffer.from(url);
    },
    check: async () => {},
  };

  override async encodeImages(images: readonly Uint8Array[]) {
    await setImmediate();
    this.held -= images.length;
    return await super.encodeImages(images);
  }
}
