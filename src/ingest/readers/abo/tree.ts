import { readdir } from "node:fs/promises";
import { dirname, join, posix, resolve } from "node:path";
import { badInput, LikenessError } from "../../../domain/errors.js";
import type { CatalogPicture } from "../catalog-row.js";
import { openFile } from "../open-sources.js";
import { type CatalogSource, gunzipIfPacked, isFile, withoutGz } from "../packed.js";

/** Reads a URL; null where there is nothing. */
export type OpenUrl = (url: string) => Promise<AsyncIterable<Uint8Array> | null>;

/** The files of the Amazon Berkeley Objects dataset, or some of them, wherever they lie. */
export interface AboTree {
  readonly listings: readonly CatalogSource[];
  /** images.csv: which picture is where. Without it products have no pictures. */
  readonly images: CatalogSource | null;
  /** The picture of a `path` of images.csv, in the size of at most 256 pixels. */
  pictureAt(path: string): CatalogPicture;
}

/** Where the dataset is published (amazon-berkeley-objects.s3.amazonaws.com/index.html). */
const BUCKET = "https://amazon-berkeley-objects.s3.amazonaws.com";
const LISTINGS = "listings/metadata";
const LISTING = /^listings_[0-9a-f]+\.json(?:\.gz)?$/;
const IMAGES = ["images/metadata/images.csv.gz", "images/metadata/images.csv", "images.csv.gz", "images.csv"];
/** The dataset's sixteen files, listings_0 to listings_f. */
const NAMES = [..."0123456789abcdef"].map((digit) => `listings_${digit}.json.gz`);

/** A folder laid out as the dataset's bucket. Throws BAD_USER_INPUT for any other. */
export async function openAboFolder(root: string): Promise<AboTree> {
  const names = (await readdir(join(root, LISTINGS)).catch(() => [])).filter((name) => LISTING.test(name)).sort();
  if (names.length === 0) {
    throw badInput(
      `The folder ${root} is no catalogue: it has neither ABO's ${LISTINGS}/listings_*.json.gz nor a catalogue with .out files.`,
    );
  }
  const listings = await Promise.all(names.map((name) => openFile(join(root, LISTINGS, name))));
  return { listings, ...(await openImages(root)) };
}

/** One file of listings; the pictures are looked for in the tree it lies in, or beside it. */
export async function openAboFile(file: string, source: CatalogSource): Promise<AboTree> {
  const folder = dirname(resolve(file));
  const root = folder.replaceAll("\\", "/").endsWith(`/${LISTINGS}`) ? resolve(folder, "../..") : folder;
  return { listings: [source], ...(await openImages(root)) };
}

/**
 * A tree in an archive, below any folder of it; null where no file is called like listings. Pictures are not read from
 * archives, so they are those of the dataset's bucket.
 */
export function findAboTree(sources: readonly CatalogSource[]): AboTree | null {
  const listings = sources.filter(({ name }) => LISTING.test(posix.basename(name)));
  const images = sources.find(({ name }) => posix.basename(name) === "images.csv") ?? null;
  return listings.length === 0 ? null : { listings, images, pictureAt: pictureIn(BUCKET) };
}

async function openImages(root: string): Promise<Pick<AboTree, "images" | "pictureAt">> {
  const found: string[] = [];
  for (const name of IMAGES) if (await isFile(join(root, name))) found.push(join(root, name));
  return {
    images: found[0] === undefined ? null : await openFile(found[0]),
    pictureAt: (path) => ({ path: join(root, "images/small", path) }),
  };
}

/** The dataset, or one file of its listings, in a bucket that anyone may read, by its `s3://` or `https://` address. */
export async function openAboUrl(address: string, openUrl: OpenUrl): Promise<AboTree> {
  const url = address.replace(/^s3:\/\/([^/]+)\/?/i, "https://$1.s3.amazonaws.com/");
  const [root = "", name] = url.split(`/${LISTINGS}/`);
  const base = root.replace(/\/+$/, "");
  const wanted = name ? [name] : NAMES;
  const listings: CatalogSource[] = [];
  for (const each of wanted) {
    const place = `${base}/${LISTINGS}/${each}`;
    if (await exists(place, openUrl)) listings.push(fromUrl(place, openUrl));
  }
  if (listings.length === 0) throw badInput(`There is no ${base}/${LISTINGS}/${wanted[0]}, or it may not be read without credentials.`);
  const table = `${base}/${IMAGES[0]}`;
  return {
    listings,
    images: (await exists(table, openUrl)) ? fromUrl(table, openUrl) : null,
    pictureAt: pictureIn(base),
  };
}

function pictureIn(bucket: string): AboTree["pictureAt"] {
  return (path) => ({ url: `${bucket}/images/small/${path}` });
}

async function exists(url: string, openUrl: OpenUrl): Promise<boolean> {
  const chunks = await openUrl(url);
  // Ends the download, which has only begun.
  await chunks?.[Symbol.asyncIterator]().return?.();
  return chunks !== null;
}

function fromUrl(url: string, openUrl: OpenUrl): CatalogSource {
  async function* read(): AsyncGenerator<Uint8Array> {
    const chunks = await openUrl(url);
    if (chunks === null) throw badInput(`There is no ${url} any more.`);
    try {
      yield* chunks;
    } catch (cause) {
      // Whoever unpacks the bytes would take it for a file that is damaged.
      throw new LikenessError("TIMEOUT", `The connection to ${new URL(url).host} broke off. Try again.`, { cause });
    }
  }
  return { name: withoutGz(url.slice(url.lastIndexOf("/") + 1)), open: () => gunzipIfPacked(read()) };
}
