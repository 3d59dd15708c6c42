import { createReadStream } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { badInput } from "../domain/errors.js";
import type { Attribute } from "../domain/product.js";
import type { CatalogDraft } from "../ingest/readers/catalog-row.js";
import { readRecords } from "../ingest/readers/csv-records.js";

/** A row of the sample shop: a product, or (with an empty name) one more variant of the product above it. */
type Row = ReadonlyMap<string, string>;

/**
 * The sample shop of Vendure's project creator: 54 products with photographs, a devDependency, so that the demo needs no
 * download. Variants are folded into their product: the lowest price, every option once.
 */
export async function readDemoCatalog(): Promise<CatalogDraft[]> {
  const assets = join(locate(), "assets");
  const products: Row[][] = [];
  let header: string[] | null = null;
  for await (const record of readRecords(createReadStream(join(assets, "products.csv")), ",")) {
    if ("error" in record) throw record.error;
    if (header === null) {
      header = record.cells;
      continue;
    }
    const row: Row = new Map(header.map((name, i) => [name, record.cells[i] ?? ""]));
    if (row.get("name")) products.push([row]);
    else products.at(-1)?.push(row);
  }
  return products.map((rows) => toDraft(rows, join(assets, "images")));
}

function locate(): string {
  try {
    return dirname(createRequire(import.meta.url).resolve("@vendure/create/package.json"));
  } catch {
    throw badInput("The demo's catalogue is the devDependency @vendure/create, which is not installed. Run: npm install");
  }
}

function toDraft(rows: readonly Row[], imagesFolder: string): CatalogDraft {
  const [product] = rows as [Row];
  const facets = rows.flatMap((row) => [...pairs(row, "facets"), ...pairs(row, "variantFacets")]);
  const valuesOf = (name: string): string[] => facets.filter((facet) => facet.name === name).map((facet) => facet.value);
  const attributes = [
    ...facets.filter(({ name }) => name !== "category" && name !== "brand"),
    ...rows.flatMap((row) => optionsOf(list(product, "optionGroups"), list(row, "optionValues"))),
  ];
  return {
    id: product.get("slug") ?? "",
    title: product.get("name") ?? "",
    description: product.get("description") || null,
    categories: [...new Set(valuesOf("category"))],
    brand: valuesOf("brand")[0] ?? null,
    price: { amount: Math.min(...rows.map((row) => Number(row.get("price")))), currency: "USD" },
    inStock: rows.some((row) => Number(row.get("stockOnHand")) > 0),
    url: null,
    images: list(product, "assets").map((name) => ({ path: join(imagesFolder, name) })),
    embedding: null,
    attributes: distinct(attributes),
    groupId: null,
  };
}

function list(row: Row, column: string): string[] {
  return (row.get(column) ?? "")
    .split("|")
    .map((value) => value.trim())
    .filter(Boolean);
}

/** `category:Electronics|brand:Apple` as names and values. */
function pairs(row: Row, column: string): Attribute[] {
  return list(row, column).map((pair) => {
    const colon = pair.indexOf(":");
    return { name: pair.slice(0, colon).trim(), value: pair.slice(colon + 1).trim() };
  });
}

/** Option groups (`size`) with the values that one variant has in them (`Size 40`). */
function optionsOf(names: readonly string[], values: readonly string[]): Attribute[] {
  return values.flatMap((value, i) => {
    const name = names[i];
    return name ? [{ name, value }] : [];
  });
}

function distinct(attributes: readonly Attribute[]): Attribute[] {
  return [...new Map(attributes.map((one) => [`${one.name}\n${one.value}`, one])).values()];
}
