import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openUrl } from "../../src/cli/open-url.js";
import { parseFormat } from "../../src/domain/catalog-format.js";
import type { CatalogDraft } from "../../src/ingest/readers/catalog-row.js";
import {
  CATALOGUES,
  draftsOf,
  encodedAbo,
  errorsOf,
  type ReadOptions,
  readAll,
  serveFolder,
  temporaryFolder,
} from "../support/catalogues.js";

let folder: string;
let remove: () => Promise<void>;
beforeAll(async () => {
  ({ folder, remove } = await temporaryFolder());
});
afterAll(() => remove());

async function drafts(name: string, options: ReadOptions = {}): Promise<Map<string, CatalogDraft>> {
  const lines = await readAll(join(CATALOGUES, name), options);
  expect(errorsOf(lines)).toEqual([]);
  return new Map(draftsOf(lines).map((draft) => [draft.id, draft]));
}

const valuesOf = (draft: CatalogDraft | undefined, name: string): string[] =>
  draft?.attributes.filter((each) => each.name === name).map(({ value }) => value) ?? [];

async function write(name: string, content: string | Uint8Array): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, content);
  return file;
}

describe("Google product feed", () => {
  it("maps a text feed", async () => {
    const found = await drafts("google.tsv");
    expect([...found.keys()]).toEqual(["g-tote-red", "g-tote-sand", "g-lamp", "g-mug"]);
    expect(found.get("g-tote-red")).toMatchObject({
      title: "Canvas tote, red",
      categories: ["Bags/Totes", "Luggage & Bags/Shopping Totes"],
      brand: "Tidewater",
      price: { amount: 24.9, currency: "EUR" },
      inStock: true,
      url: "https://shop.example/tote?c=red",
      images: [{ url: "https://cdn.shop.example/tote-red.jpg" }, { url: "https://cdn.shop.example/tote-sand.jpg" }],
      groupId: "tote",
    });
    expect(valuesOf(found.get("g-tote-red"), "Volume")).toEqual(["18 l"]);
    expect(valuesOf(found.get("g-tote-sand"), "color")).toEqual(["Sand", "Beige"]);
    expect(valuesOf(found.get("g-tote-sand"), "google_product_category")).toEqual(["3032"]);
    expect(found.get("g-lamp")).toMatchObject({
      description: "Two joints, one switch & a long cord.",
      categories: ["Lighting/Lamps, desk", "Home office", "Home & Garden/Lighting/Lamps"],
      inStock: false,
    });
  });

  it("maps RSS: Google's elements before the feed's own, comments left out", async () => {
    const found = await drafts("google-rss.xml");
    expect([...found.keys()]).toEqual(["x-tote-red", "x-lamp", "x-mug"]);
    expect(found.get("x-tote-red")).toMatchObject({
      description: "A roomy tote of heavy canvas.",
      price: { amount: 24.9, currency: "EUR" },
      url: "https://shop.example/tote?c=red&from=feed",
      categories: ["Bags/Totes", "Luggage & Bags/Shopping Totes"],
    });
    expect(valuesOf(found.get("x-tote-red"), "Volume")).toEqual(["18 l"]);
    expect(found.get("x-lamp")?.title).toBe("Desk lamp of brass");
    expect(valuesOf(found.get("x-mug"), "product_highlight")).toEqual(["Dishwasher safe", "Made in small runs"]);
  });

  it("maps Atom, with the link to the page alone", async () => {
    expect((await drafts("google-atom.xml")).get("a-shoe")).toMatchObject({
      description: "Leather upper, rubber sole.",
      url: "https://shop.example/shoe",
    });
  });

  it("reads a feed on one line, each item with a line number of its own", async () => {
    const item = (i: number) => `<item><g:id>${i}</g:id><title>T${i}</title></item>`;
    const xml = `<rss xmlns:g="http://base.google.com/ns/1.0"><channel>${Array.from({ length: 9000 }, (_, i) => item(i)).join("")}</channel></rss>`;
    const lines = await readAll(await write("minified.xml", xml));
    expect(lines.map(({ line }) => line)).toEqual(Array.from({ length: 9000 }, (_, i) => i + 1));
    expect(draftsOf(lines)).toHaveLength(9000);
  });

  it("says where an item is no XML, by line and column", async () => {
    const lines = await readAll(
      await write("bad.xml", "<rss>\n<item><g:id>1</g:id>\n  <title>a & b</title></item>\n<item><g:id>2</g:id></item></rss>"),
    );
    expect(draftsOf(lines).map(({ id }) => id)).toEqual(["2"]);
    expect(errorsOf(lines)[0]).toMatch(/^2: Line 3, column 12: the item is not XML: a bare &/);
  });
});

describe("Shopify", () => {
  it("makes one product of each colour, and one group of each handle", async () => {
    const found = await drafts("shopify.csv", { currency: "EUR" });
    expect([...found.keys()]).toEqual(["canvas-tote/red", "canvas-tote/sand", "brass-lamp", "harbour-mug"]);
    expect(found.get("canvas-tote/red")).toMatchObject({
      title: "Canvas tote, Red",
      description: expect.stringContaining("roomy tote of heavy canvas"),
      categories: ["Apparel & Accessories/Handbags/Tote Bags", "Tote"],
      brand: "Tidewater",
      price: { amount: 24.9, currency: "EUR" },
      inStock: true,
      images: [{ url: "https://cdn.shop.example/tote-red.jpg" }],
      groupId: "canvas-tote",
    });
    expect(valuesOf(found.get("canvas-tote/red"), "size")).toEqual(["S", "L"]);
    expect(valuesOf(found.get("canvas-tote/red"), "Fabric")).toEqual(["Canvas", "Cotton"]);
    expect(valuesOf(found.get("canvas-tote/red"), "tag")).toEqual(["summer", "everyday"]);
    expect(found.get("canvas-tote/sand")).toMatchObject({ title: "Canvas tote, Sand", inStock: false });
    expect(found.get("harbour-mug")).toMatchObject({
      inStock: null,
      images: [{ url: "https://cdn.shop.example/mug-blue.jpg" }, { url: "https://cdn.shop.example/mug-side.jpg" }],
    });
  });

  it("has no price where no currency is known", async () => {
    expect((await drafts("shopify.csv")).get("brass-lamp")?.price).toBeNull();
  });

  it("knows the newer names of columns", async () => {
    const csv =
      "Title,URL handle,Description,Status,SKU,Option1 name,Option1 value,Price,Product image URL\nMug,mug,Holds tea,active,M1,Title,Default Title,12.00,https://x.example/m.jpg\n";
    const [mug] = draftsOf(await readAll(await write("new-shopify.csv", csv), { currency: "EUR" }));
    expect(mug).toMatchObject({ id: "mug", description: "Holds tea", price: { amount: 12 }, images: [{ url: "https://x.example/m.jpg" }] });
  });
});

describe("Magento", () => {
  it("makes one product of each colour of a configurable one, though it comes after its variants", async () => {
    const found = await drafts("magento/magento.csv", { currency: "EUR" });
    expect([...found.keys()]).toEqual(["HD01/black", "HD01/grey", "LP07", "MG02"]);
    expect(found.get("HD01/black")).toMatchObject({
      title: "Fell hoodie, Black",
      description: "Brushed fleece, two pockets.",
      categories: ["Men/Tops", "Men"],
      price: { amount: 52, currency: "EUR" },
      inStock: true,
      images: [{ path: resolve(CATALOGUES, "magento/h/d/hoodie-black.jpg") }],
      groupId: "HD01",
    });
    expect(valuesOf(found.get("HD01/black"), "size")).toEqual(["S", "M"]);
    expect(valuesOf(found.get("HD01/black"), "color")).toEqual(["Black"]);
    expect(found.get("HD01/grey")?.inStock).toBe(false);
    expect(found.get("LP07")).toMatchObject({ title: "Desk lamp of brass", brand: "Lichthof", groupId: null });
    expect(valuesOf(found.get("LP07"), "material")).toEqual(["Brass", "Steel"]);
    expect(valuesOf(found.get("LP07"), "note")).toEqual(["Please, no bulbs above 40 W"]);
    expect(found.get("LP07")?.categories).toEqual(["Home/Lamps", "Home/Desks"]);
    expect(found.get("MG02")?.categories).toEqual(["Home/Mugs, cups", "Sale"]);
    expect(found.get("MG02")?.images).toHaveLength(1);
  });
});

describe("ABO", () => {
  it("reads a tree: languages, pictures, categories, attributes", async () => {
    const found = await drafts("abo");
    expect(found.size).toBe(20);
    expect(found.get("X00LKNESS01")).toMatchObject({
      title: "Harbour stoneware mug, 350 ml",
      description: "Holds 350 ml\nSafe in dishwasher and microwave",
      brand: "Tidewater",
      categories: ["DRINKING_CUP", "Kitchen & Dining/Mugs"],
      images: ["01/71ab01.jpg", "01/81ab01.jpg"].map((path) => ({ path: join(CATALOGUES, "abo/images/small", path) })),
    });
    expect(valuesOf(found.get("X00LKNESS01"), "standard_color")).toEqual(["Blue"]);
    expect(found.get("X00LKNESS03")).toMatchObject({
      title: "Desk lamp with jointed arm",
      categories: ["LAMP", "Beleuchtung/Tischlampen"],
    });
    expect(valuesOf(found.get("X00LKNESS03"), "color")).toEqual(["Brass"]);
    expect(found.get("X00LKNESS04")?.title).toBe("Kitchen chair in beech");
    expect(found.get("X00LKNESS08")?.title).toBe("Hand-painted tea cup, blue wave");
    expect(found.get("X00LKNESS15")?.title).toBe("Pinnstol i målad björk");
  });

  it("takes another language where it is wanted and there", async () => {
    const found = await drafts("abo", { locale: "de_DE" });
    expect(found.get("X00LKNESS03")).toMatchObject({
      title: "Schreibtischlampe mit Gelenkarm",
      description: expect.stringContaining("Kabel 1,8 m"),
    });
    expect(found.get("X00LKNESS04")?.title).toBe("Küchenstuhl aus Buche");
    expect(found.get("X00LKNESS08")?.title).toBe("Hand-painted tea cup, blue wave");
  });

  it("reads one file of listings with the tree's pictures", async () => {
    const found = await drafts("abo/listings/metadata/listings_1.json.gz");
    expect([...found.keys()][0]).toBe("X00LKNESS13");
    expect(found.get("X00LKNESS13")?.images).toHaveLength(1);
  });

  it("reads a bucket, whole or one file, and leaves the pictures there", async () => {
    const bucket = await serveFolder(join(CATALOGUES, "abo"));
    const whole = await readAll(bucket.url, { openUrl });
    const part = await readAll(`${bucket.url}/listings/metadata/listings_1.json.gz`, { openUrl });
    await expect(readAll(`${bucket.url}/nothing`, { openUrl })).rejects.toThrow(/There is no/);
    await bucket.stop();
    expect(draftsOf(whole)).toHaveLength(20);
    expect(draftsOf(part)).toHaveLength(8);
    expect(draftsOf(part)[0]?.images).toEqual([{ url: `${bucket.url}/images/small/13/71ab13.jpg` }]);
    await expect(readAll(bucket.url)).rejects.toThrow(/A catalogue is a file here/);
  });

  it("names file and line of what is wrong in a tree, with line numbers that only grow", async () => {
    const copy = await encodedAbo(folder);
    await writeFile(join(copy, "listings/metadata/listings_1.json.gz"), gzipSync('{"item_id":"X1","item_name":"no list"}\n{"item_id":\n'));
    const lines = await readAll(copy, { format: "ABO" });
    expect(errorsOf(lines)).toEqual([
      expect.stringMatching(/^13: listings_1\.json, line 1: `item_name` must be a list/),
      expect.stringMatching(/^14: listings_1\.json, line 2: .*not JSON/),
    ]);
  });
});

describe("SageMaker batch transform", () => {
  it("finds the outputs beside the pictures or at the root, averages them, and encodes nothing", async () => {
    const { folder: own, remove: removeOwn } = await temporaryFolder();
    const copy = await encodedAbo(own);
    const found = draftsOf(await readAll(copy));
    expect(found).toHaveLength(20);
    for (const draft of found) {
      expect(draft.embedding).toHaveLength(64);
      expect(draft.encodeWords).toBe(false);
      expect(Math.hypot(...Array.from(draft.embedding ?? []))).toBeCloseTo(1, 5);
    }
    await removeOwn();
  });

  it("finds outputs of pictures that are no longer there, and names those that are missing or broken", async () => {
    const { folder: own, remove: removeOwn } = await temporaryFolder();
    const rows = ["a", "b", "c"].map((id) => JSON.stringify({ id, title: id, image: `sample-images/${id}.jpg` }));
    await writeFile(join(own, "catalogue.ndjson"), rows.join("\n"));
    await writeFile(join(own, "a.jpg.out"), "[[3,4]]");
    await writeFile(join(own, "b.jpg.out"), "[[3,\n");
    const lines = await readAll(join(own, "catalogue.ndjson"), { format: "SAGEMAKER_BATCH_TRANSFORM" });
    expect(draftsOf(lines)).toMatchObject([{ id: "a", images: [], embedding: Float64Array.from(Float32Array.of(0.6, 0.8)) }]);
    expect(errorsOf(lines)).toEqual([
      expect.stringMatching(/^2: .*b\.jpg\.out is not JSON/),
      expect.stringMatching(/^3: .*there is no sample-images\/c\.jpg\.out/),
    ]);
    await removeOwn();
  });
});

describe("encodings and packing", () => {
  it("reads Windows-1252 and UTF-16 by themselves, and others by name", async () => {
    const latin = await drafts("latin1.csv", {
      map: new Map([
        ["id", "Artikel"],
        ["title", "Bezeichnung"],
        ["price", "Preis"],
      ]),
      currency: "EUR",
    });
    expect(latin.get("w-1")?.title).toBe("Hütte für Vögel");
    expect(latin.get("w-2")?.title).toBe("Gießkanne € Aktion");
    expect((await drafts("utf16.csv")).get("u-2")?.title).toBe("湯呑み 青い波");
    const cyrillic = await write("cp1251.csv", Buffer.from([...Buffer.from("id,title\n1,"), 0xd1, 0xf3, 0xec, 0xea, 0xe0, 0x0a]));
    expect(draftsOf(await readAll(cyrillic, { encoding: "windows-1251" }))[0]?.title).toBe("Сумка");
    await expect(readAll(cyrillic, { encoding: "klingon" })).rejects.toThrow(/no encoding "klingon"/);
  });

  it("reports the one line of a UTF-8 table that is not UTF-8", async () => {
    const lines = await readAll(
      await write("mixed.csv", Buffer.concat([Buffer.from("id,title\n1,Größe\n2,"), Buffer.of(0xe9, 0x0a), Buffer.from("3,ok\n")])),
    );
    expect(draftsOf(lines).map(({ id }) => id)).toEqual(["1", "3"]);
    expect(errorsOf(lines)).toEqual([expect.stringMatching(/^3: .*not UTF-8/)]);
  });

  it("reads gzip by content, and says where it breaks off", async () => {
    const packed = gzipSync(
      Array.from({ length: 20_000 }, (_, i) => JSON.stringify({ id: `p${i}`, title: `Product ${Math.sin(i)}` })).join("\n"),
    );
    expect(draftsOf(await readAll(await write("whole.ndjson", packed)))).toHaveLength(20_000);
    const lines = await readAll(await write("cut.ndjson.gz", packed.subarray(0, packed.length / 2)));
    expect(draftsOf(lines).length).toBeGreaterThan(5000);
    expect(errorsOf(lines)).toHaveLength(1);
    expect(errorsOf(lines)[0]).toMatch(/gzip data is damaged/);
    expect(lines.at(-1)?.line).toBe(draftsOf(lines).length + 1);
  });

  it("reads every catalogue of a zip archive, by name, and counts lines on", async () => {
    const lines = await readAll(join(CATALOGUES, "catalogues.zip"));
    expect(draftsOf(lines).map(({ id }) => id)).toEqual(["z-1", "z-2", "z-3"]);
    expect(errorsOf(lines)).toEqual([expect.stringMatching(/^5: b\/second\.ndjson, line 2: .*not JSON/)]);
    const bytes = await readFile(join(CATALOGUES, "catalogues.zip"));
    await expect(readAll(await write("cut.zip", bytes.subarray(0, 100)))).rejects.toThrow(/zip data is damaged/);
  });
});

describe("broken lines and duplicates", () => {
  it("come as errors in their place", async () => {
    const lines = await readAll(join(CATALOGUES, "broken.ndjson"));
    expect(draftsOf(lines).map(({ id }) => id)).toEqual(["b-1", "b-5"]);
    expect(errorsOf(lines).map((text) => Number.parseInt(text, 10))).toEqual([2, 3, 4]);
  });

  it("name the column of a table", async () => {
    expect(errorsOf(await readAll(await write("price.csv", "id,title,price\n1,a,cheap\n")))).toEqual([
      expect.stringMatching(/^2: Column 3: /),
    ]);
  });
});

describe("the format", () => {
  it("is found out by content where the name does not tell", async () => {
    for (const name of ["google.tsv", "google-rss.xml", "shopify.csv", "catalogue.ndjson", "catalogue.csv"]) {
      const copy = await write(`${name}.download`, await readFile(join(CATALOGUES, name)));
      const ids = draftsOf(await readAll(copy)).map(({ id }) => id);
      expect(ids, name).toEqual(draftsOf(await readAll(join(CATALOGUES, name))).map(({ id }) => id));
    }
  });

  it("is a word of the list, however it is written", () => {
    expect(parseFormat("google-product-feed")).toBe("GOOGLE_PRODUCT_FEED");
    expect(() => parseFormat("xls")).toThrow(/no catalogue format "xls"/);
  });

  it("leaves a table with a mapping to the mapping", async () => {
    const found = draftsOf(
      await readAll(join(CATALOGUES, "shopify.csv"), {
        map: new Map([
          ["id", "Variant SKU"],
          ["title", "Title"],
        ]),
      }),
    );
    expect(found.map(({ id }) => id)).toContain("TOTE-S-S");
    await expect(readAll(join(CATALOGUES, "shopify.csv"), { format: "SHOPIFY", map: new Map([["id", "Handle"]]) })).rejects.toThrow(
      /--map is for/,
    );
  });
});
