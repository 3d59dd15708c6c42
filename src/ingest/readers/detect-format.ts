import { extname } from "node:path";
import type { CatalogFormat } from "../../domain/catalog-format.js";
import { badInput } from "../../domain/errors.js";
import { jsonOrNull } from "../../domain/json-or-null.js";
import { readRecords } from "./csv-records.js";
import { type CatalogSource, readHead } from "./packed.js";

/** A format that one file can have. */
export type FileFormat = Exclude<CatalogFormat, "AUTO" | "SAGEMAKER_BATCH_TRANSFORM">;

const HEAD_BYTES = 256 * 1024;
const LINES_LOOKED_AT = 20;

/** Tells the format of a UTF-8 file by its ending, and by its content where the ending leaves several. Throws BAD_USER_INPUT. */
export async function detectFormat(source: CatalogSource): Promise<FileFormat> {
  const head = (await readHead(source, HEAD_BYTES)).toString("utf8").replace(/^\uFEFF/, "");
  switch (extname(source.name).toLowerCase()) {
    case ".ndjson":
    case ".jsonl":
      return jsonFormat(head);
    case ".csv":
    case ".tsv":
    case ".tab":
      return await tableFormat(head);
    case ".xml":
    case ".rss":
    case ".atom":
      return xmlFormat(source.name, head);
  }
  const first = head.trimStart()[0];
  if (first === "{") return jsonFormat(head);
  if (first === "<") return xmlFormat(source.name, head);
  if (first === "[") {
    throw badInput(`${source.name} is a JSON list; one object a line is needed. Make it so: jq -c '.[]' ${source.name} > catalogue.ndjson`);
  }
  if (first !== undefined && !head.includes("\0") && /[\t;,|]/.test(firstLine(head))) return await tableFormat(head);
  throw badInput(
    `What "${source.name}" holds is none of the catalogue formats. If it is one, name it: --format, or the argument format of importCatalog.`,
  );
}

/** ABO listings have an `item_id` where our own rows have an `id`. One of the first lines may be broken. */
function jsonFormat(head: string): FileFormat {
  const rows = head.split("\n", LINES_LOOKED_AT).map(jsonOrNull);
  return rows.some((row) => typeof row === "object" && row !== null && "item_id" in row && !("id" in row)) ? "ABO" : "NDJSON";
}

function xmlFormat(name: string, head: string): FileFormat {
  if (head.trim() === "") throw badInput(`${name} is empty.`);
  if (/<(?:rss|feed|rdf:RDF)[\s>]/.test(head)) return "GOOGLE_PRODUCT_FEED";
  throw badInput(`${name} is XML, but no product feed: that begins with <rss> or <feed>.`);
}

async function tableFormat(head: string): Promise<FileFormat> {
  const names = new Set((await headerOf(head)).map((name) => name.toLowerCase().replaceAll("_", " ")));
  const has = (...wanted: string[]): boolean => wanted.every((name) => names.has(name));
  if (has("handle", "title") || has("url handle", "title")) return "SHOPIFY";
  if (has("sku", "product type", "attribute set code")) return "MAGENTO";
  if (has("id", "title", "image link")) return "GOOGLE_PRODUCT_FEED";
  return "CSV";
}

async function headerOf(head: string): Promise<readonly string[]> {
  for await (const record of readRecords(once(Buffer.from(head)))) return "cells" in record ? record.cells : [];
  return [];
}

function firstLine(head: string): string {
  return head.split("\n").find((line) => line.trim() !== "") ?? "";
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
