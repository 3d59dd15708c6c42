import { badInput, type LikenessError } from "../../../domain/errors.js";
import type { CatalogLine } from "../catalog-row.js";
import { splitLines } from "../lines.js";
import type { CatalogSource } from "../packed.js";
import { readTable } from "../table.js";
import { type AboContext, toAboLine } from "./listing.js";
import type { AboTree } from "./tree.js";

/** Picture id → its path under images/small. */
type ImageTable = Map<string, string>;

const NO_TABLE =
  "These products have no pictures: the table that says where they are, images/metadata/images.csv.gz, is not there. " +
  "Give the tree with the table in it: its folder, a zip archive of it, or its address.";

/**
 * The Amazon Berkeley Objects dataset (amazon-berkeley-objects.s3.amazonaws.com, README.md): first the table of pictures,
 * which is kept and gives only its mistakes, then each file of listings. That the table is not there is told once, after the
 * first file that has pictures: their listings are read without.
 */
export function aboParts(tree: AboTree, { locale }: { locale?: string }): { name: string; rows: AsyncIterable<CatalogLine> }[] {
  const paths: ImageTable = new Map();
  const { images, listings } = tree;
  let missed = 0;
  const picturesOf = (ids: readonly string[]) => {
    missed += ids.length;
    return ids.flatMap((id) => (paths.has(id) ? [tree.pictureAt(paths.get(id) as string)] : []));
  };
  let told = images !== null;
  const atEnd = (): LikenessError | null => {
    if (told || missed === 0) return null;
    told = true;
    return badInput(NO_TABLE, ["image"]);
  };
  const context = { picturesOf, locale: locale ?? "en_US" };
  return [
    ...(images ? [{ name: images.name, rows: readImages(images, paths) }] : []),
    ...listings.map((source) => ({ name: source.name, rows: readListings(source, context, atEnd) })),
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

async function* readListings(source: CatalogSource, context: AboContext, atEnd: () => LikenessError | null): AsyncGenerator<CatalogLine> {
  let last = 0;
  for await (const read of splitLines(source.open())) {
    last = read.line;
    if ("error" in read) yield read;
    else if (read.text.trim() !== "") yield toAboLine(read.line, read.text, context);
  }
  const error = atEnd();
  if (error) yield { line: last + 1, error };
}
