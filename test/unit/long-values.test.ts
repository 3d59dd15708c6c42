import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readAll, temporaryFolder } from "../support/catalogues.js";

/** Where the time grows with the square of their number, they take minutes. */
const MANY = 500_000;
const SPACES = " ".repeat(MANY);
const COLUMNS = Array.from({ length: MANY }, (_, i) => `c${i}`);

let folder: string;
let remove: () => Promise<void>;
beforeAll(async () => {
  ({ folder, remove } = await temporaryFolder());
});
afterAll(() => remove());

const FEED = (item: string) =>
  `<?xml version="1.0"?>\n<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel><title>Shop</title><item>${item}</item></channel></rss>\n`;

test.each<[string, string, string, Record<string, unknown>]>([
  ["spaces in a cell", "cell.csv", `id,title\n1,a${SPACES}b\n`, { title: "a…b" }],
  ["spaces in a cell without quotes", "bare.csv", `id,title\n1,${" ".repeat(10)}a${SPACES}b\n`, { title: "a…b" }],
  ["tabs in a header", "header.tsv", `id\ttitle${"\t".repeat(MANY)}\n1\ta${"\t".repeat(MANY)}\n`, { title: "a" }],
  [
    "spaces in a category",
    "category.xml",
    FEED(`<g:id>1</g:id><title>a</title><g:product_type>A${SPACES}B / C &gt; D</g:product_type>`),
    { categories: ["A…B-C/D"] },
  ],
  [
    "spaces in a category of Magento",
    "magento.csv",
    `sku,attribute_set_code,product_type,categories,name,product_websites\n1,Default,simple,Default Category/A${SPACES}B \\/ C/D,a,base\n`,
    { categories: ["A…B-C/D"] },
  ],
  [
    "spaces in a column's name of Shopify",
    "shopify.csv",
    `Handle,Title,Body (HTML),Vendor,Variant SKU,A${SPACES}B,Fabric (product.metafields.shopify.fabric)\na,a,b,c,d,e,Wool\n`,
    { attributes: expect.arrayContaining([{ name: "Fabric", value: "Wool" }]) },
  ],
  [
    "spaces in a description of Google's",
    "feed.xml",
    FEED(`<g:id>1</g:id><title>a</title><description><p>a${SPACES}b</p>\n <p>c</p></description>`),
    { description: "a…b\nc" },
  ],
  ["columns", "columns.csv", `id,title,${COLUMNS.join(",")}\n1,a${",".repeat(MANY)}\n`, { title: "a" }],
  [
    "open elements in a description of Shopify",
    "open.csv",
    `Handle,Title,Body (HTML)\n1,a,${"<ul><li>x".repeat(MANY / 5)}\n`,
    { title: "a" },
  ],
  ["elements in an item of Google's", "items.xml", FEED(`<g:id>1</g:id><title>a</title>${"<b>c</b>".repeat(MANY)}`), { title: "a" }],
])("many %s are read in a time that grows with their number", async (_where, name, content, draft) => {
  const path = join(folder, name);
  await writeFile(path, content);
  // Shortened, because a comparison that fails would print them.
  const lines = JSON.parse(JSON.stringify(await readAll(path)).replaceAll(SPACES, "…"));
  expect(lines).toEqual([{ line: 2, draft: expect.objectContaining(draft) }]);
});

test("many sections without an end are refused in a time that grows with their number", async () => {
  const path = join(folder, "sections.xml");
  await writeFile(path, FEED("<![CDATA[".repeat(MANY)));
  expect(await readAll(path)).toMatchObject([{ error: { code: "BAD_USER_INPUT" } }]);
});
