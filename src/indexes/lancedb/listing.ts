import type { Table } from "@lancedb/lancedb";
import type { IndexPage, IndexQuery, Listing, ListingKey, ListingPosition } from "../../domain/search.js";
import { countRows } from "./facets.js";
import { allOf, number, quote } from "./filter-sql.js";

const COLUMNS: Record<ListingKey, string | null> = { ID: null, PRICE: "price_amount", TITLE: "title_key", UPDATED_AT: "updated_at" };

/** What passes the filter, by a key and then by id. */
export async function listingMatches(
  table: Table,
  where: string | null,
  order: Listing,
  { limit, withTotal, facets = [] }: IndexQuery,
): Promise<IndexPage> {
  const [rows, count, counted] = await Promise.all([
    limit > 0 ? idsInOrder(table, where, order, limit + 1) : [],
    withTotal ? table.countRows(where ?? undefined) : null,
    countRows(where ? table.query().where(where) : table.query(), facets),
  ]);
  return {
    matches: rows.slice(0, limit).map((id) => ({ id, score: 0, stored: null })),
    ended: limit > 0 && rows.length <= limit,
    total: count === null ? null : { count, relation: "EXACT" },
    facets: counted,
  };
}

async function idsInOrder(table: Table, where: string | null, order: Listing, limit: number): Promise<string[]> {
  const column = COLUMNS[order.by];
  const forward = !order.backwards;
  const byId = { columnName: "id", ascending: column === null ? forward !== order.reverse : forward, nullsFirst: false };
  const byKey = column === null ? [] : [{ columnName: column, ascending: forward !== order.reverse, nullsFirst: order.backwards }];
  const clauses = [where, order.after && afterSql(order, column)].filter((each) => each !== null);
  const page = table
    .query()
    .select(column === null ? ["id"] : ["id", column])
    .orderBy([...byKey, byId])
    .limit(limit);
  if (clauses.length > 0) page.where(allOf(clauses));
  const found = await page.toArrow();
  const ids = found.getChild("id");
  return Array.from({ length: found.numRows }, (_, i) => ids?.get(i) as string);
}

/** What comes next behind a position: further by key, or as far and further by id; products without a key are last. */
function afterSql({ by, reverse, backwards, after }: Listing, column: string | null): string {
  const { key, id } = after as ListingPosition;
  const further = backwards ? "<" : ">";
  if (column === null) return `id ${reverse === backwards ? ">" : "<"} ${quote(id)}`;
  const furtherById = `id ${further} ${quote(id)}`;
  if (key === null) return backwards ? `(${column} IS NOT NULL OR ${furtherById})` : `(${column} IS NULL AND ${furtherById})`;
  const value = by === "TITLE" ? quote(String(key)) : number(Number(key));
  const furtherByKey = `${column} ${reverse === backwards ? ">" : "<"} ${value}`;
  const clause = `(${column} IS NOT NULL AND (${furtherByKey} OR (${column} = ${value} AND ${furtherById})))`;
  return backwards ? clause : `(${column} IS NULL OR ${clause})`;
}
