import { stat } from "node:fs/promises";
import { dirname, extname, resolve } from "node:path";
import type { CatalogFormat } from "../../domain/catalog-format.js";
import { badInput } from "../../domain/errors.js";
import { aboParts } from "./abo/read-abo.js";
import { findAboTree, type OpenUrl, openAboFile, openAboFolder, openAboUrl } from "./abo/tree.js";
import { findBatchTransform } from "./batch-transform.js";
import type { CatalogLine, RowOptions } from "./catalog-row.js";
import { readCsv } from "./csv.js";
import { detectFormat, type FileFormat } from "./detect-format.js";
import { toUtf8 } from "./encoding.js";
import { FOREIGN_BYTES, foreignFile } from "./foreign-file.js";
import { readGoogleFeed } from "./google/read-google-feed.js";
import { withLineFeeds } from "./line-ends.js";
import { readMagento } from "./magento/read-magento.js";
import { readNdjson } from "./ndjson.js";
import { openSources } from "./open-sources.js";
import { type CatalogSource, readHead } from "./packed.js";
import { withOutputs } from "./sagemaker-outputs.js";
import { readShopify } from "./shopify/read-shopify.js";
import { isZip } from "./zip.js";

export interface CatalogOptions extends Pick<RowOptions, "map" | "currency"> {
  /** AUTO by default: found out from the name and the content. */
  readonly format?: CatalogFormat;
  /** The language wanted of a format that has several, such as `de_DE`; `en_US` by default, and any other where it is missing. */
  readonly locale?: string;
  /** A label of the WHATWG Encoding standard, such as windows-1252; found out by default. */
  readonly encoding?: string;
  /** What the paths of pictures are relative to; the file's own folder by default. */
  readonly folder?: string;
  /** Reads a URL, where catalogues may come from the network; without it they may not. */
  readonly openUrl?: OpenUrl;
}

/** One file of a catalogue and its rows, numbered by its own lines. */
export interface CatalogPart {
  readonly name: string;
  readonly rows: AsyncIterable<CatalogLine>;
}

const URL_LIKE = /^(?:s3|https?):\/\//i;

/** The parts of a catalogue: a file, an archive, a folder (ABO, batch transform) or the address of an ABO tree. */
export async function openCatalog(file: string, options: CatalogOptions): Promise<CatalogPart[]> {
  const { format = "AUTO" } = options;
  if (URL_LIKE.test(file)) {
    if (format !== "AUTO" && format !== "ABO") throw badInput(`Only ABO is read from a URL; download ${file} first.`);
    if (!options.openUrl) throw badInput(`A catalogue is a file here; got the URL ${file}.`);
    checkNoMap("ABO", options);
    return aboParts(await openAboUrl(file, options.openUrl), options);
  }
  if (format === "SAGEMAKER_BATCH_TRANSFORM" || format === "AUTO") {
    const found = await findBatchTransform(file, format !== "AUTO");
    if (found) {
      const parts = await openFiles(found.catalogue, { ...options, format: "AUTO" });
      const isHere = options.folder === undefined;
      return parts.map(({ name, rows }) => ({ name, rows: withOutputs(rows, found.outputs, isHere) }));
    }
  }
  return await openFiles(file, options);
}

/** The files whose rows `openCatalog` gives, for who wants to know how long they are. */
export async function listSources(file: string): Promise<readonly CatalogSource[]> {
  const catalogue = (await findBatchTransform(file, false))?.catalogue ?? file;
  const isFolder = (await stat(catalogue).catch(() => null))?.isDirectory();
  if (isFolder) return (await openAboFolder(catalogue)).listings;
  const sources = await openSources(catalogue);
  return findAboTree(sources)?.listings ?? sources;
}

async function openFiles(file: string, options: CatalogOptions): Promise<CatalogPart[]> {
  if ((await stat(file).catch(() => null))?.isDirectory()) return await openFolder(file, options);
  const { map, currency, folder = dirname(resolve(file)) } = options;
  const rowOptions: RowOptions = { map, currency, resolvePath: (path) => resolve(folder, path) };
  const sources = await openSources(file);
  const tree = (await isZip(file)) ? findAboTree(sources) : null;
  if (tree?.listings[0] && (await formatOf(tree.listings[0], options)) === "ABO") return aboParts(tree, options);
  const parts: CatalogPart[] = [];
  for (const packed of sources) {
    const foreign = foreignFile(packed.name, await readHead(packed, FOREIGN_BYTES));
    if (foreign !== null) throw badInput(foreign);
    const source = await withLineFeeds(await toUtf8(packed, options.encoding));
    const format = await formatOf(source, options);
    if (format === "ABO") parts.push(...aboParts(await openAboFile(file, source), options));
    else parts.push({ name: source.name, rows: READERS[format](source, rowOptions) });
  }
  return parts;
}

async function openFolder(folder: string, options: CatalogOptions): Promise<CatalogPart[]> {
  const { format = "AUTO" } = options;
  if (format !== "AUTO" && format !== "ABO") throw badInput(`Only ABO is read from a folder; name the file in ${folder}.`);
  checkNoMap("ABO", options);
  return aboParts(await openAboFolder(folder), options);
}

function checkNoMap(format: CatalogFormat, { map }: CatalogOptions): void {
  if (map && map.size > 0) throw badInput(`--map is for NDJSON and CSV; ${format} has its own names.`);
}

/** A mapping means that the columns are anybody's, even where they look like a shop's. */
async function formatOf(source: CatalogSource, options: CatalogOptions): Promise<FileFormat> {
  const { format = "AUTO", map } = options;
  const named = format === "AUTO" || format === "SAGEMAKER_BATCH_TRANSFORM" ? null : format;
  if (!map || map.size === 0) return named ?? (await detectFormat(source));
  if (named === "NDJSON" || named === "CSV") return named;
  if (named !== null) checkNoMap(named, options);
  return ["ABO", "NDJSON"].includes(await detectFormat(source)) ? "NDJSON" : "CSV";
}

type Reader = (source: CatalogSource, options: RowOptions) => AsyncIterable<CatalogLine>;

const READERS: Record<Exclude<FileFormat, "ABO">, Reader> = {
  NDJSON: (source, options) => readNdjson(source.open(), options),
  CSV: (source, options) => readCsv(source.open(), { ...options, delimiter: isTsv(source.name) ? "\t" : undefined }),
  GOOGLE_PRODUCT_FEED: readGoogleFeed,
  SHOPIFY: readShopify,
  MAGENTO: readMagento,
};

function isTsv(name: string): boolean {
  return [".tsv", ".tab"].includes(extname(name).toLowerCase());
}
