import type { Table } from "@lancedb/lancedb";
import { nearest } from "./nearest.js";
import { EMBEDDING_COLUMNS, type EmbeddingColumn, type Row } from "./schema.js";
import type { Searched } from "./search-table.js";

/** The breadths (ef) that are tried, narrowest first. Each doubling costs about a third more time and finds more. */
const BREADTHS = [100, 200, 400, 800] as const;
export const NARROWEST = BREADTHS[0];
/** The share of the truly nearest ten that searches should find; above .99 to leave room for filters. */
const RECALL = 0.995;
const DEPTH = 10;
const QUERIES = 20;

/**
 * The narrowest breadth whose recall@10 against an exact search is .995 on embeddings of this very table; the broadest
 * there is when none reaches it. How hard a catalogue is for a graph cannot be told in advance: embeddings in clear
 * clusters need the narrowest, random directions more than the broadest. Queries are taken from both columns, because
 * words that look for pictures lie elsewhere than pictures do and are harder.
 */
export async function measureBreadth(searched: Searched, column: EmbeddingColumn): Promise<{ breadth: number; recall: number }> {
  // Else what is listed would answer in the graph's place.
  searched.passing.forget();
  const queries = await sampleQueries(searched.table);
  // One after the other: each comparison of all rows reads the whole column, which the process would have in memory many times.
  const search = async (breadth: number | null) => {
    const scope = { ...searched, filter: null, excludeIds: [], whole: false, breadth };
    const found: string[][] = [];
    for (const query of queries) found.push((await nearest(scope, column, query, DEPTH)).map(({ id }) => id));
    return found;
  };
  const truth = await search(null);
  let recall = 0;
  for (const breadth of BREADTHS) {
    const found = await search(breadth);
    const common = found.flatMap((each, i) => each.filter((id) => truth[i]?.includes(id)));
    recall = common.length / truth.flat().length;
    if (recall >= RECALL) return { breadth, recall };
  }
  return { breadth: BREADTHS[BREADTHS.length - 1] as number, recall };
}

async function sampleQueries(table: Table): Promise<Float32Array[]> {
  const rows = await table.countRows();
  const samples = await Promise.all(
    Array.from({ length: QUERIES }, async (_, i) => {
      const [row] = (await table
        .query()
        .select([...EMBEDDING_COLUMNS])
        .offset(Math.floor((rows * i) / QUERIES))
        .limit(1)
        .toArray()) as Row[];
      const embedding = i % 2 ? (row?.text_embedding ?? row?.image_embedding) : (row?.image_embedding ?? row?.text_embedding);
      return embedding ? Float32Array.from(embedding) : null;
    }),
  );
  return samples.filter((each) => each !== null);
}
