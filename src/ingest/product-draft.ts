import { hash } from "node:crypto";
import { checkCount, checkLength } from "../domain/check-length.js";
import { isCurrencyCode } from "../domain/currency.js";
import { badInput } from "../domain/errors.js";
import type { KeptPicture } from "../domain/picture.js";
import { type Attribute, type Fingerprint, type Money, type Product, wordsOf } from "../domain/product.js";

/** Where the bytes of a picture are; `read` is for one that is still on its way, such as an upload. */
export type PictureSource = (
  | { readonly bytes: Uint8Array }
  | { readonly read: () => Promise<Uint8Array> }
  | { readonly url: string }
  | { readonly base64: string }
) & {
  /** Where the caller gave it, for what is wrong with it. */
  readonly field?: readonly string[];
};

/** A product as a caller gives it, its pictures not yet read. */
export interface ProductDraft {
  readonly id: string;
  readonly title?: string | null;
  readonly description?: string | null;
  readonly categories?: readonly string[] | null;
  readonly brand?: string | null;
  readonly price?: Money | null;
  readonly inStock?: boolean | null;
  readonly url?: string | null;
  readonly images: readonly PictureSource[];
  /** Stands for the picture's embedding; the pictures are then not encoded. */
  readonly embedding?: ArrayLike<number> | null;
  /** False leaves the words unencoded: the product is found by its embedding, and by its words in a lexical search. */
  readonly encodeWords?: boolean;
  readonly attributes?: readonly Attribute[] | null;
  readonly groupId?: string | null;
}

const MAX_ID_CHARS = 512;
const MAX_TITLE_CHARS = 2000;
const MAX_DESCRIPTION_CHARS = 50_000;
const MAX_LIST = 200;
/** An index keeps a category once for each level that it lies in, so that what a deep one takes grows with the square of its length. */
const MAX_CATEGORY_LEVELS = 32;
/** The most attributes a product can have. */
export const MAX_ATTRIBUTES = MAX_LIST;
/** The most pictures a product can have. */
export const MAX_PICTURES = 16;

/** Throws BAD_USER_INPUT, naming the field, for a draft that cannot become a product. */
export function checkDraft(draft: ProductDraft): void {
  if (draft.id === "" || draft.id.length > MAX_ID_CHARS) {
    throw badInput(`id must have 1 to ${MAX_ID_CHARS} characters; got ${draft.id.length}.`, ["id"]);
  }
  if (draft.id.trim() === "") throw badInput(`id has spaces alone: ${JSON.stringify(draft.id.slice(0, 80))}.`, ["id"]);
  // UTF-8 has no half of a surrogate pair: an index would keep another id than the one that was given.
  if (/\p{Surrogate}/u.test(draft.id)) throw badInput(`id is cut in the midst of a character: ${JSON.stringify(draft.id)}.`, ["id"]);
  checkLength(draft.title, MAX_TITLE_CHARS, ["title"]);
  checkLength(draft.description, MAX_DESCRIPTION_CHARS, ["description"]);
  checkCount(draft.categories, MAX_LIST, ["categories"]);
  draft.categories?.forEach(checkLevels);
  checkCount(draft.attributes, MAX_LIST, ["attributes"]);
  checkPictures(draft.images);
  checkUrl(draft.url);
  draft.images.forEach(checkPictureUrl);
  if (draft.price) {
    const { amount, currency } = draft.price;
    if (!(Number.isFinite(amount) && amount >= 0)) throw badInput(`price.amount is ${amount}; it must be 0 or more.`, ["price", "amount"]);
    if (!isCurrencyCode(currency) || currency !== currency.toUpperCase()) {
      throw badInput(`price.currency is ${JSON.stringify(currency.slice(0, 80))}; give an ISO 4217 code such as EUR.`, [
        "price",
        "currency",
      ]);
    }
  }
  if (!draft.title?.trim() && draft.images.length === 0 && !draft.embedding) {
    throw badInput("A product needs a title, a picture or an embedding; this one has none.", ["title"]);
  }
}

function checkLevels(category: string, i: number): void {
  const levels = category.split("/", MAX_CATEGORY_LEVELS + 1).length;
  if (levels <= MAX_CATEGORY_LEVELS) return;
  throw badInput(`categories.${i} lies in more categories than are allowed: ${MAX_CATEGORY_LEVELS} levels, parted by /.`, [
    "categories",
    String(i),
  ]);
}

/** A shop's page makes a link of it, so it must lead somewhere from any page, and run nothing (`javascript:`). */
function checkUrl(url: string | null | undefined): void {
  if (!url || (/^https?:\/\//i.test(url) && URL.canParse(url))) return;
  throw badInput(`url is ${JSON.stringify(url.slice(0, 80))}; give a whole address that begins with http:// or https://.`, ["url"]);
}

/** Checks the form alone: whether a URL may be fetched is checked when it is, which beside a ready embedding may be never. */
function checkPictureUrl(source: PictureSource, i: number): void {
  if (!("url" in source) || URL.canParse(source.url)) return;
  const field = source.field ?? ["images", String(i)];
  throw badInput(`${field.join(".")} is ${JSON.stringify(source.url.slice(0, 80))}, which is no URL.`, field);
}

function checkPictures(images: readonly PictureSource[]): void {
  const first = images[MAX_PICTURES];
  if (!first) return;
  throw badInput(`${images.length} pictures were given; a product has at most ${MAX_PICTURES}.`, first.field ?? ["images"]);
}

/** The product of a draft that `checkDraft` has let pass, as it is without copies of its pictures. Texts are trimmed, and blank ones left out. */
export function toProduct(draft: ProductDraft, updatedAt: Date): Product {
  const urls = draft.images.flatMap((image) => ("url" in image ? [image.url] : []));
  return {
    id: draft.id,
    title: draft.title?.trim() ?? "",
    description: draft.description?.trim() || null,
    categories: (draft.categories ?? []).map((category) => category.trim()).filter(Boolean),
    brand: draft.brand?.trim() || null,
    // Added to 0, -0 is 0: engines order it before 0, so that a price filter from 0 would miss it.
    price: draft.price ? { ...draft.price, amount: draft.price.amount + 0 } : null,
    inStock: draft.inStock ?? null,
    url: draft.url || null,
    imageUrl: urls[0] ?? null,
    images: urls.map((url) => ({ url, alt: null, width: null, height: null })),
    attributes: (draft.attributes ?? [])
      .map(({ name, value }) => ({ name: name.trim(), value: value.trim() }))
      .filter(({ name, value }) => name && value),
    groupId: draft.groupId ?? null,
    updatedAt,
  };
}

/** The product with the copies that are kept of its pictures, one for each source of its draft. */
export function withCopies(product: Product, sources: readonly PictureSource[], copies: readonly KeptPicture[]): Product {
  const images = copies.map(({ name, width, height }, i) => {
    const source = sources[i] as PictureSource;
    return { url: "url" in source ? source.url : null, alt: null, width, height, kept: name };
  });
  return { ...product, images };
}

/**
 * Hashes of what a product is made of: all of it, its pictures (or ready embedding), and its words where these are encoded.
 * The product is the draft's own, without kept copies: whether and where these are kept must not make it another product.
 */
export function fingerprint(product: Product, pictures: readonly Uint8Array[], draft: ProductDraft): Fingerprint {
  const { embedding = null, encodeWords = true } = draft;
  const words = encodeWords ? wordsOf(product) : null;
  const image = embedding ? sha256(toDoubles(embedding)) : pictures.length > 0 ? sha256(pictures.map(sha256).join("")) : null;
  const { updatedAt: _changesEveryTime, ...rest } = product;
  const content = [JSON.stringify(rest), image ?? "", ...(encodeWords ? [] : ["words not encoded"])];
  return { content: sha256(content.join("")), image, text: words === null ? null : sha256(words) };
}

function toDoubles(numbers: ArrayLike<number>): Float64Array {
  return numbers instanceof Float64Array ? numbers : new Float64Array(numbers);
}

/** In hexadecimal. */
function sha256(data: string | NodeJS.ArrayBufferView): string {
  return hash("sha256", data, "hex");
}
