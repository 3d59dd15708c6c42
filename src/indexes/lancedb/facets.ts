import type { Query } from "@lancedb/lancedb";
import type { RecordBatch, Vector } from "apache-arrow";
import { FacetCounter, type FacetValues } from "../../domain/facets.js";
import type { FacetCount, FacetRequest } from "../../domain/search.js";
import { arrow } from "./arrow.js";
import { attributeKey } from "./schema.js";

const COLUMNS: Record<FacetRequest["field"], string> = {
  CATEGORY: "categories",
  BRAND: "brand",
  PRICE: "price_amount",
  IN_STOCK: "in_stock",
  ATTRIBUTE: "attributes",
};

/** Counts every row that a query finds; reads the columns that are counted, and of others only those it must name. */
export async function countRows(query: Query, requests: readonly FacetRequest[], named: readonly string[] = []): Promise<FacetCount[][]> {
  if (requests.length === 0) return [];
  const counters = requests.map((request) => new FacetCounter(request));
  const columns = [...new Set(requests.map(({ field }) => COLUMNS[field])), ...named];
  for await (const batch of query.select(columns)) {
    const valuesAt = reader(batch);
    for (let row = 0; row < batch.numRows; row++) {
      const values = valuesAt(row);
      for (const counter of counters) counter.add(values);
    }
  }
  return counters.map((counter) => counter.result());
}

/** Reads the values of a row; a column that was not selected has none. */
function reader(batch: RecordBatch): (row: number) => FacetValues {
  const column = (field: FacetRequest["field"]) => batch.getChild(COLUMNS[field]);
  const [brand, amount, inStock] = [column("BRAND"), column("PRICE"), column("IN_STOCK")];
  const [categories, attributes] = [listReader(column("CATEGORY")), listReader(column("ATTRIBUTE"))];
  // A name can be long, and to escape it for each row would take as long as all the rest.
  const prefixes = new Map<string, string>();
  return (row) => {
    const stock = inStock?.get(row) ?? null;
    return {
      categoryPaths: categories(row),
      brand: brand?.get(row) ?? null,
      amount: amount?.get(row) ?? null,
      inStock: stock === null ? null : stock === 1,
      valuesOf: (name) => {
        const prefix = prefixes.get(name) ?? attributeKey(name, "");
        prefixes.set(name, prefix);
        return attributes(row).flatMap((key) => (key.startsWith(prefix) ? [key.slice(prefix.length)] : []));
      },
    };
  };
}

/** Reads lists of strings by their offsets: a vector for each row, as Arrow makes them, took twice as long for a whole count. */
function listReader(column: Vector | null): (row: number) => string[] {
  const [data] = column?.data ?? [];
  const [strings] = data?.children ?? [];
  if (!data || !strings) return () => [];
  const values = new arrow.Vector([strings]);
  const offsets = data.valueOffsets as Int32Array;
  return (row) => {
    const texts: string[] = [];
    for (let i = offsets[row] as number; i < (offsets[row + 1] as number); i++) texts.push(values.get(i));
    return texts;
  };
}
