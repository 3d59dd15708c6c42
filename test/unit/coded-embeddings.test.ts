import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cosine, type Embedding, normalize } from "../../src/domain/embedding.js";
import { BinaryCodes } from "../../src/indexes/lancedb/binary-codes.js";
import { CodedEmbeddings } from "../../src/indexes/lancedb/coded-embeddings.js";
import type { CodedList } from "../../src/indexes/lancedb/coded-list.js";
import { Rotation } from "../../src/indexes/lancedb/rotation.js";
import { kthGreatest } from "../../src/indexes/lancedb/scored-rows.js";
import { randomEmbedding, randomNumbers } from "../contract/catalogue.js";

const DIMENSIONS = [8, 17, 100, 384, 512];
const ROWS = 600;

/** Embeddings as models make them: in clusters, away from the origin, and one number far greater than the others. */
function embeddings(count: number, dimension: number, seed: number): Embedding[] {
  const random = randomNumbers(seed);
  const centres = Array.from({ length: 10 }, () => randomEmbedding(random, dimension));
  return Array.from({ length: count }, (_, i) => {
    const own = randomEmbedding(random, dimension);
    return normalize(own.map((value, j) => value + (centres[i % 10]?.[j] as number) + (j === 0 ? 3 : 0.5 / Math.sqrt(dimension))));
  });
}

async function coded(rows: readonly Embedding[]): Promise<CodedEmbeddings> {
  const all = new CodedEmbeddings(rows.length, (rows[0] as Embedding).length);
  rows.forEach((embedding, row) => all.add(row, embedding));
  await all.code();
  return all;
}

/** Of these rows those whose cosine is at least the k-th best, best first. */
function truth(query: Embedding, rows: readonly Embedding[], listed: readonly number[], k: number): number[] {
  const scored = listed.map((row) => ({ row, score: cosine(query, rows[row] as Embedding) })).sort((a, b) => b.score - a.score);
  return scored.filter(({ score }) => score >= (scored[k - 1]?.score ?? -2) - 1e-12).map(({ row }) => row);
}

describe("Rotation", () => {
  it.each([1, 8, 24, 100, 640])("keeps lengths and angles of vectors of %i numbers", (dimension) => {
    const rotation = new Rotation(dimension);
    const [a, b] = [randomEmbedding(randomNumbers(1), dimension), randomEmbedding(randomNumbers(2), dimension)];
    const [x, y] = [Float64Array.from(a), Float64Array.from(b)];
    rotation.rotate(x);
    rotation.rotate(y);
    const dot = (u: ArrayLike<number>, v: ArrayLike<number>) =>
      Array.from(u, (value, i) => value * (v[i] as number)).reduce((p, q) => p + q);
    expect(dot(x, y)).toBeCloseTo(dot(a, b), 12);
    expect(dot(x, x)).toBeCloseTo(dot(a, a), 12);
  });
});

describe("BinaryCodes", () => {
  it.each(DIMENSIONS)("bounds nearly all cosines of %i numbers from above, and not by far", (dimension) => {
    const [rows, queries] = [embeddings(ROWS, dimension, 3), embeddings(50, dimension, 4)];
    const mean = Float64Array.from({ length: dimension }, (_, j) => rows.reduce((sum, row) => sum + (row[j] as number) / ROWS, 0));
    const codes = new BinaryCodes(ROWS, mean);
    rows.forEach((row, i) => codes.set(i, row));
    const block = codes.layOut([...rows.keys()]);
    let [broken, slack] = [0, 0];
    for (const query of queries) {
      const { ofRows, ofGroups } = block.upperBounds(codes.query(query));
      rows.forEach((row, i) => {
        const over = (ofRows[i] as number) - cosine(query, row);
        if (over < 0) broken++;
        slack += over / (ROWS * queries.length);
      });
      expect(ofGroups).toEqual(Float32Array.from(ofGroups, (_, group) => Math.max(...ofRows.subarray(group * 16, group * 16 + 16))));
      expect([...ofRows.subarray(ROWS)].every((bound) => bound === Number.NEGATIVE_INFINITY)).toBe(true);
    }
    expect(broken / (ROWS * queries.length)).toBeLessThan(0.002);
    expect(slack).toBeLessThan(3 / Math.sqrt(dimension));
  });
});

describe("CodedEmbeddings", () => {
  it.each(DIMENSIONS)("find what a comparison of all finds, of %i numbers", async (dimension) => {
    const rows = embeddings(ROWS, dimension, 5);
    const all = await coded(rows);
    const listed = [...rows.keys()].filter((row) => row % 3 > 0).reverse();
    const list = all.list(listed) as CodedList;
    let [found, wanted] = [0, 0];
    for (const query of embeddings(40, dimension, 6)) {
      for (const k of [1, 10, 70, ROWS]) {
        const expected = truth(query, rows, listed, k);
        const nearest = list.nearest(query, k) ?? [];
        const rightly = nearest.filter(({ row }) => expected.includes(row));
        for (const { row, score } of rightly) expect(score).toBeCloseTo(cosine(query, rows[row] as Embedding), 12);
        expect(nearest.map(({ score }) => score)).toEqual(nearest.map(({ score }) => score).sort((a, b) => b - a));
        found += rightly.length;
        wanted += Math.min(k, listed.length);
      }
    }
    expect(found / wanted).toBeGreaterThan(0.9995);
  });

  it("gives all that equal the last of the wanted", async () => {
    const [one, ...others] = embeddings(200, 64, 7) as [Embedding, ...Embedding[]];
    const all = await coded([...others, one, one, one]);
    const list = all.list([...others.keys(), 199, 200, 201]) as CodedList;
    expect(
      list
        .nearest(one, 1)
        ?.map(({ row }) => row)
        .sort(),
    ).toEqual([199, 200, 201]);
  });

  it("gives up where too many could be among the nearest", async () => {
    const rows = Array.from({ length: 2_000 }, (_, i) => randomEmbedding(randomNumbers(i), 64));
    const list = (await coded(rows)).list([...rows.keys()]) as CodedList;
    const query = randomEmbedding(randomNumbers(5_000), 64);
    expect(list.nearest(query, 10, 100)).toBeNull();
    expect(list.nearest(query, 10)).toHaveLength(10);
  });

  it("take what is added later, as far as there is room, and know what is not there", async () => {
    const [first, second, third] = embeddings(3, 100, 8) as [Embedding, Embedding, Embedding];
    const all = new CodedEmbeddings(2, 100);
    all.add(7, first);
    await all.code();
    expect(all.list([7, 8])).toBeNull();
    expect(all.add(8, second)).toBe(true);
    expect(all.add(8, second)).toBe(true);
    expect(all.add(9, third)).toBe(false);
    expect(all.list([8, 7])?.nearest(second, 1)).toEqual([{ row: 8, score: expect.closeTo(1, 6) }]);
    const cosines = [...(all.cosines(first, [8, 7, 8]) ?? [])];
    expect(cosines).toEqual([cosine(first, second), 1, cosine(first, second)].map((each) => expect.closeTo(each, 6)));
    expect(all.cosines(first, [9])).toBeNull();
  });

  it("compares all, where a code would be too long", async () => {
    const rows = embeddings(2, 2_100, 9);
    const all = await coded(rows);
    expect(all.list([0, 1])).toBeNull();
    expect(all.cosines(rows[0] as Embedding, [0])?.[0]).toBeCloseTo(1, 6);
  });
});

describe("kthGreatest", () => {
  it("is the k-th of the numbers in descending order, equal ones counted each", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -20, max: 20 }), { maxLength: 200 }), fc.integer({ min: 1, max: 150 }), (numbers, k) => {
        const expected = [...numbers].sort((a, b) => b - a)[k - 1] ?? Number.NEGATIVE_INFINITY;
        expect(kthGreatest(Float64Array.from(numbers), k)).toBe(expected);
      }),
    );
  });
});
