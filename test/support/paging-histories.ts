import fc from "fast-check";
import type { ProductIndex } from "../../src/domain/ports.js";
import { MemoryIndex } from "../../src/indexes/memory/memory-index.js";
import type { SearchRequest } from "../../src/search/search-request.js";
import { openShop, shopProduct, walk } from "./shop.js";

export const WORDS = ["red", "green", "shoe", "boot", "wool", "winter"] as const;
/** Every order that a walk can go in. */
export const SEARCHES: Record<string, Partial<SearchRequest>> = {
  listing: {},
  "one list": { image: Buffer.from("red shoe") },
  "one list above a least cosine": { image: Buffer.from("red shoe"), minSimilarity: -0.2 },
  "two lists": { text: "red shoe", mode: "SEMANTIC" },
  words: { text: "red shoe", mode: "LEXICAL" },
  hybrid: { text: "red shoe", mode: "HYBRID" },
  "sorted listing": { sort: { by: "TITLE", reverse: true } },
  "sorted hybrid": { text: "red shoe", sort: { by: "TITLE", reverse: false } },
  "diverse one-list": { image: Buffer.from("red shoe"), diversity: { lambda: 0.4 } },
  "boosted listing": { boosts: [{ filter: { ids: ["p1", "p3", "p4"] }, weight: 2 }], pins: ["p2"] },
};

const title = fc.array(fc.constantFrom(...WORDS), { minLength: 1, maxLength: 4 }).map((words) => words.join(" "));
const change = fc.oneof(
  fc.record({ kind: fc.constant("add" as const), title }),
  fc.record({ kind: fc.constant("remove" as const), at: fc.nat(99) }),
);
export const history = fc.record({
  titles: fc.array(title, { minLength: 1, maxLength: 30 }),
  size: fc.integer({ min: 1, max: 6 }),
  backwards: fc.boolean(),
  changes: fc.array(fc.array(change, { maxLength: 4 }), { maxLength: 12 }),
});
export type History = typeof history extends fc.Arbitrary<infer T> ? T : never;

/** Walks while products come and go; tells what was given, and what was there from the first page to the last. */
export async function walkThrough(
  request: Partial<SearchRequest>,
  { titles, size, backwards, changes }: History,
  index: ProductIndex = new MemoryIndex(),
) {
  const shop = await openShop(
    titles.map((each, i) => shopProduct(`p${i}`, { title: each })),
    index,
  );
  const start = (await shop.ids({ ...request, first: 100 })) as readonly string[];
  const removed = new Set<string>();
  const alive = titles.map((_, i) => `p${i}`);
  let [turn, added] = [0, 0];
  const between = async () => {
    for (const each of changes[turn++] ?? []) {
      if (each.kind === "add") await shop.index.upsert([shopProduct(`${each.title.length}-new${added++}`, { title: each.title })]);
      else {
        const [id] = alive.splice(each.at % Math.max(1, alive.length), 1);
        if (id === undefined) continue;
        removed.add(id);
        await shop.index.delete([id]);
      }
    }
  };
  const pages = await walk(shop, { ...request, ...(backwards ? { last: size } : { first: size }) }, between);
  const given = backwards ? pages.reverse().flat() : pages.flat();
  return { given, throughout: start.filter((id) => !removed.has(id)) };
}
