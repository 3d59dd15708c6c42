import "reflect-metadata";
import { expect, test } from "vitest";
import { toDraft } from "../../src/graphql/types/ingest-types.js";
import type { UploadedFile } from "../../src/graphql/uploaded-file.js";
import { checkDraft, type ProductDraft, toProduct } from "../../src/ingest/product-draft.js";

test("an id that is cut in the midst of a character is refused, since no index can keep it as it is", () => {
  const draft = (id: string) => ({ id, title: "A smile", images: [] });
  expect(() => checkDraft(draft("smile-😀"))).not.toThrow();
  expect(() => checkDraft(draft("smile-\ud83d"))).toThrow('id is cut in the midst of a character: "smile-\\ud83d".');
});

test("an id of spaces alone is refused as such", () => {
  expect(() => checkDraft({ id: " \n", title: "A box", images: [] })).toThrow('id has spaces alone: " \\n".');
  expect(() => checkDraft({ id: "", title: "A box", images: [] })).toThrow("id must have 1 to 512 characters; got 0.");
});

test("a category that lies in very many is refused, since an index keeps each of them whole", () => {
  const draft = (levels: number) => ({ id: "a", title: "A box", images: [], categories: ["Boxes", `${"in/".repeat(levels - 1)}box`] });
  expect(() => checkDraft(draft(32))).not.toThrow();
  expect(() => checkDraft(draft(33))).toThrow(
    expect.objectContaining({
      code: "BAD_USER_INPUT",
      message: "categories.1 lies in more categories than are allowed: 32 levels, parted by /.",
      options: { field: ["categories", "1"] },
    }),
  );
});

test("a price of -0 is kept as 0, which every index finds from 0 on", () => {
  const price = { amount: -0, currency: "EUR" };
  expect(toProduct({ id: "a", title: "A gift", images: [], price }, new Date()).price).toEqual({ amount: 0, currency: "EUR" });
});

test("categories and attributes are trimmed, and blank ones left out", () => {
  const attributes = [
    { name: " colour ", value: "red\n" },
    { name: "", value: "a" },
    { name: "size", value: " " },
  ];
  const product = toProduct({ id: "a", title: "A gift", images: [], categories: [" Toys/Small ", "", "\t"], attributes }, new Date());
  expect(product).toMatchObject({ categories: ["Toys/Small"], attributes: [{ name: "colour", value: "red" }] });
});

test.each([-0.01, Number.NaN, Number.POSITIVE_INFINITY])("a price of %d is refused", (amount) => {
  const draft = { id: "a", title: "A gift", images: [], price: { amount, currency: "EUR" } };
  expect(() => checkDraft(draft)).toThrow(expect.objectContaining({ code: "BAD_USER_INPUT", options: { field: ["price", "amount"] } }));
});

test.each<[string, number, (count: number) => Partial<ProductDraft>]>([
  ["id", 512, (count) => ({ id: "x".repeat(count) })],
  ["title", 2_000, (count) => ({ title: "x".repeat(count) })],
  ["description", 50_000, (count) => ({ description: "x".repeat(count) })],
  ["categories", 200, (count) => ({ categories: new Array(count).fill("Boxes") })],
  ["attributes", 200, (count) => ({ attributes: new Array(count).fill({ name: "a", value: "b" }) })],
])("the %s may be as long as %i, and no longer", (field, most, over) => {
  const draft = { id: "a", title: "A box", images: [] };
  expect(() => checkDraft({ ...draft, ...over(most) })).not.toThrow();
  expect(() => checkDraft({ ...draft, ...over(most + 1) })).toThrow(expect.objectContaining({ options: { field: [field] } }));
});

test("a title of spaces alone is none", () => {
  expect(() => checkDraft({ id: "a", title: " ", images: [] })).toThrow(
    "A product needs a title, a picture or an embedding; this one has none.",
  );
});

test("pictures come in the order of their arguments, the main one first, and an empty one is not passed over", () => {
  const upload = Promise.resolve({} as UploadedFile);
  const urls = { imageUrl: new URL("https://shop.example/1.jpg"), moreImageUrls: [new URL("https://shop.example/2.jpg")] };
  const { images } = toDraft({ id: "a", ...urls, moreImages: [upload], imageBase64: "", image: upload });
  const places = images.map((image) => image.field ?? Object.keys(image));
  expect(places).toEqual([["image"], ["imageUrl"], ["base64"], ["moreImages", "0"], ["moreImageUrls", "0"]]);
});

test.each(["EUR", "DEM", "XXX"])("a price may be in %s", (currency) => {
  expect(() => checkDraft({ id: "a", title: "A gift", images: [], price: { amount: 1, currency } })).not.toThrow();
});

test.each(["eur", "EUT", "BTC", "EURO", ""])("a price in %j is refused: no filter by a currency would find it", (currency) => {
  const message = `price.currency is "${currency}"; give an ISO 4217 code such as EUR.`;
  expect(() => checkDraft({ id: "a", title: "A gift", images: [], price: { amount: 1, currency } })).toThrow(
    expect.objectContaining({ code: "BAD_USER_INPUT", message, options: { field: ["price", "currency"] } }),
  );
});

test.each(["https://shop.example/p/1?a=b#c", "HTTP://shop.example/ä b", "", null])("%j may be the address of a product's page", (url) => {
  expect(() => checkDraft({ id: "a", title: "A box", images: [], url })).not.toThrow();
});

test.each(["/p/1", "shop.example/p/1", "https://", "javascript:alert(1)", "ftp://shop.example/1"])(
  "%j as the address of a product's page is refused: no page could link to it",
  (url) => {
    expect(() => checkDraft({ id: "a", title: "A box", images: [], url })).toThrow(
      expect.objectContaining({
        code: "BAD_USER_INPUT",
        message: `url is "${url}"; give a whole address that begins with http:// or https://.`,
        options: { field: ["url"] },
      }),
    );
  },
);

test("a picture's address that is none is refused, though a ready embedding makes its picture needless", () => {
  const draft = { id: "a", embedding: [1, 0], images: [{ url: "https://shop.example/a.jpg" }, { url: "https://" }] };
  expect(() => checkDraft(draft)).toThrow('images.1 is "https://", which is no URL.');
});

test("pictures beyond the sixteenth are refused by the argument that has them", () => {
  const images = Array.from({ length: 17 }, (_, i) => ({ url: "https://shop.example/a.jpg", field: ["moreImageUrls", String(i)] }));
  expect(() => checkDraft({ id: "a", images: images.slice(1) })).not.toThrow();
  expect(() => checkDraft({ id: "a", images })).toThrow(
    expect.objectContaining({
      message: "17 pictures were given; a product has at most 16.",
      options: { field: ["moreImageUrls", "16"] },
    }),
  );
});
