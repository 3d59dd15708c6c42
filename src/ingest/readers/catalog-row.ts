import { badInput, LikenessError } from "../../domain/errors.js";
import type { Attribute, Money } from "../../domain/product.js";
import { isText, numberText, readAttributes, readBoolean, readEmbedding, readList, readText } from "./catalog-values.js";
import type { WrongLine } from "./lines.js";
import { readPrice } from "./price.js";

/** Where a picture of a catalogue lies. Files are read as late as possible: a catalogue's pictures do not fit in memory. */
export type CatalogPicture = { readonly url: string } | { readonly path: string };

/** A product as a catalogue file tells it, its pictures not read yet. */
export interface CatalogDraft {
  readonly id: string;
  readonly title: string | null;
  readonly description: string | null;
  readonly categories: readonly string[] | null;
  readonly brand: string | null;
  readonly price: Money | null;
  readonly inStock: boolean | null;
  readonly url: string | null;
  readonly images: readonly CatalogPicture[];
  /** Shape `[dimension]`, not yet normalised. */
  readonly embedding: Float64Array | null;
  /** False where an embedding stands for the product alone: its words are searched as words, but not encoded. */
  readonly encodeWords?: boolean;
  readonly attributes: readonly Attribute[];
  readonly groupId: string | null;
}

/** One row of a catalogue file with the number of its first line (from 1): a product, or why it is none. */
export type CatalogLine = { readonly line: number; readonly draft: CatalogDraft } | WrongLine;

export interface RowOptions {
  /** Our field name → the file's own name for it. */
  readonly map?: ReadonlyMap<string, string>;
  /** ISO 4217; the currency of prices that name none. */
  readonly currency?: string;
  /** What separates the values of a list inside one string; none in formats that have lists. */
  readonly listSeparator?: string;
  /** Makes a picture's path absolute; by default it stays as it is. */
  readonly resolvePath?: (path: string) => string;
}

/** The names a row can use; every other scalar becomes an attribute. */
export const ROW_FIELDS = [
  ...["id", "title", "description", "categories", "category", "brand", "price", "currency", "inStock", "url"],
  ...["image", "imageUrl", "images", "embedding", "attributes", "groupId"],
] as const;
const KNOWN: ReadonlySet<string> = new Set(ROW_FIELDS);
/** The longest value of a field that becomes an attribute: as long as a description may be. */
const MAX_VALUE_CHARS = 50_000;
/** How the bytes of a picture begin as text: a data URL (RFC 2397), or base64, longer than any text goes without a space. */
const PICTURE_BYTES = /^(?:data:image\/|[A-Za-z0-9+/]{1000})/;

/** How Excel writes a number of twelve digits or more, as it shows it, by its country with a comma: `1.23457E+12` stands for a million ids. */
const SHORTENED = /^\d(?:[.,]\d+)?E\+\d{2,}$/;

/** Reads one row. Throws BAD_USER_INPUT with the name of the field at fault, and the row's id if that could be read. */
export function toDraft(row: ReadonlyMap<string, unknown>, options: RowOptions = {}): CatalogDraft {
  const fields = new Map(row);
  for (const [field, name] of options.map ?? []) {
    fields.delete(name);
    fields.set(field, row.get(name));
  }
  const separator = options.listSeparator;
  const list = (name: string): string[] => readList(name, fields.get(name), separator);
  const id = readText("id", fields.get("id"));
  if (id === null) throw badInput("The row has no id.", ["id"]);
  if (SHORTENED.test(id)) {
    throw badInput(`\`id\` is ${id}, which a spreadsheet has shortened from a longer number. Format its column as text there.`, ["id"]);
  }
  const label = fields.get("label");
  const categories = [...new Set([...list("categories"), ...list("category")])];
  if (categories.length === 0 && isText(label)) categories.push(label.trim());
  try {
    return {
      id,
      title: readText("title", fields.get("title")),
      description: readText("description", fields.get("description")),
      categories: categories.length > 0 ? categories : null,
      brand: readText("brand", fields.get("brand")),
      price: readPrice(fields.get("price"), readText("currency", fields.get("currency")) ?? options.currency),
      inStock: readBoolean("inStock", fields.get("inStock")),
      url: readText("url", fields.get("url")),
      images: readPictures(fields, options),
      embedding: readEmbedding(fields.get("embedding"), separator),
      attributes: [...readAttributes(fields.get("attributes"), separator), ...unknownAttributes(fields)],
      groupId: readText("groupId", fields.get("groupId")),
    };
  } catch (error) {
    if (error instanceof LikenessError) throw new LikenessError(error.code, error.message, { ...error.options, id });
    throw error;
  }
}

/** `toDraft` with the mistake as a value, for readers that go on with the next row. */
export function toCatalogLine(line: number, row: ReadonlyMap<string, unknown>, options: RowOptions): CatalogLine {
  return lineOf(line, () => toDraft(row, options));
}

/** The draft that `make` gives, or the LikenessError that it throws, as a line. */
export function lineOf(line: number, make: () => CatalogDraft): CatalogLine {
  try {
    return { line, draft: make() };
  } catch (error) {
    if (error instanceof LikenessError) return { line, error };
    throw error;
  }
}

/** Drafts as the rows of a file that has nothing else. */
export async function* asLines(drafts: readonly CatalogDraft[]): AsyncGenerator<CatalogLine> {
  for (const [i, draft] of drafts.entries()) yield { line: i + 1, draft };
}

function readPictures(fields: ReadonlyMap<string, unknown>, options: RowOptions): CatalogPicture[] {
  const images = fields.get("images");
  const places = [
    ...readList("image", fields.get("image"), options.listSeparator),
    ...(Array.isArray(images) ? images.map((image, i) => pictureOf(image, i)) : readList("images", images, options.listSeparator)),
    ...readList("imageUrl", fields.get("imageUrl"), options.listSeparator),
  ];
  // Shops write `//cdn.shop.example/a.jpg`, for the scheme of the page that it is on.
  const whole = places.map((place) => place.replace(/^\/\/(?=[^/])/, "https://"));
  return [...new Set(whole)].map((place) =>
    /^https?:\/\//i.test(place) ? { url: place } : { path: options.resolvePath?.(place) ?? place },
  );
}

function pictureOf(image: unknown, i: number): string {
  const place = image !== null && typeof image === "object" ? pathOrUrl(image) : image;
  if (isText(place)) return place.trim();
  throw badInput("A picture must be a path, a URL or an object with one of them as `path` or `url`.", ["images", `${i}`]);
}

function pathOrUrl(image: object): unknown {
  return "path" in image ? image.path : "url" in image ? image.url : null;
}

function unknownAttributes(fields: ReadonlyMap<string, unknown>): Attribute[] {
  const attributes: Attribute[] = [];
  for (const [name, value] of fields) {
    if (KNOWN.has(name) || name === "" || value === null || typeof value === "object" || value === undefined) continue;
    const text = typeof value === "number" ? numberText(name, value) : String(value).trim();
    if (text) attributes.push({ name, value: checkValue(name, text) });
  }
  return attributes;
}

/** What cannot be meant as an attribute must not become one without a word; `imageBase64` is a field of GraphQL's ProductInput. */
function checkValue(name: string, text: string): string {
  if (name === "imageBase64" || PICTURE_BYTES.test(text)) {
    throw badInput(`\`${name}\` holds the bytes of a picture. Give the picture's path or URL as \`image\`.`, [name]);
  }
  if (text.length > MAX_VALUE_CHARS) {
    throw badInput(`\`${name}\` has ${text.length} characters; at most ${MAX_VALUE_CHARS} can be an attribute. Leave it out.`, [name]);
  }
  return text;
}
