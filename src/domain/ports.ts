import type { Embedding } from "./embedding.js";
import type { KeptPicture, PictureWidth } from "./picture.js";
import type { Product, StoredProduct } from "./product.js";
import type { IndexPage, IndexQuery, ProductFilter } from "./search.js";

/** Every array-in, array-out port answers with a value or an Error per element, in the same order. */
export type Outcome<T> = T | Error;

export interface EncodeOptions {
  /** Ends the work early; elements that have no embedding by then are Errors. */
  readonly signal?: AbortSignal;
}

/** Whose embeddings these are, and how many numbers each has. */
export interface Model {
  readonly modelId: string;
  readonly dimension: number;
}

export interface Encoder extends Model {
  readonly kind: string;
  encodeTexts(texts: readonly string[], options?: EncodeOptions): Promise<Outcome<Embedding>[]>;
  /** Takes the bytes of encoded pictures (JPEG, PNG, …). */
  encodeImages(images: readonly Uint8Array[], options?: EncodeOptions): Promise<Outcome<Embedding>[]>;
  close(): Promise<void>;
}

export interface ProductIndex {
  readonly kind: string;
  readonly name: string;
  /** Creates or opens the index; throws MODEL_MISMATCH when it was filled by another model or dimension. */
  ensureReady(model: Model): Promise<void>;
  /** One list per query; the lists of a whole operation come in one call. */
  search(queries: readonly IndexQuery[]): Promise<Outcome<IndexPage>[]>;
  /** Null where there is no such product. Without embeddings it is cheaper: an index may leave them null. */
  get(ids: readonly string[], withEmbeddings?: boolean): Promise<Outcome<StoredProduct | null>[]>;
  /** Throws BAD_USER_INPUT where products can be read alone, as in an index that was made elsewhere. */
  checkWritable(): void;
  /** Adds or replaces by id, durable once it resolves; ids in one call are distinct. */
  upsert(items: readonly StoredProduct[]): Promise<Outcome<"created" | "updated">[]>;
  /** True where there was such a product. */
  delete(ids: readonly string[]): Promise<Outcome<boolean>[]>;
  count(filter?: ProductFilter): Promise<number>;
  close(): Promise<void>;
}

/** What can be read of an index without owning it, while another process serves and writes it. */
export type ReadableIndex = Pick<ProductIndex, "search" | "get" | "count">;

/** Hears of products once they are written to an index, or removed from it. */
export interface ProductListener {
  put(product: Product): void;
  remove(id: string): void;
}

/** Where the bytes of pictures come from and what may pass for one. */
export interface Pictures {
  /** Downloads a picture; throws URL_NOT_ALLOWED, UPLOAD_TOO_LARGE, NOT_AN_IMAGE or TIMEOUT. */
  fetch(url: string, signal?: AbortSignal): Promise<Uint8Array>;
  /** Throws UPLOAD_TOO_LARGE, NOT_AN_IMAGE or IMAGE_TOO_LARGE unless the bytes are a picture that the encoder can read. */
  check(bytes: Uint8Array): Promise<void>;
}

/** The gateway's own copies of product pictures: JPEGs of at most `LONGEST_SIDE`, upright, without metadata. */
export interface PictureCopies {
  /** Makes and stores a copy, durable once it resolves. Throws NOT_AN_IMAGE, or PICTURES_UNAVAILABLE when the store fails. */
  keep(picture: Uint8Array): Promise<KeptPicture>;
  /** The bytes of a copy, in its own width or a smaller one; null where there is none. Throws PICTURES_UNAVAILABLE or OVERLOADED. */
  read(name: string, width?: PictureWidth): Promise<Uint8Array | null>;
}

/** Where the bytes of copies lie. Names are those that `isPictureName` knows. */
export interface PictureStore {
  /** Null where there is none of that name. */
  read(name: string): Promise<Uint8Array | null>;
  /** Outlives the process once it resolves. Writing what is there already makes it new again. */
  write(name: string, bytes: Uint8Array): Promise<void>;
  list(): AsyncIterable<StoredPicture>;
  /** False where it is gone already, or has been written since `before`. */
  removeOlder(name: string, before: Date): Promise<boolean>;
}

export interface StoredPicture {
  readonly name: string;
  readonly writtenAt: Date;
}

/** Where large files come from that are named by a URL. */
export interface Downloads {
  /** Hands the bytes to `take` as they come. Throws URL_NOT_ALLOWED, TIMEOUT, or BAD_USER_INPUT where there is no file. */
  read<T>(url: string, signal: AbortSignal, take: (bytes: AsyncIterable<Uint8Array>) => Promise<T>): Promise<T>;
}

/** Uploaded catalogues where every gateway finds them, so that one can go on with the import of another that is gone for good. */
export interface SharedFiles {
  /** Keeps a copy of the file at `path`. Throws IMPORTS_UNAVAILABLE. */
  write(name: string, path: string): Promise<void>;
  has(name: string): Promise<boolean>;
  /** The bytes of a copy; null where there is none. Throws IMPORTS_UNAVAILABLE. */
  read(name: string): Promise<AsyncIterable<Uint8Array> | null>;
  remove(name: string): Promise<void>;
}
