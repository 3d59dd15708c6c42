import { readFile, stat } from "node:fs/promises";
import { LikenessError } from "../domain/errors.js";
import type { ProductDraft } from "./product-draft.js";
import type { CatalogDraft } from "./readers/catalog-row.js";

/** A draft with its picture files read into memory; at once for one that has none. */
export function loadDraft(draft: CatalogDraft, maxPictureBytes: number): ProductDraft | Promise<ProductDraft> {
  if (hasNoFiles(draft)) return draft;
  const images = draft.images.map((image) => ("url" in image ? image : loadPicture(image.path, maxPictureBytes)));
  return Promise.all(images).then((loaded) => ({ ...draft, images: loaded }));
}

/** Whether all pictures of a draft are named by URL, so that nothing of it is on this disk. */
export function hasNoFiles(draft: CatalogDraft): draft is CatalogDraft & ProductDraft {
  return draft.images.every((image) => "url" in image);
}

/** Throws for a file that is missing, or too large to be worth reading. */
export async function loadPicture(path: string, maxBytes: number): Promise<{ bytes: Uint8Array }> {
  const field = ["image"];
  const found = await stat(path).catch(() => null);
  if (!found?.isFile()) throw new LikenessError("NOT_FOUND", `There is no picture file ${path}.`, { field });
  if (found.size > maxBytes) {
    throw new LikenessError("UPLOAD_TOO_LARGE", `${path} has ${found.size} bytes; the most is ${maxBytes}.`, { field });
  }
  try {
    return { bytes: await readFile(path) };
  } catch (cause) {
    throw new LikenessError("NOT_FOUND", `The picture file ${path} cannot be read.`, { field, cause });
  }
}
