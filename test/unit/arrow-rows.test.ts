import fc from "fast-check";
import { expect, it } from "vitest";
import type { StoredProduct } from "../../src/domain/product.js";
import { toArrow } from "../../src/indexes/lancedb/arrow-rows.js";

const NOTHING = { description: null, price: null, inStock: null, url: null, imageUrl: null, groupId: null };

function stored(brand: string | null, imageEmbedding: Float32Array | null): StoredProduct {
  const lists = { categories: [], images: [], attributes: [] };
  const product = { id: `of ${brand}`, title: "", brand, ...lists, ...NOTHING, updatedAt: new Date(0) };
  return { product, imageEmbedding, textEmbedding: null, fingerprint: { content: "c", image: null, text: null } };
}

/** A text as UTF-8 holds it: half a surrogate pair becomes U+FFFD. */
function throughUtf8(text: string | null): string | null {
  return text === null ? null : Buffer.from(text).toString();
}

it("keeps every text and every embedding in its row, the missing ones missing", () => {
  const text = fc.option(fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.constantFrom("", "é", "写真", "👟", "\ud83d", "\udc5f")));
  const embedding = fc.option(fc.float32Array({ minLength: 3, maxLength: 3, noNaN: true }));
  fc.assert(
    fc.property(fc.array(fc.tuple(text, embedding), { minLength: 1, maxLength: 20 }), (rows) => {
      const table = toArrow(
        rows.map(([brand, values]) => stored(brand, values)),
        3,
      );
      const column = (name: string) => Array.from(table.getChild(name) ?? []);
      expect(column("brand")).toEqual(rows.map(([brand]) => throughUtf8(brand)));
      expect(column("id")).toEqual(rows.map(([brand]) => throughUtf8(`of ${brand}`)));
      expect(column("image_fingerprint")).toEqual(rows.map(() => null));
      expect(column("image_embedding").map((values) => values && Float32Array.from(values))).toEqual(rows.map(([, values]) => values));
    }),
  );
});
