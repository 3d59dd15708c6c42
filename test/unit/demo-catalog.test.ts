import { existsSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { readDemoCatalog } from "../../src/cli/demo-catalog.js";
import type { CatalogDraft } from "../../src/ingest/readers/catalog-row.js";

let drafts: CatalogDraft[];
beforeAll(async () => {
  drafts = await readDemoCatalog();
});
const find = (id: string): CatalogDraft | undefined => drafts.find((draft) => draft.id === id);

describe("the demo catalogue", () => {
  it("has 54 products with distinct ids, a title, a category and a price each", () => {
    expect(drafts).toHaveLength(54);
    expect(new Set(drafts.map(({ id }) => id)).size).toBe(54);
    for (const { id, title, categories, price } of drafts) {
      expect(id).toMatch(/^[a-z0-9-]+$/);
      expect(title).toMatch(/^\S.*\S$/);
      expect(categories?.length, id).toBeGreaterThan(0);
      expect(price?.currency).toBe("USD");
      expect(price?.amount).toBeGreaterThan(0);
    }
  });

  it("has a picture that exists for every product", () => {
    for (const { id, images } of drafts) {
      expect(images.length, id).toBeGreaterThan(0);
      for (const image of images) expect("path" in image && existsSync(image.path), id).toBe(true);
    }
  });

  it("turns facets into categories, brand and attributes, and variants into options at the lowest price", () => {
    expect(find("laptop")).toMatchObject({
      title: "Laptop",
      brand: "Apple",
      categories: ["Electronics", "Computers"],
      price: { amount: 1299, currency: "USD" },
      inStock: true,
    });
    expect(find("laptop")?.attributes).toContainEqual({ name: "RAM", value: "16GB" });
    expect(find("modern-cafe-chair")?.attributes).toContainEqual({ name: "color", value: "green" });
    expect(find("tulip-pot")?.attributes).toEqual([
      { name: "plant type", value: "Outdoor" },
      { name: "plant type", value: "Indoor" },
    ]);
    expect(find("tulip-pot")?.brand).toBeNull();
  });
});
