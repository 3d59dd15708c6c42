import { cp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type IngestCommandOptions, ingestFile } from "../../src/cli/ingest.js";
import { ImportCatalogDocument, SearchDocument } from "../gql/operations.js";
import { CATALOGUES, encodedAbo, serveFolder, temporaryFolder, withPictureHost } from "../support/catalogues.js";
import { ask, askWithFiles, type Gateway, startGateway } from "../support/gateway.js";
import { idOf, upload, waitFor } from "../support/imports.js";
import { filesOf, zipOf } from "../support/zip-archive.js";

const MODEL = "test/fixtures/tiny-clip";
const settings = (index: string) => ({ LIKENESS_MODEL: MODEL, LIKENESS_INDEX: index, LIKENESS_ALLOW_PRIVATE_URLS: "1" });

let pictures: { url: string; stop: () => Promise<void> };
let folder: string;
let remove: () => Promise<void>;
let gateway: Gateway;

beforeAll(async () => {
  vi.spyOn(console, "log").mockReturnValue();
  pictures = await serveFolder(join(CATALOGUES, "pictures"));
  ({ folder, remove } = await temporaryFolder());
});
afterAll(async () => {
  await pictures.stop();
  await remove();
  vi.restoreAllMocks();
});

async function ingest(file: string, options: Partial<IngestCommandOptions> = {}) {
  return await ingestFile(gateway.app, file, { batch: 64, ...options });
}

async function search(text: string): Promise<string[]> {
  const { data } = await ask(gateway.url, SearchDocument, { text, first: 5, mode: "LEXICAL" });
  return data.searchProducts.edges.map(({ node }) => node.id);
}

describe.each(["memory", "lancedb"])("with the %s index", (index) => {
  beforeEach(async () => {
    gateway = await startGateway(settings(index));
  });
  afterEach(() => gateway.stop());

  test.each([
    ["catalogue.ndjson", 4, "brass lamp", "n-lamp"],
    ["catalogue.csv", 4, "fern green shoe", "c-shoe"],
    ["google.tsv", 4, "harbour at night", "g-mug"],
    ["google-rss.xml", 3, "heavy canvas", "x-tote-red"],
    ["google-atom.xml", 2, "walking shoe", "a-shoe"],
    ["shopify.csv", 4, "tote sand", "canvas-tote/sand"],
  ])("%s imports with its pictures and is found", async (name, count, words, id) => {
    // The NDJSON and CSV fixtures name files beside them, the others an image host.
    await cp(join(CATALOGUES, "pictures"), join(folder, "pictures"), { recursive: true });
    const tally = await ingest(await withPictureHost(name, pictures.url, folder), { currency: "EUR" });
    expect(tally).toMatchObject({ created: count, failed: 0 });
    expect(gateway.app.encoder.stats.imagesEncoded).toBeGreaterThan(0);
    expect((await search(words))[0]).toBe(id);
    const { data } = await ask(gateway.url, SearchDocument, { text: words, first: 5 });
    expect(data.searchProducts.edges.length).toBeGreaterThan(0);
  });

  test("Magento's products import with their pictures, and a group is one hit", async () => {
    expect(await ingest(join(CATALOGUES, "magento/magento.csv"), { currency: "EUR" })).toMatchObject({ created: 4, failed: 0 });
    expect((await search("fell hoodie")).sort()).toEqual(["HD01/black", "HD01/grey"]);
    const grouped = await ask<{ searchProducts: { nodes: { id: string }[] } }, never>(
      gateway.url,
      `{ searchProducts(text: "fell hoodie", mode: LEXICAL, groupBy: PRODUCT_GROUP) { nodes { id } } }`,
    );
    expect(grouped.data.searchProducts.nodes).toHaveLength(1);
  });

  test("a zip archive imports, and its broken line is told", async () => {
    expect(await ingest(join(CATALOGUES, "catalogues.zip"))).toMatchObject({ read: 4, created: 3, failed: 1 });
    expect(await search("third")).toEqual(["z-3"]);
  });

  test("ABO imports in any language with its pictures", async () => {
    expect(await ingest(join(CATALOGUES, "abo"))).toMatchObject({ created: 20, failed: 0 });
    expect(gateway.app.encoder.stats.imagesEncoded).toBe(22);
    expect(await search("Stackable garden chair")).toContain("X00LKNESS20");
    expect((await search("Torba na laptopa"))[0]).toBe("X00LKNESS16");
  });

  test("ABO with the outputs of a batch transform makes not one encoder call, and a picture finds itself", async () => {
    const { folder: own, remove: removeOwn } = await temporaryFolder();
    const tree = await encodedAbo(own);
    expect(await ingest(tree)).toMatchObject({ created: 20, failed: 0 });
    expect(gateway.app.encoder.stats).toMatchObject({ textsEncoded: 0, imagesEncoded: 0 });
    expect((await search("brass desk lamp"))[0]).toBe("X00LKNESS17");
    const query = "query ($image: Upload) { searchProducts(image: $image, first: 1) { edges { similarity node { id } } } }";
    const bytes = await readFile(join(tree, "images/small/14/71ab14.jpg"));
    const { data } = await askWithFiles<{ searchProducts: { edges: { similarity: number; node: { id: string } }[] } }>(
      gateway.url,
      { query, variables: { image: null } },
      [{ paths: ["variables.image"], bytes }],
    );
    expect(data.searchProducts.edges).toMatchObject([{ node: { id: "X00LKNESS14" }, similarity: expect.closeTo(1, 3) }]);
    expect(await ingest(tree)).toMatchObject({ unchanged: 20 });
    await removeOwn();
  });
});

test("ABO with the outputs of a batch transform is imported as one archive, and nothing is encoded", async () => {
  gateway = await startGateway(settings("memory"));
  const { folder: own, remove: removeOwn } = await temporaryFolder();
  const tree = await filesOf(await encodedAbo(own), (path) => !path.endsWith(".jpg"));
  const job = await waitFor(gateway.url, idOf(await upload(gateway.url, zipOf(tree), { name: "abo.zip" })));
  expect(job).toMatchObject({ state: "SUCCEEDED", total: 20, done: 20, failed: 0 });
  expect(gateway.app.encoder.stats).toMatchObject({ textsEncoded: 0, imagesEncoded: 0 });
  expect((await search("brass desk lamp"))[0]).toBe("X00LKNESS17");
  await removeOwn();
  await gateway.stop();
});

test("a catalogue that is imported by its address has its pictures beside it", async () => {
  gateway = await startGateway(settings("memory"));
  const host = await serveFolder(join(CATALOGUES, "magento"));
  const { data } = await ask(gateway.url, ImportCatalogDocument, { url: `${host.url}/magento.csv`, currency: "EUR" });
  expect(await waitFor(gateway.url, data.importCatalog.id)).toMatchObject({ state: "SUCCEEDED", done: 4, failed: 0 });
  expect(gateway.app.encoder.stats.imagesEncoded).toBeGreaterThan(0);
  const uploaded = await readFile(join(CATALOGUES, "magento/magento.csv"));
  const refused = await waitFor(gateway.url, idOf(await upload(gateway.url, uploaded, { name: "magento.csv", currency: "EUR" })));
  expect(refused).toMatchObject({ state: "SUCCEEDED", done: 4, failed: 4 });
  expect(refused.errors[0]?.message).toContain("Import the catalogue by a URL that the file is beside");
  await host.stop();
  await gateway.stop();
});

test("listings alone are imported without pictures, which is told; a batch transform alone is refused", async () => {
  gateway = await startGateway(settings("memory"));
  const listings = await readFile(join(CATALOGUES, "abo/listings/metadata/listings_0.json.gz"));
  const job = await waitFor(gateway.url, idOf(await upload(gateway.url, listings, { name: "listings_0.json.gz" })));
  expect(job).toMatchObject({ state: "SUCCEEDED", total: 13, done: 13, failed: 1 });
  expect(job.errors).toMatchObject([
    { index: 12, code: "BAD_USER_INPUT", message: expect.stringContaining("These products have no pictures") },
  ]);
  const alone = await upload(gateway.url, listings, { name: "listings_0.json.gz", format: "SAGEMAKER_BATCH_TRANSFORM" });
  const refused = await waitFor(gateway.url, idOf(alone));
  expect(refused).toMatchObject({ state: "FAILED", done: 0 });
  expect(refused.errors).toMatchObject([{ code: "BAD_USER_INPUT", message: expect.stringContaining("or a zip archive of it") }]);
  await gateway.stop();
});

test("a limited part of ABO comes from a bucket", async () => {
  gateway = await startGateway(settings("memory"));
  const bucket = await serveFolder(join(CATALOGUES, "abo"));
  expect(await ingest(bucket.url, { limit: 5, format: "ABO", locale: "de_DE" })).toMatchObject({ read: 5, created: 5, failed: 0 });
  const { data } = await ask(gateway.url, SearchDocument, { text: "Küchenstuhl", first: 1, mode: "LEXICAL" });
  expect(data.searchProducts.edges[0]?.node.id).toBe("X00LKNESS04");
  await bucket.stop();
  await gateway.stop();
});
