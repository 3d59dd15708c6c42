import { Pool } from "undici";
import type { Dialect } from "./ready-catalogue.js";

const COLLECTION = "LikenessBench";

/** Weaviate's GraphQL, and its REST for batches (docs.weaviate.io, "GraphQL API" and "REST API"). */
export const weaviate: Dialect = {
  ingestPath: "/v1/batch/objects",
  searchPath: "/v1/graphql",
  ingest: (products) =>
    JSON.stringify({
      objects: products.map(({ id, category, embedding }) => ({
        class: COLLECTION,
        id: uuid(id),
        properties: { productId: id, category },
        vector: embedding,
      })),
    }),
  search: (embedding, category) => {
    const where = category === null ? "" : `, where: { path: ["category"], operator: Equal, valueText: ${JSON.stringify(category)} }`;
    const near = `nearVector: { vector: ${JSON.stringify(embedding)} }`;
    return JSON.stringify({
      query: `{ Get { ${COLLECTION}(limit: 10, ${near}${where}) { productId title category _additional { distance } } } }`,
    });
  },
  ids: (data) => (data as { Get: Record<string, { productId: string }[]> }).Get[COLLECTION]?.map(({ productId }) => productId) ?? [],
  count: JSON.stringify({ query: `{ Aggregate { ${COLLECTION} { meta { count } } } }` }),
  countOf: (data) => (data as { Aggregate: Record<string, { meta: { count: number } }[]> }).Aggregate[COLLECTION]?.[0]?.meta.count ?? 0,
};

/** Makes the collection anew: cosine, its index's defaults, an exact filter on `category`. */
export async function createCollection(url: string): Promise<void> {
  const server = new Pool(url);
  await server.request({ path: `/v1/schema/${COLLECTION}`, method: "DELETE" }).then(({ body }) => body.dump());
  const text = (name: string) => ({ name, dataType: ["text"], tokenization: "field" });
  const collection = {
    class: COLLECTION,
    vectorizer: "none",
    vectorIndexConfig: { distance: "cosine" },
    properties: ["productId", "title", "category"].map(text),
  };
  const headers = { "content-type": "application/json" };
  const { statusCode, body } = await server.request({ path: "/v1/schema", method: "POST", headers, body: JSON.stringify(collection) });
  const answer = await body.text();
  await server.close();
  if (statusCode !== 200) throw new Error(`Weaviate made no collection: ${statusCode} ${answer}`);
}

/** Weaviate's ids are UUIDs; this one holds the number of the product. */
function uuid(id: string): string {
  return `00000000-0000-4000-8000-${id.slice(1).padStart(12, "0")}`;
}
