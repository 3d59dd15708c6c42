import { asError, LikenessError } from "./errors.js";
import type { Product, ProductImage } from "./product.js";

/** A copy that the gateway keeps of a picture; width and height in pixels, as it lies upright. */
export interface KeptPicture {
  /** Content hash: 64 hexadecimal digits. */
  readonly name: string;
  readonly width: number;
  readonly height: number;
}

/** Longest side of a kept copy, in pixels. */
export const LONGEST_SIDE = 1024;

/** Widths in pixels that a copy is served in, beside its own. */
export const PICTURE_WIDTHS = [160, 320, 640] as const;
export type PictureWidth = (typeof PICTURE_WIDTHS)[number];

/** Whether a text may name a kept copy. Names become paths and keys, so nothing else ever reaches a store. */
export function isPictureName(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

/** Names of the copies kept of a product's pictures, in their order. */
export function keptNames({ images }: Pick<Product, "images">): string[] {
  return images.flatMap(({ kept }) => (kept ? [kept] : []));
}

/**
 * The pictures of a product that a client can load: each from the gateway where it keeps a copy, else from the catalogue's
 * own URL; one with neither is left out. `baseUrl` is the gateway's address without a slash at its end, null where it serves none.
 */
export function loadableImages({ images }: Pick<Product, "images">, baseUrl: string | null): (ProductImage & { url: string })[] {
  return images.flatMap(({ kept, ...image }) => {
    if (kept && baseUrl !== null) return [{ ...image, url: `${baseUrl}/pictures/${kept}.jpg` }];
    // Width and height are the copy's, which is not what this URL leads to.
    return image.url === null ? [] : [{ ...image, url: image.url, ...(kept && { width: null, height: null }) }];
  });
}

/** The NOT_AN_IMAGE error of a picture that could not be decoded, with the first line of the decoder's message. */
export function undecodable(cause: unknown): LikenessError {
  const why = asError(cause).message.split("\n")[0];
  return new LikenessError("NOT_AN_IMAGE", `The picture cannot be decoded (${why}); send a whole JPEG, PNG, WebP, AVIF or GIF.`, { cause });
}
