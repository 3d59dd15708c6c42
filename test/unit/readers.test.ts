import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LikenessError } from "../../src/domain/errors.js";
import { type CatalogLine, toDraft } from "../../src/ingest/readers/catalog-row.js";
import { readCsv } from "../../src/ingest/readers/csv.js";
import { readRecords } from "../../src/ingest/readers/csv-records.js";
import { readFeedItems } from "../../src/ingest/readers/google/feed-items.js";
import { MAX_LINE_BYTES } from "../../src/ingest/readers/lines.js";
import { readNdjson } from "../../src/ingest/readers/ndjson.js";
import { parseMap, readCatalog } from "../../src/ingest/readers/read-catalog.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "likeness-readers-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function collect(lines: AsyncIterable<CatalogLine>): Promise<CatalogLine[]> {
  const all: CatalogLine[] = [];
  for await (const line of lines) all.push(line);
  return all;
}

async function read(name: string, content: string | Uint8Array, options: Parameters<typeof readCatalog>[1] = {}): Promise<CatalogLine[]> {
  const file = join(folder, name);
  await writeFile(file, content);
  return collect(readCatalog(file, options));
}

/** Bytes in small pieces, so that lines and letters are cut anywhere. */
async function* chunked(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size);
}

const idsOf = (lines: readonly CatalogLine[]): string[] => lines.flatMap((line) => ("draft" in line ? [line.draft.id] : []));
const errorsOf = (lines: readonly CatalogLine[]): string[] => lines.flatMap((l) => ("error" in l ? [`${l.line}: ${l.error.message}`] : []));
const draftOf = (lines: readonly CatalogLine[], i = 0) => {
  const line = lines[i];
  if (!line || "error" in line) throw new Error(`line ${i} is no draft: ${line?.error.message}`);
  return line.draft;
};

describe("toDraft", () => {
  const draft = (row: object, options = {}) => toDraft(new Map(Object.entries(row)), options);

  it("takes all fields, and unknown scalars as attributes", () => {
    const row = {
      id: 7,
      title: " Shoe ",
      category: "Shoes",
      brand: "Acme",
      price: { amount: 9.5, currency: "usd" },
      inStock: true,
      url: "https://shop.example/7",
      image: "a.jpg",
      imageUrl: "https://shop.example/7.jpg",
      images: ["b.jpg", { url: "http://x.example/c" }, "a.jpg"],
      embedding: [0, 1],
      attributes: { colour: ["red", "blue"] },
      groupId: "g",
      weight: 3,
      fast: false,
      empty: "",
      nested: { a: 1 },
    };
    expect(draft(row)).toEqual({
      id: "7",
      title: "Shoe",
      description: null,
      categories: ["Shoes"],
      brand: "Acme",
      price: { amount: 9.5, currency: "USD" },
      inStock: true,
      url: "https://shop.example/7",
      images: [{ path: "a.jpg" }, { path: "b.jpg" }, { url: "http://x.example/c" }, { url: "https://shop.example/7.jpg" }],
      embedding: Float64Array.of(0, 1),
      attributes: [
        { name: "colour", value: "red" },
        { name: "colour", value: "blue" },
        { name: "weight", value: "3" },
        { name: "fast", value: "false" },
      ],
      groupId: "g",
    });
  });

  it("takes a picture without a scheme from the web, as a shop's page does", () => {
    const images = ["//cdn.example/a.jpg", "https://cdn.example/a.jpg", "///b.jpg", "/c.jpg"];
    expect(draft({ id: "1", images }).images).toEqual([{ url: "https://cdn.example/a.jpg" }, { path: "///b.jpg" }, { path: "/c.jpg" }]);
  });

  it("makes no attribute of a value that is empty, or spaces alone", () => {
    const attributes = { size: "", colour: ["red", " "], material: "\n", fit: null };
    expect(draft({ id: "1", attributes, weight: " " }).attributes).toEqual([{ name: "colour", value: "red" }]);
  });

  it("takes the label for the category when there is none, and keeps it as an attribute", () => {
    const found = draft({ id: "1", label: "sofa", coarse: "furniture", department: "home" });
    expect(found.categories).toEqual(["sofa"]);
    expect(found.attributes.map(({ name }) => name)).toEqual(["label", "coarse", "department"]);
    expect(draft({ id: "1", label: "sofa", category: "seat" }).categories).toEqual(["seat"]);
  });

  it.each([
    [12.5, "EUR", { amount: 12.5, currency: "EUR" }],
    ["12.50 usd", "EUR", { amount: 12.5, currency: "USD" }],
    ["GBP 3", undefined, { amount: 3, currency: "GBP" }],
    ["", undefined, null],
    [0, "EUR", { amount: 0, currency: "EUR" }],
    ["12,50 EUR", undefined, { amount: 12.5, currency: "EUR" }],
    ["12,5", "EUR", { amount: 12.5, currency: "EUR" }],
    ["1.234,50", "EUR", { amount: 1234.5, currency: "EUR" }],
    ["USD 1,234,567.50", undefined, { amount: 1234567.5, currency: "USD" }],
    ["1.234", "EUR", { amount: 1.234, currency: "EUR" }],
    [{ amount: "99,90", currency: "EUR" }, undefined, { amount: 99.9, currency: "EUR" }],
    ["1.299,00 €", undefined, { amount: 1299, currency: "EUR" }],
    ["€12,50", "USD", { amount: 12.5, currency: "EUR" }],
    ["1 299,00", "EUR", { amount: 1299, currency: "EUR" }],
    ["1\u202f299\u00a0€", undefined, { amount: 1299, currency: "EUR" }],
    ["CHF 1'299.-", undefined, { amount: 1299, currency: "CHF" }],
    ["1’299.50", "CHF", { amount: 1299.5, currency: "CHF" }],
    ["12.50USD", undefined, { amount: 12.5, currency: "USD" }],
    ["$1,299.00", "cad", { amount: 1299, currency: "CAD" }],
    ["5,- kr", "SEK", { amount: 5, currency: "SEK" }],
    ["1.299,- €", undefined, { amount: 1299, currency: "EUR" }],
    ["1,299.–", "CHF", { amount: 1299, currency: "CHF" }],
    ["1.234.567", "EUR", { amount: 1234567, currency: "EUR" }],
    ["1,234,567", "EUR", { amount: 1234567, currency: "EUR" }],
    ["1.234 kwd", undefined, { amount: 1.234, currency: "KWD" }],
    ["9.95 DEM", undefined, { amount: 9.95, currency: "DEM" }],
    ["XAU 2", undefined, { amount: 2, currency: "XAU" }],
    [5, "XXX", { amount: 5, currency: "XXX" }],
    ["$1,299.00 USD", undefined, { amount: 1299, currency: "USD" }],
    ["cad 5$", "EUR", { amount: 5, currency: "CAD" }],
    ["₹1,29,999.00", undefined, { amount: 129_999, currency: "INR" }],
    ["1,00,29,999", "INR", { amount: 10_029_999, currency: "INR" }],
  ])("reads the price %j", (price, currency, expected) => {
    expect(draft({ id: "1", price }, currency ? { currency } : {}).price).toEqual(expected);
  });

  it.each([
    [-2, false],
    [2.5, true],
    ["12.5000", true],
    ["-3.0000", false],
    ["0.0000", false],
    ["In Stock", true],
    ["", null],
  ])("reads %j as in stock or not", (inStock, expected) => {
    expect(draft({ id: "1", inStock }).inStock).toBe(expected);
  });

  it("keeps long texts as attributes, and no bytes of pictures", () => {
    const care = "Wash it by hand. ".repeat(500);
    expect(draft({ id: "1", care }).attributes).toEqual([{ name: "care", value: care.trim() }]);
    expect(draft({ id: "1", imageBase64: null }).attributes).toEqual([]);
    for (const row of [{ imageBase64: "iVBORw0KGgo=" }, { photo: "data:image/png;base64,iVBO" }, { photo: "/9j/4AAQ".repeat(200) }]) {
      expect(() => draft({ id: "1", ...row })).toThrow(/holds the bytes of a picture. Give the picture's path or URL as `image`/);
    }
    expect(() => draft({ id: "1", story: "word ".repeat(10_001) })).toThrow(
      "`story` has 50004 characters; at most 50000 can be an attribute. Leave it out.",
    );
  });

  it.each([
    ["id", { title: "no id" }],
    ["id", { id: "  " }],
    ["id", { id: { a: 1 } }],
    ["id", { id: "1.23457E+12" }],
    ["id", { id: "1,23457E+12" }],
    ["id", { id: "1E+12" }],
    ["price", { id: "1", price: 3 }],
    ["price", { id: "1", price: "-3 EUR" }],
    ["price", { id: "1", price: "1.2.3 EUR" }],
    ["price", { id: "1", price: "cheap" }],
    ["price", { id: "1", price: "1,234 EUR" }],
    ["price", { id: "1", price: "1,234.567 EUR" }],
    ["price", { id: "1", price: "12,34,50 EUR" }],
    ["price", { id: "1", price: [1] }],
    ["price", { id: "1", price: "$5" }],
    ["price", { id: "1", price: "$5", currency: "EUR" }],
    ["price", { id: "1", price: "1.299 €" }],
    ["price", { id: "1", price: "EUR 1.299" }],
    ["price", { id: "1", price: "1 29,00", currency: "EUR" }],
    ["price", { id: "1", price: "EUR 5 USD" }],
    ["price", { id: "1", price: "$5 EUR" }],
    ["price", { id: "1", price: "123,45,678 INR" }],
    ["price", { id: "1", price: "5 constructor", currency: "EUR" }],
    ["price", { id: "1", price: "from 5", currency: "EUR" }],
    ["price", { id: "1", price: { amount: "0x10", currency: "EUR" } }],
    ["price", { id: "1", price: "12.50 pcs", currency: "EUR" }],
    ["price", { id: "1", price: "VAT 3", currency: "EUR" }],
    ["currency", { id: "1", price: 1, currency: "EUT" }],
    ["currency", { id: "1", price: 1, currency: "euro" }],
    ["inStock", { id: "1", inStock: "perhaps" }],
    ["inStock", { id: "1", inStock: "Infinity" }],
    ["imageBase64", { id: "1", imageBase64: "iVBORw0KGgo=" }],
    ["embedding", { id: "1", embedding: [1, "x"] }],
    ["embedding", { id: "1", embedding: [] }],
    ["attributes", { id: "1", attributes: 5 }],
    ["attributes", { id: "1", attributes: [{ value: "x" }] }],
    ["images", { id: "1", images: [5] }],
    ["title", { id: "1", title: ["a"] }],
  ])("names the field %s in %j", (field, row) => {
    try {
      draft(row);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(LikenessError);
      expect((error as LikenessError).options.field?.[0]).toBe(field);
    }
  });
});

describe("NDJSON", () => {
  it("passes over a BOM, CRLF, blank lines and a missing last line feed", async () => {
    const lines = await read("ok.ndjson", '\uFEFF{"id":"1"}\r\n\r\n  \n{"id":"2","title":"a\u2028b"}');
    expect(lines.map(({ line }) => line)).toEqual([1, 4]);
    expect(draftOf(lines, 1).title).toBe("a\u2028b");
  });

  it("reports broken lines and repeated ids with their numbers, and reads the rest", async () => {
    const bytes = Buffer.concat([
      Buffer.from('{"id":"1"}\n{"id":\n[1]\nnull\n{"title":"x"}\n{"id":"1"}\n'),
      Buffer.from([0x7b, 0xff, 0xfe, 0x7d, 0x0a]),
      Buffer.from('{"id":"__proto__","__proto__":"x"}\n'),
    ]);
    const lines = await read("bad.jsonl", bytes);
    expect(idsOf(lines)).toEqual(["1", "__proto__"]);
    expect(errorsOf(lines).map((text) => Number.parseInt(text, 10))).toEqual([2, 3, 4, 5, 6, 7]);
    expect(errorsOf(lines)[4]).toContain('"1" is on line 1');
    expect(errorsOf(lines)[5]).toContain("not UTF-8");
  });

  it("reports a line too long to hold in memory, and goes on", async () => {
    async function* huge(): AsyncGenerator<Uint8Array> {
      for (let bytes = 0; bytes <= MAX_LINE_BYTES; bytes += 1 << 20) yield new Uint8Array(1 << 20).fill(0x20);
      yield Buffer.from('\n{"id":"2"}');
    }
    const lines = await collect(readNdjson(huge()));
    expect(errorsOf(lines)[0]).toMatch(/^1: .*bytes/);
    expect(idsOf(lines)).toEqual(["2"]);
  });

  it("loses the one row that holds a picture's bytes", async () => {
    const lines = await read("bytes.ndjson", '{"id":"1","imageBase64":"iVBORw0KGgo="}\n{"id":"2"}\n');
    expect(idsOf(lines)).toEqual(["2"]);
    expect(errorsOf(lines)).toEqual(["1: `imageBase64` holds the bytes of a picture. Give the picture's path or URL as `image`."]);
  });

  it("takes no number for an id or a value that is another one once it is read", async () => {
    const rows = [
      '{"id":9007199254740991}',
      '{"id":1234567890123456789}',
      '{"id":"3","ean":12345678901234567890}',
      '{"id":"4","attributes":{"n":1e21}}',
    ];
    const lines = await read("numbers.ndjson", rows.join("\n"));
    expect(idsOf(lines)).toEqual(["9007199254740991"]);
    expect(errorsOf(lines)).toEqual([
      "2: `id` is a number of more digits than can be read exactly, near 1234567890123456800. Write it in quotes.",
      "3: `ean` is a number of more digits than can be read exactly, near 12345678901234567000. Write it in quotes.",
      "4: `n` is a number of more digits than can be read exactly, near 1e+21. Write it in quotes.",
    ]);
  });

  it("loses the one row with lists in lists that are deeper than they can be shown", async () => {
    const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    const lines = await read("deep.ndjson", `{"id":"1","title":${deep}}\n{"id":"2"}\n`);
    expect(idsOf(lines)).toEqual(["2"]);
    expect(errorsOf(lines)).toEqual(["1: `title` must be a text; got […]."]);
  });

  it("makes picture paths absolute from the file's folder", async () => {
    const lines = await read("pictures.ndjson", '{"id":"1","image":"img/a.jpg","imageUrl":"HTTPS://x.example/b.jpg"}');
    expect(draftOf(lines).images).toEqual([{ path: join(folder, "img/a.jpg") }, { url: "HTTPS://x.example/b.jpg" }]);
  });
});

describe("CSV", () => {
  it("reads a long value with quotes in each of its lines in no more than a moment", { timeout: 5_000 }, async () => {
    const description = `<p class="a">${"x".repeat(900)}</p>\n`.repeat(900);
    const lines = await read("long.csv", `id,title,description\n1,Shoe,"${description.replaceAll('"', '""')}"\n2,Hat,\n`);
    expect(draftOf(lines).description).toBe(description.trim());
    expect(idsOf(lines)).toEqual(["1", "2"]);
  });

  it("reads quoted values over several lines, lists, padded columns and other separators", async () => {
    const csv =
      '\uFEFFid ,title   ,categories,price,inStock,attributes,colour\r\n1,"A ""good"", long\r\nshoe" ,a|b,3.5 EUR,yes,size:40|size:41,red\r\n2,5" pipe,,,,,\r\n';
    const lines = await read("ok.csv", csv);
    expect(errorsOf(lines)).toEqual([]);
    expect(lines.map(({ line }) => line)).toEqual([2, 4]);
    expect(draftOf(lines)).toMatchObject({
      title: 'A "good", long\nshoe',
      categories: ["a", "b"],
      price: { amount: 3.5, currency: "EUR" },
      inStock: true,
      attributes: [
        { name: "size", value: "40" },
        { name: "size", value: "41" },
        { name: "colour", value: "red" },
      ],
    });
    expect(draftOf(lines, 1).title).toBe('5" pipe');
    expect(idsOf(await read("semicolon.csv", "id;title\n1;a, b\n"))).toEqual(["1"]);
    expect(draftOf(await read("tabs.tsv", "id\ttitle\n1\ta, b\n")).title).toBe("a, b");
  });

  it.each([
    ['id;title;"price, gross, in euro"', ["id", "title", "price, gross, in euro"]],
    ['"id";"title"', ["id", "title"]],
    ["id;title;price, gross", ["id", "title", "price, gross"]],
    ['id,title,"a; b; c; d"', ["id", "title", "a; b; c; d"]],
    ['id,"a; ""b;c;d""",title', ["id", 'a; "b;c;d"', "title"]],
    ["id,title;gross", ["id", "title;gross"]],
    ["id\ttitle, short, plain", ["id", "title, short, plain"]],
    ['id|title|"price, gross, in euro|net"', ["id", "title", "price, gross, in euro|net"]],
  ])("finds the delimiter of %j", async (header, cells) => {
    for await (const record of readRecords(chunked(Buffer.from(header), 100))) expect(record).toEqual({ line: 1, cells });
  });

  it("takes the delimiter that a first line names for Excel", async () => {
    const lines = await read("sep.csv", "sep=;\r\nid;title, short\r\n1;Shoe\r\n");
    expect(lines).toMatchObject([{ line: 3, draft: { id: "1", attributes: [{ name: "title, short", value: "Shoe" }] } }]);
  });

  it("passes over the line above the header in which Meta's templates say what the columns are for", async () => {
    const above = '# Obligatoire | Un ID, unique et stable,"# Facultatif | Un titre, de préférence"';
    for (const line of [above, `"${above.slice(0, 20)}"`]) {
      expect(idsOf(await read("meta.csv", `${line}\nid,title\n1,Shoe\n`))).toEqual(["1"]);
    }
    expect(draftOf(await read("numbered.csv", "# ,id,title\n7,1,Shoe\n")).attributes).toEqual([{ name: "#", value: "7" }]);
  });

  it("passes over rows of delimiters alone, and delimiters at the end of a row", async () => {
    const lines = await read("delimiters.csv", "id;title;\r\n1;Shoe;\r\n;;\r\n2;Boot;;;\r\n3;Sock;;x\r\n;;\r\n");
    expect(idsOf(lines)).toEqual(["1", "2"]);
    expect(errorsOf(lines)).toEqual(["5: The row has 4 values; the header has 3."]);
  });

  it.each(["csv", "ndjson"])("reads %s whose lines end in carriage returns alone", async (format) => {
    const file = format === "csv" ? 'id,title\r1,"Shoe\nof felt"\r2,Boot\r' : '{"id":"1","title":"Shoe\\nof felt"}\r{"id":"2"}\r';
    const lines = await read(`macintosh.${format}`, file);
    expect(errorsOf(lines)).toEqual([]);
    expect(idsOf(lines)).toEqual(["1", "2"]);
    expect(draftOf(lines).title).toBe("Shoe\nof felt");
  });

  it("maps columns to fields", async () => {
    const lines = await read("map.csv", "sku,name,id\n1,Shoe,x\n", { map: parseMap("id=sku,title=name") });
    expect(draftOf(lines)).toMatchObject({ id: "1", title: "Shoe", attributes: [] });
    expect(() => parseMap("title")).toThrow(/field=column/);
    expect(() => parseMap("tilte=name")).toThrow(/no field "tilte"/);
  });

  it.each([
    ["id,title\n1,a\n2\n3,b,c\n4,d\n", ["1", "4"], [3, 4]],
    ['id,title\n1,"open\n2,"b"\n3,c\n', ["2", "3"], [2]],
    ['id,title\n1,"open\n2,b\n3,c', ["2", "3"], [2]],
    ['id,title\n1,a\n1,b\n"",c\n', ["1"], [3, 4]],
    ["title\na\n", [], [1]],
    ["id,title,title\n1,a,b\n", [], [1]],
    ["", [], []],
  ])("reports what is wrong in %j and keeps the good rows", async (csv, ids, errorLines) => {
    const lines = await read("bad.csv", csv);
    expect(idsOf(lines)).toEqual(ids);
    expect(errorsOf(lines).map((text) => Number.parseInt(text, 10))).toEqual(errorLines);
  });

  it("does not close a quote behind a line that cannot be read", async () => {
    const lines = await read("gap.csv", Buffer.from('id,title\n1,"a\n\xff\nb"\n2,c\n', "latin1"), { encoding: "utf-8" });
    expect(idsOf(lines)).toEqual(["2"]);
    expect(errorsOf(lines).map((text) => Number.parseInt(text, 10))).toEqual([2, 3, 4]);
  });

  it("takes a stray quote in a large file without reading it over and over", async () => {
    const rows = Array.from({ length: 20_000 }, (_, i) => (i % 2000 === 7 ? `${i},"open` : `${i},title`));
    const lines = await read("large.csv", `id,title\n${rows.join("\n")}\n`);
    expect(idsOf(lines)).toHaveLength(19_990);
    expect(errorsOf(lines)).toHaveLength(10);
  });
});

it("says which files it reads", async () => {
  await expect(read("a.json", "[]")).rejects.toThrow(/jq -c/);
  await expect(read("a.xml", "<a/>")).rejects.toThrow(/no product feed/);
  await expect(read("empty.xml", "\n")).rejects.toThrow("empty.xml is empty.");
  await expect(read("a.bin", Uint8Array.of(0, 1, 2, 0))).rejects.toThrow(/none of the catalogue formats/);
  await expect(collect(readCatalog(join(folder, "none.csv")))).rejects.toThrow(/There is no file/);
});

describe("a product feed", () => {
  async function itemsOf(xml: string, size: number): Promise<string[]> {
    const items: string[] = [];
    for await (const item of readFeedItems(chunked(Buffer.from(xml), size))) items.push("xml" in item ? item.xml : item.error.message);
    return items;
  }

  it.each([1, 3, 100])("is text inside CDATA, whatever it looks like (%i bytes at a time)", async (size) => {
    const items = [
      "<item><d><![CDATA[<p>Soft wool <!-- editor note truncat]]></d></item>",
      "<item><d><![CDATA[Write </item> and <item> around it]]></d></item>",
      "<item><d>plain</d></item>",
    ];
    expect(await itemsOf(`<rss><d><![CDATA[All of <item>]]></d>${items.join("\n")}<!-- end --></rss>`, size)).toEqual(items);
  });

  it.each([1, 2, 3, 100])("keeps a U+FFFD of its own, and loses the item that is no UTF-8 (%i bytes at a time)", async (size) => {
    const own = "<item>\uFFFD ä\uFFFD\uFFFD</item>";
    const bytes = Buffer.from(`${own}<item>\uFFFD ~</item>${own}`);
    bytes[bytes.indexOf("~")] = 0xe4;
    const items: string[] = [];
    for await (const item of readFeedItems(chunked(bytes, size))) items.push("xml" in item ? item.xml : item.error.message);
    expect(items).toEqual([own, expect.stringContaining("not UTF-8"), own]);
  });

  it.each([1, 3, 100])("loses the one item whose section has no end (%i bytes at a time)", async (size) => {
    const good = "<item><!-- note --><d><![CDATA[wool]]></d></item>";
    const cdata = "<item><t><![CDATA[a</t><d><![CDATA[b</d></item>";
    const comment = "<item><!-- note -> <!-- note -><d>b</d></item>";
    expect(await itemsOf(`<rss>${good}${cdata}${good}${comment}<item>1</item>${good}${cdata}<item>2</item></rss>`, size)).toEqual([
      ...[good, cdata, good, comment],
      ...["<item>1</item>", good, cdata, "<item>2</item>"],
    ]);
  });

  it("does not wait for the end of a section beyond what an item may hold, nor looks for it again and again", async () => {
    const items = Array.from({ length: 20_000 }, (_, i) => `<item><id>${i}</id><d>${"x".repeat(300)}</d></item>`);
    const broken = `<item><d>${"<![CDATA[".repeat(50_000)}</d></item>`;
    expect(await itemsOf(`<rss>${broken}${items.join("")}</rss>`, 1 << 20)).toEqual([broken, ...items]);
  });

  it("comes out the same however it arrives", async () => {
    const piece = fc.constantFrom("<!--", "-->", "<item>", "</item>", "<entry a='b'>", "</entry>", "<![CDATA[", "]]>", "]", ">", "p", "\n");
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 40 }), fc.integer({ min: 1, max: 30 }), async (pieces, size) => {
        const xml = `<rss><item>x</item>${pieces.join("")}`;
        expect(await itemsOf(xml, size)).toEqual(await itemsOf(xml, xml.length));
      }),
      { numRuns: 300 },
    );
  });

  it.each(["]]>", "-->"])("with one %j gone loses no other item", async (end) => {
    const piece = fc.constantFrom("<!--", "-->", "<item>", "</item>", "<entry a='b'>", "<![CDAT", "]]", "]", ">", "<", "p", " ", "\n");
    const text = fc.array(piece, { maxLength: 8 }).map((pieces) => `${pieces.join("").replaceAll("]]>", " ")} `);
    await fc.assert(
      fc.asyncProperty(
        fc.array(text, { minLength: 3, maxLength: 8 }),
        fc.nat(),
        fc.integer({ min: 1, max: 60 }),
        async (texts, at, size) => {
          const items = texts.map((each, i) => `<item><id>${i}</id><!-- note --><d><![CDATA[${each}]]></d></item>`);
          expect(await itemsOf(`<rss>${items.join("")}</rss>`, size)).toEqual(items);
          const broken = at % items.length;
          items[broken] = `<item><id>${broken}</id><!-- note --><d><![CDATA[wool]]></d></item>`.replace(end, "");
          expect(await itemsOf(`<rss>${items.join("")}</rss>`, size)).toEqual(items);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("any damage", () => {
  const title = fc.string({ unit: fc.constantFrom("a", "B", "é", "😀", " ", ".", "|", "{", "\\"), maxLength: 12 });
  const damage = fc.record({
    row: fc.nat(),
    at: fc.nat(),
    remove: fc.nat({ max: 3 }),
    insert: fc.uint8Array({ maxLength: 4 }).map((bytes) => bytes.filter((byte) => byte !== 0x0a)),
  });
  const cases = fc.record({ titles: fc.array(title, { minLength: 3, maxLength: 12 }), damage, chunk: fc.integer({ min: 1, max: 40 }) });

  function break1(
    rows: readonly Uint8Array[],
    { row, at, remove, insert }: { row: number; at: number; remove: number; insert: Uint8Array },
  ): number {
    const index = row % rows.length;
    const bytes = rows[index] as Uint8Array;
    const cut = at % (bytes.length + 1);
    (rows as Uint8Array[])[index] = Buffer.concat([bytes.subarray(0, cut), insert, bytes.subarray(cut + remove)]);
    return index;
  }

  const join1 = (rows: readonly Uint8Array[]): Uint8Array => Buffer.concat(rows.flatMap((row) => [row, Buffer.from("\n")]));

  it("to one NDJSON line loses no other", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ titles, damage, chunk }) => {
        const rows: Uint8Array[] = titles.map((title, i) => Buffer.from(JSON.stringify({ id: `p${i}`, title })));
        const broken = break1(rows, damage);
        const found = new Set(idsOf(await collect(readNdjson(chunked(join1(rows), chunk)))));
        titles.forEach((_, i) => expect(i === broken || found.has(`p${i}`), `p${i}`).toBe(true));
      }),
      { numRuns: 300 },
    );
  });

  it.each(["plain", "quoted", "multi-line"])("to one CSV row (%s) loses no other", async (kind) => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ titles, damage, chunk }) => {
        const cell = (title: string): string => (kind === "plain" ? title : kind === "quoted" ? `"x, ""${title}"""` : `"x\n${title}\ny"`);
        const rows: Uint8Array[] = titles.map((title, i) => Buffer.from(`p${i},${cell(title)},red`));
        const broken = break1(rows, damage);
        const csv = Buffer.concat([Buffer.from("id,title,colour\n"), join1(rows)]);
        const found = new Set(idsOf(await collect(readCsv(chunked(csv, chunk)))));
        titles.forEach((_, i) => expect(i === broken || found.has(`p${i}`), `p${i}`).toBe(true));
      }),
      { numRuns: 300 },
    );
  });

  it("of every line ends in errors, never in a crash", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), fc.integer({ min: 1, max: 50 }), async (bytes, chunk) => {
        await collect(readNdjson(chunked(bytes, chunk)));
        await collect(readCsv(chunked(bytes, chunk)));
        await collect(readCsv(chunked(Buffer.concat([Buffer.from("id,a\n"), bytes]), chunk)));
      }),
      { numRuns: 300 },
    );
  });
});
