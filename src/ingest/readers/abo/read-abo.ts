import { badInput } from "../../../domain/errors.js";
import type { CatalogLine } from "../catalog-row.js";
import { splitLines } from "../lines.js";
import { notJson } from "../ndjson.js";
import type { CatalogSource } from "../packed.js";
import { readTable } from "../table.js";
import { toAboLine } from "./listing.js";
import type { AboTree } from "./tree.js";

/** Picture id → its path under images/small. */
type ImageTable = Map<string, string>;

/**
 * The Amazon Berkeley Objects dataset (amazon-berkeley-objects.s3.amazonaws.com, README.md): first the table of pictures,
 * which is kept and gives only its mistakes, then each file of listings.
 */
export function aboParts(tree: AboTree, { locale }: { locale?: string }): { name: string; rows: AsyncIterable<CatalogLine> }[] {
  const paths: ImageTable = new Map();
  const { images, listings } = tree;
  const picturesOf = (ids: readonly string[]) => ids.flatMap((id) => (paths.has(id) ? [tree.pictureAt(paths.get(id) as string)] : []));
  return [
    ...(images ? [{ name: images.name, rows: readImages(images, paths) }] : []),
    ...listings.map((source) => ({ name: source.name, rows: readListings(source, { picturesOf, locale: locale ?? "en_US" }) })),
  ];
}

async function* readImages(source: CatalogSource, into: ImageTable): AsyncGenerator<CatalogLine> {
  const check = (header: readonly string[]) =>
    header.includes("image_id") && header.includes("path") ? null : badInput(`${source.name} must have the columns image_id and path.`);
  for await (const record of readTable(source.open(), { check, delimiter: "," })) {
    if ("error" in record) yield record;
    else into.set(record.row.get("image_id") as string, record.row.get("path") as string);
  }
}

async function* readListings(source: CatalogSource, context: Parameters<typeof toAboLine>[2]): AsyncGenerator<CatalogLine> {
  for await (const read of splitLines(source.open())) {
    if ("error" in read) yield read;
    else if (read.text.trim() !== "") yield parseListing(read.line, read.text, context);
  }
}

function parseListing(line: number, text: string, context: Parameters<typeof toAboLine>[2]): CatalogLine {
  let listing: unknown;
  try {
    listing = JSON.parse(text);
  } catch (cause) {
    return { line, error: notJson(cause) };
  }
  return toAboLine(line, listing, context);
}
