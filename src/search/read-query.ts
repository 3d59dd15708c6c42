import { type BulkheadPolicy, bulkhead } from "cockatiel";
import { combine, type Embedding, toEmbedding } from "../domain/embedding.js";
import { atField, badInput, LikenessError, orThrow } from "../domain/errors.js";
import type { Encoder, Outcome, Pictures, ProductIndex } from "../domain/ports.js";
import type { StoredProduct } from "../domain/product.js";
import type { SearchMode } from "../domain/search.js";
import { queryWords } from "../domain/words.js";
import { chooseMode, type QueryForm } from "./choose-mode.js";
import type { QueryPart, SearchRequest } from "./search-request.js";

/** A query ready for the index. */
export interface ReadQuery {
  /** AUTO when nothing is matched: a listing. */
  readonly mode: SearchMode;
  /** Compared with the embeddings of pictures; null where pictures are not compared. */
  readonly image: Embedding | null;
  /** Compared with the embeddings of words; null where words are not compared. */
  readonly text: Embedding | null;
  /** Looked for literally; null where they are not. */
  readonly words: readonly string[] | null;
  /** Whether any part of the query is a picture, or is compared as one; a product without pictures is not. */
  readonly hasPicture: boolean;
  /** The products of the query itself. */
  readonly excludeIds: readonly string[];
  readonly degradedReasons: readonly string[];
}

/** One part of a query with its embedding. */
interface Encoded {
  readonly embedding: Embedding;
  /** True for a text and for a product that has no picture. */
  readonly isWords: boolean;
}

/** Pictures by URL that are in memory at a time, until they are encoded: an operation may name a thousand, of ten megabytes each. */
const FETCHED_AT_ONCE = 64;
/** Of these, those of one operation, so that others are not kept waiting by it. */
const FETCHED_OF_ONE = 16;

/** What all queries of one operation share. */
export interface Reading {
  readonly signal: AbortSignal | undefined;
  readonly downloads: BulkheadPolicy;
}

export function startReading(signal: AbortSignal | undefined): Reading {
  return { signal, downloads: bulkhead(FETCHED_OF_ONE, Number.POSITIVE_INFINITY) };
}

/** The encoder did not answer, through no fault of the query's. */
class EncoderFailure extends Error {}

/** Turns what a client asks for into embeddings and words. */
export class QueryReader {
  private readonly downloads = bulkhead(FETCHED_AT_ONCE, Number.POSITIVE_INFINITY);

  constructor(
    private readonly encoder: Encoder,
    private readonly index: ProductIndex,
    private readonly pictures: Pictures,
  ) {}

  /** `mayDegrade`: whether words alone will do where the encoder does not answer; else its error is thrown. */
  async read(request: SearchRequest, reading: Reading, mayDegrade: boolean): Promise<ReadQuery> {
    const parts = partsOf(request);
    const excludeIds = parts.flatMap(({ similarTo }) => (similarTo ? [similarTo] : []));
    const nothing = { image: null, text: null, words: null, hasPicture: false, excludeIds, degradedReasons: [] };
    if (parts.length === 0) {
      checkListing(request);
      return { ...nothing, mode: "AUTO" };
    }
    const texts = parts.flatMap(({ text, weight }) => (text && weight > 0 ? [text] : []));
    const words = queryWords(texts.join(" "));
    const wish = request.mode ?? "AUTO";
    const form = {
      texts: words.length > 0 ? texts : [],
      hasOthers: texts.length < parts.length,
      cutOff: cutOffsOf(request)[0] ?? null,
    };
    const mode = wish === "AUTO" ? chooseMode(form) : wish;
    checkMode(mode, form);
    if (mode === "LEXICAL") return { ...nothing, mode, words };
    try {
      const embeddings = await this.embeddings(parts, reading);
      return { ...nothing, mode, ...embeddings, words: mode === "HYBRID" ? words : null };
    } catch (error) {
      if (!(error instanceof EncoderFailure)) throw error;
      if (!mayDegrade || wish === "SEMANTIC" || words.length === 0) throw error.cause;
      return { ...nothing, mode: "LEXICAL", words, degradedReasons: [degraded(error, request)] };
    }
  }

  /** Words alone are compared with pictures and words; anything with a picture in it, with pictures. */
  private async embeddings(parts: readonly Part[], reading: Reading): Promise<Pick<ReadQuery, "image" | "text" | "hasPicture">> {
    const products = await this.products(parts);
    const encoded = await Promise.all(
      parts.map(async (part) => {
        try {
          return { ...(await this.encode(part, products, reading)), weight: part.weight };
        } catch (error) {
          throw atField(error, part.path);
        }
      }),
    );
    const image = combine(encoded);
    const hasPicture = encoded.some((each) => !each.isWords);
    return { image, text: hasPicture ? null : image, hasPicture };
  }

  private async encode(part: Part, products: ReadonlyMap<string, StoredProduct>, { signal, downloads }: Reading): Promise<Encoded> {
    const { text, image, imageUrl, similarTo, embedding, path } = part;
    if (text) return { embedding: await embeddingOf(this.encoder.encodeTexts([text], { signal })), isWords: true };
    if (image) return { embedding: await this.encodePicture(image, signal), isWords: false };
    if (imageUrl) {
      const fetched = async () => await this.encodePicture(await this.pictures.fetch(imageUrl, signal), signal);
      return { embedding: await downloads.execute(() => this.downloads.execute(fetched)), isWords: false };
    }
    if (embedding) return { embedding: toEmbedding(embedding, this.encoder.dimension, path), isWords: false };
    const product = part.known ?? products.get(similarTo as string);
    if (!product) throw new LikenessError("NOT_FOUND", `There is no product ${JSON.stringify(similarTo)}.`, { field: path });
    const own = product.imageEmbedding ?? product.textEmbedding;
    if (!own) throw badInput(`Product ${JSON.stringify(similarTo)} has neither picture nor words to compare.`, path);
    return { embedding: own, isWords: product.imageEmbedding === null };
  }

  private async encodePicture(bytes: Uint8Array, signal?: AbortSignal): Promise<Embedding> {
    await this.pictures.check(bytes);
    return embeddingOf(this.encoder.encodeImages([bytes], { signal }));
  }

  /** The products that the query names and the caller does not have, in one read. */
  private async products(parts: readonly Part[]): Promise<Map<string, StoredProduct>> {
    const ids = [...new Set(parts.flatMap(({ similarTo, known }) => (similarTo && !known ? [similarTo] : [])))];
    const found = ids.length > 0 ? (await this.index.get(ids)).map(orThrow) : [];
    return new Map(found.flatMap((each) => (each ? [[each.product.id, each] as const] : [])));
  }
}

/** One of text, image, imageUrl, similarTo and embedding, and how much it counts. */
interface Part extends QueryPart {
  readonly known?: StoredProduct | null;
  readonly weight: number;
  /** Where the client gave it. */
  readonly path: readonly string[];
}

function partsOf({ text, image, imageUrl, similarTo, embedding, known = null, mix }: SearchRequest): Part[] {
  const parts: Part[] = (mix ?? []).map((part, i) => ({ ...part, weight: part.weight ?? 1, path: ["mix", String(i)] }));
  if (text) parts.push({ text, weight: 1, path: ["text"] });
  if (image) parts.push({ image, weight: 1, path: ["image"] });
  if (imageUrl) parts.push({ imageUrl, weight: 1, path: ["imageUrl"] });
  if (embedding) parts.push({ embedding, weight: 1, path: ["embedding"] });
  if (similarTo) parts.push({ similarTo, known, weight: 1, path: ["similarTo"] });
  return parts;
}

/** The names of the cut-offs that a request asks for; they go by cosines. */
function cutOffsOf(request: SearchRequest): string[] {
  return (["minSimilarity", "minRelevance"] as const).filter((name) => request[name] != null);
}

function checkListing(request: SearchRequest): void {
  const [cutOff] = cutOffsOf(request);
  if (cutOff) throw badInput(`${cutOff} needs a query that products are compared with: leave it out of a listing.`, [cutOff]);
}

function checkMode(mode: SearchMode, { texts, hasOthers, cutOff }: QueryForm): void {
  if ((mode === "LEXICAL" || mode === "HYBRID") && texts.length === 0) {
    throw badInput(`mode ${mode} looks for words: give a text with letters or digits, or use mode SEMANTIC.`, ["mode"]);
  }
  if (mode === "LEXICAL" && hasOthers) {
    throw badInput("mode LEXICAL reads words alone: leave the other parts out, or use mode HYBRID.", ["mode"]);
  }
  if (mode === "LEXICAL" && cutOff) {
    throw badInput(`mode LEXICAL compares no embeddings: leave ${cutOff} out, or use mode HYBRID.`, [cutOff]);
  }
}

async function embeddingOf(answer: Promise<Outcome<Embedding>[]>): Promise<Embedding> {
  const [outcome] = await answer.catch((error: Error) => [error]);
  if (!(outcome instanceof Error)) return outcome as Embedding;
  const isInput = outcome instanceof LikenessError && !["ENCODER_UNAVAILABLE", "OVERLOADED", "TIMEOUT"].includes(outcome.code);
  throw isInput ? outcome : new EncoderFailure(outcome.message, { cause: outcome });
}

function degraded({ cause }: EncoderFailure, request: SearchRequest): string {
  const code = cause instanceof LikenessError ? cause.code : "ENCODER_UNAVAILABLE";
  const cutOffs = cutOffsOf(request).map((name) => ` ${name} was not applied.`);
  return `${code}: the query could not be encoded, so only its words were looked for.${cutOffs.join("")}`;
}
