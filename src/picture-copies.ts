import { join } from "node:path";
import type { Config } from "./config.js";
import type { PictureStore } from "./domain/ports.js";
import type { Logger } from "./log.js";
import { DiskStore } from "./pictures/disk-store.js";
import { StoredCopies } from "./pictures/stored-copies.js";

/** The store that the configuration names; null for none. A disk is one machine's, so it is the default of the index on that disk alone. */
export async function pictureStore(config: Config): Promise<PictureStore | null> {
  const kind = config.LIKENESS_PICTURES ?? (config.LIKENESS_INDEX === "lancedb" ? "disk" : "off");
  if (kind === "off") return null;
  if (kind === "disk") return new DiskStore(join(config.LIKENESS_DATA_DIR, "pictures"));
  const { S3Store } = await import("./pictures/s3-store.js");
  // `loadConfig` refuses this store without its bucket.
  return new S3Store({ bucket: config.LIKENESS_PICTURES_BUCKET as string, prefix: config.LIKENESS_PICTURES_PREFIX });
}

export async function pictureCopies(config: Config, log: Logger): Promise<StoredCopies | null> {
  const store = await pictureStore(config);
  return store && new StoredCopies(store, log);
}
