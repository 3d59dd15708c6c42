import { mkdir, readFile, rename, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, test } from "vitest";
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
import { endServer, listenOnLoopback } from "../support/loopback.js";
import { filesOf, zipOf } from "../support/zip-archive.js";

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

  it("takes all words of titles and descriptions with markup in them, and not those of other elements", async () => {
    const xml = `<feed xmlns:g="http://base.google.com/ns/1.0">
      <entry>
        <g:id>1</g:id>
        <title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">Walking <em>shoe</em>, green</div></title>
        <content type="xhtml">
          <xhtml:div xmlns:xhtml="http://www.w3.org/1999/xhtml">
            <xhtml:p>Leather <xhtml:b>up</xhtml:b>per.</xhtml:p><xhtml:p>Rubber sole.</xhtml:p>
          </xhtml:div>
        </content>
        <author><name>Nobody</name></author>
      </entry>
      <item><g:id>2</g:id><g:title>Tote</g:title><description>a <b>bold</b> end<br/>and<ul><li>one</li><li>two</li></ul></description></item>
      <item><g:id>3</g:id><title>Mug</title><description>First line
  second line</description><g:shipping><g:price>4 EUR</g:price></g:shipping></item>
    </feed>`;
    const lines = await readAll(await write("markup.xml", xml));
    expect(errorsOf(lines)).toEqual([]);
    expect(draftsOf(lines).map(({ title, description }) => [title, description])).toEqual([
      ["Walking shoe, green", "Leather upper.\nRubber sole."],
      ["Tote", "a bold end\nand\none\ntwo"],
      ["Mug", "First line\n  second line"],
    ]);
  });

  it("takes Google's elements under the prefix that the feed declares", async () => {
    const xml = `<rss version="2.0" xmlns:gmc="http://base.google.com/ns/1.0"><channel><item>
      <gmc:id>1</gmc:id><title>The feed's</title><gmc:title>Google's</gmc:title><gmc:price>5 EUR</gmc:price>
      <gmc:product_detail><gmc:attribute_name>Volume</gmc:attribute_name><gmc:attribute_value>18 l</gmc:attribute_value></gmc:product_detail>
    </item></channel></rss>`;
    const [draft] = draftsOf(await readAll(await write("prefix.xml", xml)));
    expect(draft).toMatchObject({ id: "1", title: "Google's", price: { amount: 5 }, attributes: [{ name: "Volume", value: "18 l" }] });
  });

  it("keeps a detail together whose section, name or value holds a colon", async () => {
    const detail = (section: string, name: string, value: string) =>
      `<g:product_detail><g:section_name>${section}</g:section_name><g:attribute_name>${name}</g:attribute_name><g:attribute_value>${value}</g:attribute_value></g:product_detail>`;
    const xml = `<rss><item><g:id>1</g:id><g:title>TV</g:title>${detail("General: screen", "Ratio: width", "16 : 9")}</item></rss>`;
    expect(draftsOf(await readAll(await write("detail.xml", xml)))[0]?.attributes).toEqual([{ name: "Ratio width", value: "16 : 9" }]);
  });

  it("takes structured titles and descriptions where there are no plain ones, in XML and as text", async () => {
    const content = (name: string, text: string) =>
      `<g:${name}><g:digital_source_type>trained_algorithmic_media</g:digital_source_type><g:content>${text}</g:content></g:${name}>`;
    const item = `<item><g:id>1</g:id>${content("structured_title", "Blue shoe")}${content("structured_description", "For long walks")}</item>`;
    const other = `<item><g:id>2</g:id><g:title>Boot</g:title>${content("structured_title", "Blue boot")}</item>`;
    const table =
      "id\tlink\timage link\tstructured_title(digital_source_type:content)\tstructured_description\n" +
      '1\tx\thttps://x.example/1.jpg\ttrained_algorithmic_media:"Blue shoe"\tFor long walks\n';
    const found = draftsOf(await readAll(await write("structured.xml", `<rss>${item}${other}</rss>`)));
    expect(found.map(({ title, description }) => [title, description])).toEqual([
      ["Blue shoe", "For long walks"],
      ["Boot", null],
    ]);
    const options = { format: "GOOGLE_PRODUCT_FEED" } as const;
    expect(draftsOf(await readAll(await write("structured.txt", table), options))).toMatchObject([
      { title: "Blue shoe", description: "For long walks" },
    ]);
  });

  it("knows a column of details by the names of its parts too", async () => {
    const csv =
      "id\ttitle\tlink\timage link\tproduct detail(section name:attribute name:attribute value)\tshipping(country:price)\tshipping(country:service:price)\n" +
      "1\tTV\tx\thttps://x.example/1.jpg\tGeneral:Ratio:16:9,:Colour:black\tDE:4 EUR\tDE:fast:9 EUR\n";
    expect(draftsOf(await readAll(await write("details.txt", csv)))[0]?.attributes).toEqual([
      { name: "Ratio", value: "16:9" },
      { name: "Colour", value: "black" },
    ]);
  });

  it("takes no product whose availability it does not know", async () => {
    const csv = "id\ttitle\tlink\timage link\tavailability\n1\tTV\tx\thttps://x.example/1.jpg\tsoon\n";
    expect(draftsOf(await readAll(await write("availability.txt", csv)))).toEqual([]);
  });

  it("takes as many pictures as a product can have, the first ones", async () => {
    const images = Array.from({ length: 20 }, (_, i) => `https://x.example/${i}.jpg`);
    const csv = `id\ttitle\tlink\timage link\tadditional image link\n1\tTV\tx\t${images[0]}\t${images.slice(1)}\n`;
    expect(draftsOf(await readAll(await write("pictures.txt", csv)))[0]?.images).toEqual(images.slice(0, 16).map((url) => ({ url })));
  });

  it("takes as many attributes as a product can have, the first ones, and the number of its category", async () => {
    const details = Array.from({ length: 300 }, (_, i) => `General:Part ${i}:yes`).join(",");
    const csv = `id\ttitle\tcolor\tgoogle_product_category\tproduct_detail\n1\tTV\tRed/Blue\t404\t${details}\n`;
    const [draft] = draftsOf(await readAll(await write("many.txt", csv), { format: "GOOGLE_PRODUCT_FEED" }));
    expect(draft?.attributes).toHaveLength(200);
    expect(valuesOf(draft, "color")).toEqual(["Red", "Blue"]);
    expect(valuesOf(draft, "Part 196")).toEqual(["yes"]);
    expect(valuesOf(draft, "google_product_category")).toEqual(["404"]);
  });

  it("reads a feed on one line, each item with a line number of its own", async () => {
    const item = (i: number) => `<item><g:id>${i}</g:id><title>T${i}</title></item>`;
    const xml = `<rss xmlns:g="http://base.google.com/ns/1.0"><channel>${Array.from({ length: 9000 }, (_, i) => item(i)).join("")}</channel></rss>`;
    const lines = await readAll(await write("minified.xml", xml));
    expect(lines.map(({ line }) => line)).toEqual(Array.from({ length: 9000 }, (_, i) => i + 1));
    expect(draftsOf(lines)).toHaveLength(9000);
  });

  it("that has no item is told with no place", async () => {
    const xml = `<rss><channel>${"\n<product>Mug</product>".repeat(5000)}</channel></rss>`;
    expect(errorsOf(await readAll(await write("none.xml", xml)))).toEqual(["1: The feed has no <item> and no <entry>."]);
  });

  it.each([
    ["In Stock", true],
    ["in-stock", true],
    ["limited availability", true],
    ["https://schema.org/OutOfStock", false],
    ["PreOrder", false],
    ["pre-order", false],
    ["available for order", false],
    ["discontinued", false],
  ])("takes the availability %j for in stock: %j", async (availability, expected) => {
    const xml = `<rss><item><g:id>1</g:id><title>Mug</title><g:availability>${availability}</g:availability></item></rss>`;
    expect(draftsOf(await readAll(await write("availability.xml", xml)))[0]?.inStock).toBe(expected);
  });

  it("reads several pictures in one value, whose addresses may hold commas", async () => {
    const urls = ["https://x.example/w_40,h_30/1.jpg", "https://x.example/w_40,h_30/2.jpg", "https://x.example/3.jpg"];
    const csv = `id,title,image_link,additional_image_link\n1,Mug,${urls[2]},"${urls[0]},${urls[1]},"\n2,Mug,a.jpg,"b.jpg,c.jpg"\n`;
    const more = `<g:additional_image_link>${urls[1]} | ${urls[2]}</g:additional_image_link>`;
    const item = `<item><g:id>1</g:id><g:image_link>${urls[0]}</g:image_link>${more}</item>`;
    const [first, second] = draftsOf(await readAll(await write("urls.csv", csv)));
    expect(first?.images).toEqual([urls[2], urls[0], urls[1]].map((url) => ({ url })));
    expect(second?.images).toEqual(["a.jpg", "b.jpg", "c.jpg"].map((name) => ({ path: join(folder, name) })));
    const [other] = draftsOf(await readAll(await write("urls.xml", `<rss>${item}</rss>`)));
    expect(other?.images).toEqual(urls.map((url) => ({ url })));
  });

  it("reads names that were escaped once too often", async () => {
    const xml = `<rss><item><g:id>1</g:id><title>Hat &amp;#8211; &amp;quot;R&amp;D&amp;quot;</title><g:brand>Dot &amp;amp; Dash</g:brand>
      <g:product_type><![CDATA[Hats &amp; caps &gt; Wool]]></g:product_type></item></rss>`;
    const [draft] = draftsOf(await readAll(await write("escaped.xml", xml)));
    expect(draft).toMatchObject({ title: 'Hat – "R&D"', brand: "Dot & Dash", categories: ["Hats & caps/Wool"] });
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

  it.each([
    [["shopify,0,deny", ",,deny"], null],
    [["shopify,0,deny", ",5,deny"], null],
    [["shopify,0,deny", "shopify,,deny"], null],
    [["shopify,2,deny", ",,deny"], true],
    [["shopify,-1,continue", ",,deny"], true],
    [["shopify,,continue", "shopify,0,deny"], true],
    [["shopify,0,deny", "shopify,-1,deny"], false],
  ])("takes variants of %j for in stock: %j", async (variants, expected) => {
    const head = "Handle,Title,Option1 Name,Option1 Value,Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy";
    const rows = variants.map((variant, i) => `tote,${i === 0 ? "Tote" : ""},Size,${i},${variant}`);
    const [draft] = draftsOf(await readAll(await write("stock.csv", [head, ...rows].join("\n"))));
    expect(draft?.inStock).toBe(expected);
  });

  it("takes the lowest price, also of prices with commas", async () => {
    const csv = 'Handle,Title,Option1 Name,Option1 Value,Variant Price\nmug,Mug,Size,S,"12,50"\nmug,,,M,"9,90"\nmug,,,L,"1.010,00"\n';
    for (const each of [csv, csv.replace("9,90", "€ 9,90")]) {
      const [draft] = draftsOf(await readAll(await write("prices.csv", each), { currency: "EUR" }));
      expect(draft?.price).toEqual({ amount: 9.9, currency: "EUR" });
    }
  });

  it("gives each colour its own value alone of a metafield that the option is linked to", async () => {
    const csv = [
      "Title,URL handle,Option1 name,Option1 value,Option1 Linked To,Color (product.metafields.shopify.color-pattern),Fabric (product.metafields.shopify.fabric)",
      "Tee,tee,Color,Red,product.metafields.shopify.color-pattern,red; blue,cotton",
      ",tee,,Blue,,,",
    ].join("\n");
    const found = draftsOf(await readAll(await write("linked.csv", csv)));
    expect(found.map(({ attributes }) => attributes.map(({ name, value }) => `${name} ${value}`))).toEqual([
      ["color Red", "Fabric cotton"],
      ["color Blue", "Fabric cotton"],
    ]);
  });

  it("sets the cells of tables and terms apart, and reads no deeper than a page goes", async () => {
    const bodies = [
      "<table><tr><th>Width</th><td>10 cm</td></tr><tr><th>Depth</th><td>5 cm</td></tr></table>",
      "<dl><dt>Width</dt><dd>10 cm</dd></dl>",
      `Soft${"<b>".repeat(50_000)}`,
      "Soft</p>",
    ];
    const csv = `Handle,Title,Body (HTML)\n${bodies.map((body, i) => `h${i},Title,${body}`).join("\n")}\n`;
    expect(draftsOf(await readAll(await write("html.csv", csv))).map(({ description }) => description)).toEqual([
      "Width\n10 cm\nDepth\n5 cm",
      "Width\n10 cm",
      "Soft...",
      "Soft",
    ]);
  });

  it("keeps plain text as it is, with an ampersand or a less-than sign too", async () => {
    const texts = ["Like H&M, P&G and R&D\nCotton &copy that", "Fits <5 cm\nand > 2 & 3", "Soft &amp; warm"];
    const csv = `Handle,Title,Body (HTML)\n${texts.map((text, i) => `h${i},Title,"${text}"`).join("\n")}\n`;
    expect(draftsOf(await readAll(await write("plain.csv", csv))).map(({ description }) => description)).toEqual([
      ...texts.slice(0, 2),
      "Soft & warm",
    ]);
  });

  it("tells each row of a handle that does not follow the others of it", async () => {
    const head = "Handle,Title,Option1 Name,Option1 Value,Image Src";
    const red = "a,A,Color,Red,https://x.example/1.jpg\na,,,Blue,";
    const rows = ["c,,,,https://x.example/3.jpg", red, "b,B,,,", "a,A,Color,Green,", "a,,,,https://x.example/2.jpg", "c,C,,,"];
    const csv = [head, ...rows].join("\n");
    const lines = await readAll(await write("apart.csv", csv));
    expect(draftsOf(lines).map(({ id }) => id)).toEqual(["a/red", "a/blue", "b", "c"]);
    const message = 'The rows of "a" do not follow each other: sort the file by its handles.';
    expect(errorsOf(lines)).toEqual(['2: No row of "c" has a Title.', `6: ${message}`, `7: ${message}`]);
  });

  it("knows the names of categories of 2021, and what Google is told", async () => {
    const csv = [
      "Handle,Title,Standardized Product Type,Custom Product Type,Google Shopping / Gender,Google Shopping / Age Group,Variant SKU,Variant Barcode",
      "hat,Hat,Apparel > Hats,Caps,unisex,adult,'0042,'4006381333931",
    ].join("\n");
    const [hat] = draftsOf(await readAll(await write("shopify-2021.csv", csv)));
    expect(hat?.categories).toEqual(["Apparel/Hats", "Caps"]);
    expect(hat?.attributes).toEqual([
      { name: "gender", value: "unisex" },
      { name: "age_group", value: "adult" },
      { name: "sku", value: "0042" },
      { name: "gtin", value: "4006381333931" },
    ]);
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

describe("Magento's categories", () => {
  it("lose their root, of which a shop of several stores has several, and keep names with commas and slashes whole", async () => {
    const cells = [
      "Default Category/Gear,Second Root/Sale",
      "Second Root/Mugs, cups,Second Root",
      "Default Category,Default Category/Pots\\/Pans/Copper",
    ];
    const rows = cells.map((cell, i) => `M${i},simple,Default,Mug,"${cell}"`);
    const csv = ["sku,product_type,attribute_set_code,name,categories", ...rows].join("\n");
    expect(draftsOf(await readAll(await write("roots.csv", csv))).map(({ categories }) => categories)).toEqual([
      ["Gear", "Sale"],
      ["Mugs, cups"],
      ["Pots-Pans/Copper"],
    ]);
  });
});

describe("Magento's additional attributes", () => {
  it.each([
    ["activity=Gym|Hiking,note=Please, no bulbs", ["activity Gym", "activity Hiking", "note Please, no bulbs"]],
    ['activity="Gym"|"Hiking",note="Cut, size=""L"" only"', ["activity Gym", "activity Hiking", 'note Cut, size="L" only']],
    ["color=Black|size=M|activity=Gym|Hiking", ["color Black", "size M", "activity Gym", "activity Hiking"]],
    ['color=Black,"activity=Gym|Hiking, long"', ["color Black", "activity Gym", "activity Hiking, long"]],
    ["has_options=0,quantity_and_stock_status=In Stock,fit=Slim", ["fit Slim"]],
  ])("are read from %s", async (cell, expected) => {
    const csv = `sku,product_type,attribute_set_code,name,additional_attributes\nM1,simple,Default,Mug,"${cell.replaceAll('"', '""')}"\n`;
    const [draft] = draftsOf(await readAll(await write("more.csv", csv)));
    expect(draft?.attributes.map(({ name, value }) => `${name} ${value}`)).toEqual(expected);
  });
});

it("says that what is no file, and gives its bytes but once, cannot be read", async () => {
  await expect(readAll("/dev/null")).rejects.toThrow("/dev/null is a folder, a pipe or a device");
});

describe("files that are no catalogues", () => {
  const csv = "id,title\n1,Mug\n";
  const tar = Buffer.concat([
    Buffer.from("a.csv".padEnd(257, "\0")),
    Buffer.from("ustar".padEnd(255, "\0")),
    Buffer.from(csv.padEnd(512, "\0")),
  ]);
  it.each([
    ["a.tar.gz", gzipSync(tar), "a.tar is a tar archive, which is not read. Unpack it"],
    ["a.csv.gz", gzipSync(tar), "a.csv is a tar archive"],
    ["a.csv", gzipSync(gzipSync(csv)), "a.csv is packed by gzip twice"],
    ["a.zip.gz", gzipSync(zipOf({ "a.csv": csv })), "a.zip is a zip archive packed by gzip"],
    ["a.csv", Buffer.from("BZh91AY&SY...,"), "a.csv is packed by bzip2"],
    [
      "a.xlsx",
      zipOf({ "[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<workbook/>" }),
      "a.xlsx is an Excel workbook. Save its sheet as CSV",
    ],
    ["a.xls", Buffer.from("d0cf11e0a1b11ae100", "hex"), "a.xls is an Excel workbook"],
    ["a.xlsb", zipOf({ "[Content_Types].xml": "<Types/>", "xl/workbook.bin": "" }), "a.xlsb is an Excel workbook. Save its sheet as CSV"],
    [
      "a.ods",
      zipOf({ "content.xml": "<office/>", "META-INF/manifest.xml": "<manifest/>" }),
      "a.ods is an OpenDocument file. Save its sheet as CSV",
    ],
  ])("such as %s are told by what they are", async (name, bytes, message) => {
    await expect(readAll(await write(name, bytes))).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      message: expect.stringContaining(message),
    });
  });

  it("an archive with two files of one name loses neither without a word", async () => {
    const archive = zipOf({ "a.csv": csv, "b.csv": "id,title\n2,Pot\n" });
    const twice = Buffer.from(archive.toString("latin1").replaceAll("b.csv", "a.csv"), "latin1");
    await expect(readAll(await write("twice.zip", twice))).rejects.toThrow("The archive has several files called a.csv.");
  });
});

test("the brand of Magento's may be a column, pictures separated by a pipe, and variations tell more than options", async () => {
  const csv = [
    "sku,product_type,attribute_set_code,name,manufacturer,base_image,additional_images,configurable_variations",
    "T-S,simple,Default,Tote S,Tidewater,/a.jpg,/b.jpg|/c.jpg,",
    'T,configurable,Default,Tote,,,,"sku=T-S,size=S,price=10.99,display=1,image=/pub/media/import/s.png"',
  ];
  const [draft] = draftsOf(await readAll(await write("columns.csv", csv.join("\n"))));
  const images = ["a.jpg", "b.jpg", "c.jpg"].map((name) => ({ path: join(folder, name) }));
  expect(draft).toMatchObject({ id: "T", brand: "Tidewater", images, attributes: [{ name: "size", value: "S" }] });
});

test("variants of a configurable product of Magento's that is disabled are passed over, but for those that can be seen by themselves", async () => {
  const csv = [
    "sku,product_type,attribute_set_code,name,product_online,visibility,configurable_variations",
    "T-S,simple,Default,Tote S,1,Not Visible Individually,",
    'T-M,simple,Default,Tote M,1,"Catalog, Search",',
    'T,configurable,Default,Tote,2,"Catalog, Search","sku=T-S,size=S|sku=T-M,size=M"',
  ].join("\n");
  const lines = await readAll(await write("disabled.csv", csv));
  expect(errorsOf(lines)).toEqual([]);
  expect(draftsOf(lines)).toMatchObject([{ id: "T-M", title: "Tote M", groupId: null }]);
});

test("what a variant of Magento's does not say is taken from its configurable product", async () => {
  const csv = [
    "sku,product_type,attribute_set_code,name,categories,base_image,additional_images,configurable_variations",
    "T-S-R,simple,Default,Tote,,no_selection,,",
    "T-S-B,simple,Default,Tote,Root/Sale,/b.jpg,,",
    'T,configurable,Default,Tote,Root/Bags,/t.jpg,/u.jpg,"sku=T-S-R,color=Red|sku=T-S-B,color=Blue"',
  ];
  const found = draftsOf(await readAll(await write("said.csv", csv.join("\n"))));
  const pictures = (...names: string[]) => names.map((name) => ({ path: join(folder, name) }));
  expect(found).toMatchObject([
    { id: "T/red", categories: ["Bags"], images: pictures("t.jpg", "u.jpg") },
    { id: "T/blue", categories: ["Sale"], images: pictures("b.jpg") },
  ]);
});

test("an article of Magento's that several products list as their variant stands for each of them", async () => {
  const csv = [
    "sku,product_type,attribute_set_code,name,configurable_variations",
    "T-S,simple,Default,Tote S,",
    "T-M,simple,Default,Tote M,",
    'T,configurable,Default,Tote,"sku=T-S,size=S"',
    'SET,configurable,Default,Set of totes,"sku=T-S,size=S|sku=T-M,size=M"',
  ];
  const found = draftsOf(await readAll(await write("shared.csv", csv.join("\n"))));
  expect(found.map((draft) => [draft.id, draft.title, valuesOf(draft, "size")])).toEqual([
    ["T", "Tote", ["S"]],
    ["SET", "Set of totes", ["S", "M"]],
  ]);
  const many = Array.from({ length: 101 }, (_, i) => `P${i},configurable,Default,Tote,"sku=T-S,size=S"`);
  const lines = await readAll(await write("many.csv", [csv[0], csv[1], ...many].join("\n")));
  expect(draftsOf(lines)).toEqual([]);
  expect(errorsOf(lines)).toEqual(['2: "T-S" is a variant of 101 products; the most is 100.']);
});

describe("Magento's stock", () => {
  it.each([
    ["qty", "12.5000", true],
    ["qty", "-3.0000", false],
    ["is_in_stock", "0", false],
    ["is_in_stock", "1", true],
  ])("is read from %s %s, of a product and of a variant", async (column, count, expected) => {
    const csv = [
      `sku,product_type,attribute_set_code,name,configurable_variations,${column}`,
      `M1,simple,Default,Mug,,${count}`,
      `T-S,simple,Default,Tote S,,${count}`,
      'T,configurable,Default,Tote,"sku=T-S,size=S",1',
    ].join("\n");
    const found = draftsOf(await readAll(await write("stock-magento.csv", csv)));
    expect(found.map(({ id, inStock }) => [id, inStock])).toEqual([
      ["M1", expected],
      ["T", expected],
    ]);
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

  it("reads categories as its README describes them too", async () => {
    const listing = { item_id: "X1", product_type: "MUG", node: [{ node_id: 1, path: "/Categories/Kitchen/Mugs" }] };
    const file = await write("listings_2.json", JSON.stringify(listing));
    expect(draftsOf(await readAll(file))[0]?.categories).toEqual(["MUG", "Kitchen/Mugs"]);
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

  it("takes a language of that very country first, with a hyphen or without", async () => {
    const names = ["de_AT", "de_DE"].map((language_tag) => ({ language_tag, value: language_tag }));
    const file = await write("listings_2.json", JSON.stringify({ item_id: "X1", item_name: names }));
    for (const locale of ["de_DE", "de-DE"]) expect(draftsOf(await readAll(file, { locale }))[0]?.title).toBe("de_DE");
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

  it("is what a folder and an address are read as alone, by its own names", async () => {
    const tree = join(CATALOGUES, "abo");
    const map = new Map([["title", "item_name"]]);
    await expect(readAll("https://shop.example/a.csv", { format: "CSV", openUrl })).rejects.toThrow("Only ABO is read from a URL");
    await expect(readAll(tree, { format: "CSV" })).rejects.toThrow(/^Only ABO is read from a folder; name the file in .*abo\.$/);
    for (const place of [tree, "https://shop.example/abo"]) {
      await expect(readAll(place, { map, openUrl })).rejects.toThrow("--map is for NDJSON and CSV; ABO has its own names.");
    }
  });

  it("tells a connection that breaks off from a file that is damaged", async () => {
    const path = "/listings/metadata/listings_1.json.gz";
    const listings = await readFile(join(CATALOGUES, "abo", path));
    const server = createServer(({ url }, response) => {
      if (url !== path) return response.writeHead(404).end();
      response.writeHead(200, { "content-length": listings.length });
      return response.write(listings.subarray(0, listings.length / 2), () => response.destroy());
    });
    const url = await listenOnLoopback(server);
    const lines = await readAll(`${url}${path}`, { openUrl });
    await endServer(server);
    expect(lines.at(-1)).toMatchObject({
      error: { code: "TIMEOUT", message: `The connection to ${new URL(url).host} broke off. Try again.` },
    });
  });

  const isData = (path: string): boolean => path.includes("metadata/");

  it.each(["", "abo/"])("reads a tree in a zip archive, below %j", async (root) => {
    const tree = {
      ...(await filesOf(join(CATALOGUES, "abo"), isData)),
      "LICENSE.txt": "To whom it may concern",
      "spins.csv": "spin_id\n1",
    };
    const archive = zipOf(Object.fromEntries(Object.entries(tree).map(([path, bytes]) => [`${root}${path}`, bytes])));
    const lines = await readAll(await write("abo.zip", archive), root ? { format: "ABO" } : {});
    expect(errorsOf(lines)).toEqual([]);
    expect(draftsOf(lines)).toHaveLength(20);
    expect(draftsOf(lines)[0]).toMatchObject({
      id: "X00LKNESS01",
      images: [
        { url: "https://amazon-berkeley-objects.s3.amazonaws.com/images/small/01/71ab01.jpg" },
        { url: "https://amazon-berkeley-objects.s3.amazonaws.com/images/small/01/81ab01.jpg" },
      ],
    });
  });

  it("reads listings without the table of pictures, and says once that it is not there", async () => {
    const { folder: own, remove: removeOwn } = await temporaryFolder();
    const listings = await filesOf(join(CATALOGUES, "abo/listings/metadata"));
    await writeFile(join(own, "listings_0.json.gz"), listings["listings_0.json.gz"] as Uint8Array);
    const alone = await readAll(join(own, "listings_0.json.gz"));
    expect(draftsOf(alone)).toHaveLength(12);
    expect(draftsOf(alone)[0]).toMatchObject({ title: "Harbour stoneware mug, 350 ml", images: [] });
    expect(errorsOf(alone)).toEqual([
      expect.stringMatching(/^13: These products have no pictures: .*images\.csv\.gz, is not there\. Give the tree/),
    ]);
    const archive = await readAll(await write("listings.zip", zipOf(listings)));
    expect(draftsOf(archive)).toHaveLength(20);
    expect(errorsOf(archive)).toEqual([expect.stringMatching(/^13: listings_0\.json, line 13: These products have no pictures/)]);
    await writeFile(join(own, "listings_1.json"), '{"item_id":"X1","item_name":[{"language_tag":"en_US","value":"Mug"}]}\n');
    expect(errorsOf(await readAll(join(own, "listings_1.json")))).toEqual([]);
    await removeOwn();
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

describe("a folder of a SageMaker batch transform", () => {
  const format = "SAGEMAKER_BATCH_TRANSFORM";
  let own: string;
  let removeOwn: () => Promise<void>;
  beforeEach(async () => {
    ({ folder: own, remove: removeOwn } = await temporaryFolder());
  });
  afterEach(() => removeOwn());

  it("whose outputs are not one embedding each, of one length for a product, costs those products alone", async () => {
    const rows = [
      { id: "a", images: ["1.jpg", "2.jpg"] },
      { id: "b", image: "3.jpg" },
      { id: "c", image: "1.jpg" },
    ];
    await writeFile(join(own, "shop.ndjson"), rows.map((row) => JSON.stringify(row)).join("\n"));
    for (const [name, json] of ["[[3,4]]", "[[1,0,0]]", "[[1,0],[0,1]]"].entries()) await writeFile(join(own, `${name + 1}.jpg.out`), json);
    const lines = await readAll(own);
    expect(draftsOf(lines).map(({ id }) => id)).toEqual(["c"]);
    expect(errorsOf(lines)).toEqual([
      '1: The embeddings of "a" differ in length.',
      "2: 3.jpg.out must hold one embedding, [[…]]: a list of one list of finite numbers.",
    ]);
  });

  it("has no output read that is outside of it", async () => {
    await mkdir(join(own, "shop"));
    await writeFile(join(own, "shop/shop.ndjson"), '{"id":"a","image":"../a.jpg"}');
    await writeFile(join(own, "shop/b.jpg.out"), "[[1,0]]");
    await writeFile(join(own, "a.jpg.out"), "[[1,0]]");
    expect(await readAll(join(own, "shop"))).toMatchObject([{ error: { code: "NOT_FOUND" } }]);
  });

  it("with two catalogues does not take one of them without a word", async () => {
    for (const name of ["a.csv", "b.ndjson", "1.jpg.out"]) await writeFile(join(own, name), "");
    await expect(readAll(own)).rejects.toThrow(/holds several catalogues \(.*\)\. Name the one to read\./);
  });

  it("that a link leads back to is looked through once", { timeout: 5_000 }, async () => {
    await symlink(own, join(own, "again"));
    await expect(readAll(own, { format })).rejects.toThrow("There is no .out file in");
  });

  it("may have ABO's table of pictures at its root, which is no catalogue", async () => {
    const tree = await encodedAbo(own);
    await rename(join(tree, "images/metadata/images.csv.gz"), join(tree, "images.csv.gz"));
    expect(draftsOf(await readAll(tree))).toHaveLength(20);
  });
});

describe("SageMaker batch transform in a zip archive", () => {
  const rows = ["a", "b", "c", "d"].map((id) => JSON.stringify({ id, title: id, image: `pictures/${id}.jpg` })).join("\n");

  it("is joined by the paths in it, below any folder", async () => {
    const archive = zipOf({
      "shop/catalogue.ndjson": rows,
      "shop/pictures/a.jpg.out": "[[3,4]]",
      "shop/b.jpg.out": "[[3,\n",
      "shop/pictures/c.jpg.out": "0".repeat(1024 * 1024 + 1),
      "__MACOSX/shop/._d.jpg.out": "[[1,0]]",
    });
    const lines = await readAll(await write("outputs.zip", archive));
    expect(draftsOf(lines)).toMatchObject([
      { id: "a", images: [], embedding: Float64Array.from(Float32Array.of(0.6, 0.8)), encodeWords: false },
    ]);
    expect(errorsOf(lines)).toEqual([
      expect.stringMatching(/^2: b\.jpg\.out is not JSON/),
      "3: pictures/c.jpg.out has 1048577 bytes; the most is 1048576.",
      '4: No picture of "d" has an embedding: there is no pictures/d.jpg.out.',
    ]);
  });

  it("does not tell which files this disk has, where the catalogue is of another place", async () => {
    const file = await write("there.zip", zipOf({ "shop.ndjson": rows, "pictures/a.jpg.out": "[[3,4]]" }));
    await mkdir(join(folder, "pictures"));
    await write("pictures/a.jpg", "a picture");
    expect(draftsOf(await readAll(file))).toMatchObject([{ id: "a", images: [{ path: join(folder, "pictures/a.jpg") }] }]);
    expect(draftsOf(await readAll(file, { folder }))).toMatchObject([{ id: "a", images: [] }]);
  });

  it("looks for no output of a path that is longer than any file's", async () => {
    const row = JSON.stringify({ id: "a", title: "a", image: "a/".repeat(200_000) });
    const [line] = await readAll(await write("long.zip", zipOf({ "shop.ndjson": row, "b.jpg.out": "[[3,4]]" })));
    expect(line).toMatchObject({ line: 1, error: { code: "NOT_FOUND" } });
  });

  it("is joined with an ABO tree, whose pictures are not needed", async () => {
    const { folder: own, remove: removeOwn } = await temporaryFolder();
    const tree = await filesOf(await encodedAbo(own), (path) => !path.endsWith(".jpg"));
    const found = draftsOf(await readAll(await write("encoded.zip", zipOf(tree)), { format: "SAGEMAKER_BATCH_TRANSFORM" }));
    expect(found).toHaveLength(20);
    for (const { embedding, encodeWords } of found) expect([embedding?.length, encodeWords]).toEqual([64, false]);
    await removeOwn();
  });

  it("or outside of one is refused where there is no output at all", async () => {
    const { folder: own, remove: removeOwn } = await temporaryFolder();
    const format = "SAGEMAKER_BATCH_TRANSFORM";
    await writeFile(join(own, "shop.ndjson"), rows);
    await writeFile(join(own, "shop.zip"), zipOf({ "shop.ndjson": rows }));
    await expect(readAll(join(own, "shop.ndjson"), { format })).rejects.toThrow(
      /There is no \.out file in or beside shop\.ndjson.*or a zip archive/,
    );
    await expect(readAll(join(own, "shop.zip"), { format })).rejects.toThrow(/There is no \.out file in or beside shop\.zip/);
    await expect(readAll(own, { format })).rejects.toThrow(/There is no \.out file in likeness-catalogues-/);
    await expect(readAll(join(own, "none.ndjson"), { format })).rejects.toThrow(/There is no file/);
    expect(draftsOf(await readAll(join(own, "shop.zip")))).toHaveLength(4);
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

  it.each(["", "\uFEFF"])("reads UTF-16 in either order of bytes, behind %j", async (bom) => {
    const bytes = Buffer.from(`${bom}id,title\n1,Hütte\n`, "utf16le");
    for (const each of [bytes, Buffer.from(bytes).swap16()]) {
      expect(draftsOf(await readAll(await write("utf16-order.csv", each))).map(({ title }) => title)).toEqual(["Hütte"]);
    }
  });

  it.each([
    ["a feed of .NET's that was declared as UTF-16 and saved as UTF-8", "", "utf-16"],
    ["a feed with the BOM of UTF-8, whatever it declares", "\uFEFF", "iso-8859-1"],
  ])("reads %s", async (_name, bom, declared) => {
    const xml = `${bom}<?xml version="1.0" encoding="${declared}"?><rss><item><g:id>1</g:id><title>Käse</title></item></rss>`;
    expect(draftsOf(await readAll(await write("declared.xml", xml)))).toMatchObject([{ title: "Käse" }]);
  });

  it("takes a U+FFFD for UTF-8 that is written so, though there is no other character beyond ASCII", async () => {
    expect(draftsOf(await readAll(await write("own.csv", "id,title\n1,a \uFFFD b\n")))).toMatchObject([{ title: "a \uFFFD b" }]);
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

  it("says of a file in an archive that its checksum is another, that it is encrypted, or packed by a method that is not read", async () => {
    const archive = zipOf({ "a.ndjson": '{"id":"1"}' });
    const edited = (from: Uint8Array, to: Uint8Array) => {
      const copy = Buffer.from(archive);
      for (let at = copy.indexOf(from); at !== -1; at = copy.indexOf(from, at + 1)) copy.set(to, at);
      return copy;
    };
    // Version 2.0, the flags and the method, in both headers of the file.
    const about = (flags: number, method: number) => Buffer.from([20, 0, flags, 8, method, 0]);
    const cases = [edited(Buffer.from('"1"'), Buffer.from('"2"')), edited(about(0, 0), about(1, 8)), edited(about(0, 0), about(0, 9))];
    const errors = [];
    for (const [i, bytes] of cases.entries()) errors.push(...errorsOf(await readAll(await write(`case${i}.zip`, bytes))));
    expect(errors).toEqual([
      "1: The zip data is damaged from here on (its checksum is another). Pack the file anew, and send it again.",
      "1: A file in the archive is encrypted. Pack it without a password.",
      "1: A file in the archive is packed by method 9, which is not read. Pack it by the usual one, Deflate.",
    ]);
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

  it.each(["CSV", "NDJSON"] as const)("may be named beside a mapping: %s", async (format) => {
    const file = await write("named.txt", format === "CSV" ? "sku,name\n1,Mug\n" : '{"sku":"1","name":"Mug"}\n');
    const map = new Map([
      ["id", "sku"],
      ["title", "name"],
    ]);
    expect(draftsOf(await readAll(file, { format, map }))).toMatchObject([{ id: "1", title: "Mug" }]);
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
