import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { relevanceAt } from "../../src/domain/relevance.js";
import { SearchDocument, type SearchQueryVariables } from "../gql/operations.js";
import { ask, type Gateway, samplePhoto, startGateway } from "../support/gateway.js";

const CALIBRATION = {
  wordToImage: { slope: 20, intercept: -9 },
  imageToImage: { slope: 10, intercept: -7 },
  wordToText: { slope: 15, intercept: -6 },
};
const PHOTOS = { sofa: "paul-weaver-1120584", laptop: "derick-david-409858", ball: "tommy-bebo-600358" };

let folder: string;
let gateway: Gateway;
let uncalibrated: Gateway;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "likeness-relevance-"));
  const file = join(folder, "calibration.json");
  await writeFile(file, JSON.stringify(CALIBRATION));
  const none = join(folder, "none.json");
  await writeFile(none, JSON.stringify({}));
  gateway = await startGateway({ LIKENESS_INDEX: "memory", LIKENESS_CALIBRATION: file });
  uncalibrated = await startGateway({ LIKENESS_INDEX: "memory", LIKENESS_CALIBRATION: none });
  for (const { app } of [gateway, uncalibrated]) {
    const photos = Object.entries(PHOTOS).map(async ([id, name]) => ({
      id,
      images: [{ bytes: await samplePhoto(`${name}-unsplash.jpg`) }],
    }));
    const results = await app.ingest.ingest([...(await Promise.all(photos)), { id: "lamp", title: "Desk lamp", images: [] }]);
    expect(results.map((each) => each.status)).toEqual(["CREATED", "CREATED", "CREATED", "CREATED"]);
  }
}, 120_000);

afterAll(async () => {
  await Promise.all([gateway?.stop(), uncalibrated?.stop()]);
  await rm(folder, { recursive: true, force: true });
});

async function search(variables: SearchQueryVariables, { url } = gateway) {
  const { data, errors } = await ask(url, SearchDocument, variables);
  return { page: data?.searchProducts, error: errors?.[0] };
}

describe("relevance", () => {
  test("of words is the best of both curves, each for its own signal", async () => {
    const { page } = await search({ text: "desk lamp" });
    expect(page.edges).toHaveLength(4);
    for (const { relevance, signals } of page.edges) {
      const said = [
        signals.image == null ? 0 : relevanceAt(CALIBRATION.wordToImage, signals.image),
        signals.text == null ? 0 : relevanceAt(CALIBRATION.wordToText, signals.text),
      ];
      expect(relevance).toBeCloseTo(Math.max(...said), 9);
    }
  });

  test("of a product's picture, its mix with words and its words alone follow their own curves", async () => {
    const cases = [
      [{ similarTo: "sofa" }, CALIBRATION.imageToImage],
      [{ similarTo: "sofa", text: "a chair" }, CALIBRATION.imageToImage],
      [{ similarTo: "lamp" }, CALIBRATION.wordToImage],
    ] as const;
    for (const [variables, curve] of cases) {
      const { page } = await search(variables);
      expect(page.edges.length).toBeGreaterThan(0);
      for (const { relevance, signals } of page.edges) expect(relevance).toBeCloseTo(relevanceAt(curve, signals.image as number), 9);
    }
  });

  test("is null in a listing and without a calibration", async () => {
    for (const { page } of [await search({}), await search({ text: "sofa" }, uncalibrated)]) {
      expect(page.edges).toHaveLength(4);
      expect(page.edges.map((edge) => edge.relevance)).toEqual([null, null, null, null]);
    }
  });
});

describe("minRelevance", () => {
  test("keeps the hits that reach it, the one whose own relevance it is included, and counts them", async () => {
    const { page: all } = await search({ text: "a sofa in the living room" });
    const relevances = all.edges.map((edge) => edge.relevance as number).sort((a, b) => b - a);
    for (const minRelevance of relevances) {
      const { page } = await search({ text: "a sofa in the living room", minRelevance });
      const expected = all.edges.filter((edge) => (edge.relevance as number) >= minRelevance);
      expect(page.edges.map((edge) => edge.node.id)).toEqual(expected.map((edge) => edge.node.id));
      expect(page.totalCount).toBe(expected.length);
      expect(page.pageInfo.hasNextPage).toBe(false);
    }
  });

  test("pages over what it keeps", async () => {
    const first = await search({ similarTo: "sofa", minRelevance: 0, first: 1 });
    expect(first.page).toMatchObject({ totalCount: 2, pageInfo: { hasNextPage: true } });
    const second = await search({ similarTo: "sofa", minRelevance: 0, first: 1, after: first.page.pageInfo.endCursor });
    expect(second.page.pageInfo.hasNextPage).toBe(false);
    const { error } = await search({ similarTo: "sofa", minRelevance: 0.5, first: 1, after: first.page.pageInfo.endCursor });
    expect(error?.extensions.code).toBe("BAD_CURSOR");
  });

  test("is refused outside [0, 1], in a listing, and where the model has no calibration, which it names", async () => {
    for (const variables of [{ text: "sofa", minRelevance: 1.1 }, { text: "sofa", minRelevance: -0.1 }, { minRelevance: 0.5 }]) {
      expect((await search(variables)).error?.extensions.code).toBe("BAD_USER_INPUT");
    }
    const { error } = await search({ text: "sofa", minRelevance: 0.5 }, uncalibrated);
    expect(error?.extensions).toEqual({ code: "BAD_USER_INPUT", field: ["minRelevance"] });
    expect(error?.message).toContain("no calibration");
    expect(error?.message).toContain(uncalibrated.app.encoder.modelId);
  });
});
