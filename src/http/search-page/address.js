// What the page's address holds of a search, so that it can be shared, reloaded and gone back to. A picture has no place there.
import { LESS, MORE } from "./gateway.js";

/** @typedef {Pick<import("./gateway.js").Wanted, "text" | "products" | "brands" | "categories">} Addressed */

/**
 * @param {Addressed} wanted
 * @returns {string} What follows the path: "" where nothing is wanted.
 */
export function toAddress({ text, products, brands, categories }) {
  const words = text.trim();
  const held = new URLSearchParams([
    ...(words ? [["q", words]] : []),
    ...brands.map((brand) => ["brand", brand]),
    ...categories.map((category) => ["category", category]),
    ...products.map(({ id, weight }) => [weight < 0 ? "less" : "more", id]),
  ]);
  const query = held.toString();
  return query && `?${query}`;
}

/**
 * @param {string} query What follows the path; what the page does not know in it is passed over.
 * @returns {Addressed} Without the titles of the products.
 */
export function fromAddress(query) {
  const held = new URLSearchParams(query);
  const products = (/** @type {string} */ name, /** @type {number} */ weight) => held.getAll(name).map((id) => ({ id, title: "", weight }));
  return {
    text: held.get("q") ?? "",
    products: [...products("more", MORE), ...products("less", LESS)],
    brands: held.getAll("brand"),
    categories: held.getAll("category"),
  };
}
