import { describe, expect, it } from "vitest";
import { checkBoostFilters, checkFilter } from "../../src/domain/check-filter.js";
import type { ProductFilter } from "../../src/domain/search.js";

const brands = (count: number): ProductFilter[] => Array.from({ length: count }, (_, i) => ({ brands: [`b${i}`] }));
const values = (count: number) => Array.from({ length: count }, (_, i) => `v${i}`);
/** A filter of so many levels. */
const nested = (levels: number, wrap: (inner: ProductFilter) => ProductFilter): ProductFilter =>
  levels === 1 ? { inStock: true } : wrap(nested(levels - 1, wrap));
const refusal = (message: string, field: string[]) =>
  expect.objectContaining({ code: "BAD_USER_INPUT", message, options: expect.objectContaining({ field }) });

describe("checkFilter", () => {
  it.each<[string, ProductFilter]>([
    ["nothing", {}],
    ["300 alternatives", { or: brands(300) }],
    [
      "300 conditions of every kind",
      { and: brands(294), not: {}, ids: ["a"], inStock: false, price: {}, attributes: [{ name: "n", in: ["v"] }] },
    ],
    ["lists of 1,000 values", { ids: values(1000), brands: values(1000), attributes: [{ name: "n", in: values(1000) }] }],
    ["10,000 values in all", { or: Array.from({ length: 10 }, () => ({ categories: values(1000) })) }],
    ["a price of one amount", { price: { min: 5, max: 5 } }],
    ["8 levels of and", nested(8, (inner) => ({ and: [inner] }))],
    ["8 levels of not", nested(8, (inner) => ({ not: inner }))],
  ])("takes %s", (_, filter) => {
    expect(() => checkFilter(filter)).not.toThrow();
  });

  it("refuses a price past every number, which is what GraphQL reads of 1e999", () => {
    const message = "filter.price.max is Infinity; it must be a finite number. Leave it out for an open end.";
    expect(() => checkFilter({ price: { max: Number.POSITIVE_INFINITY } })).toThrow(refusal(message, ["filter", "price", "max"]));
    expect(() => checkFilter({ not: { price: { min: Number.NEGATIVE_INFINITY } } })).toThrow("filter.not.price.min is -Infinity;");
    expect(() => checkFilter({ price: { min: 0, max: Number.MAX_VALUE } })).not.toThrow();
  });

  it("refuses a currency that no price can have", () => {
    const message = 'filter.price.currency is "euros"; give an ISO 4217 code such as EUR.';
    expect(() => checkFilter({ price: { max: 5, currency: "euros" } })).toThrow(refusal(message, ["filter", "price", "currency"]));
    expect(() => checkFilter({ price: { max: 5, currency: "eur" } })).not.toThrow();
  });

  it.each<[string, ProductFilter, number]>([
    ["alternatives", { or: brands(301) }, 301],
    ["nested ones", { or: Array.from({ length: 300 }, () => ({ and: brands(300) })) }, 90_000],
    ["attributes", { attributes: Array.from({ length: 301 }, () => ({ name: "n", in: ["v"] })) }, 301],
    ["filters that ask nothing", { or: Array.from({ length: 301 }, () => ({})) }, 301],
    ["negations", { or: Array.from({ length: 151 }, () => ({ not: { inStock: true } })) }, 302],
  ])("refuses too many conditions: %s", (_, filter, count) => {
    const message =
      `filter has ${count} conditions in all, nested ones included; at most 300 are allowed. ` +
      "A list such as brands is one condition, however many values it has.";
    expect(() => checkFilter(filter)).toThrow(refusal(message, ["filter"]));
  });

  it("refuses too many values in all its lists", () => {
    const filter = { ids: ["one more"], or: Array.from({ length: 10 }, () => ({ attributes: [{ name: "n", in: values(1000) }] })) };
    const message = "boosts.0.filter has 10001 values in all its lists; at most 10000 are allowed.";
    expect(() => checkFilter(filter, ["boosts", "0", "filter"])).toThrow(refusal(message, ["boosts", "0", "filter"]));
  });

  it("refuses too many characters in the values of all its lists, an attribute's name counted with each", () => {
    const ids = Array.from({ length: 400 }, (_, i) => `${i}`.padEnd(250, "x"));
    const named = (chars: number): ProductFilter => ({ not: { attributes: [{ name: "n".repeat(chars), in: values(1000) }] } });
    const message = (chars: number) =>
      `filter has ${chars} characters in the values of all its lists, an attribute's name counted with each of its values; ` +
      "at most 200000 are allowed. Give fewer values, such as a category in place of those that lie in it.";
    expect(() => checkFilter({ ids, or: [{ brands: ids }] })).not.toThrow();
    expect(() => checkFilter({ ids, or: [{ brands: ids }, { categories: ["c"] }] })).toThrow(refusal(message(200_001), ["filter"]));
    expect(() => checkFilter(named(190))).not.toThrow();
    // Each value has two to four characters more.
    expect(() => checkFilter(named(200))).toThrow(refusal(message(203_890), ["filter"]));
  });

  it("refuses an attribute without a value", () => {
    const message = "filter.attributes.0.in is empty: leave it out, or give at least one value.";
    expect(() => checkFilter({ attributes: [{ name: "n", in: [] }] })).toThrow(refusal(message, ["filter", "attributes", "0", "in"]));
  });

  it("refuses too many values of one list", () => {
    const message = "filter.not.ids has 1001 values; at most 1000 are allowed.";
    expect(() => checkFilter({ not: { ids: values(1001) } })).toThrow(refusal(message, ["filter", "not", "ids"]));
  });

  it.each<[string, (inner: ProductFilter) => ProductFilter, string[]]>([
    ["and", (inner) => ({ and: [inner] }), ["and", "0"]],
    ["or", (inner) => ({ or: [inner] }), ["or", "0"]],
    ["not", (inner) => ({ not: inner }), ["not"]],
  ])("refuses a ninth level: %s", (_, wrap, step) => {
    const field = ["filter", ...Array.from({ length: 8 }, () => step).flat()];
    expect(() => checkFilter(nested(9, wrap))).toThrow(refusal("A filter nests at most 8 levels deep.", field));
    expect(() => checkFilter(nested(9, wrap), ["boosts", "0", "filter"])).toThrow("A filter nests at most 8 levels deep.");
    expect(() => checkFilter(nested(8, wrap), ["boosts", "0", "filter"])).not.toThrow();
  });
});

describe("checkBoostFilters", () => {
  it("bounds all filters together as one filter alone", () => {
    const message = (found: string) => expect.objectContaining({ message: expect.stringContaining(`boosts has ${found} in`) });
    expect(() => checkBoostFilters([{ or: brands(150) }, { and: brands(150) }])).not.toThrow();
    expect(() => checkBoostFilters([{ or: brands(150) }, { and: brands(151) }])).toThrow(message("301 conditions"));
    const longLists = [{ and: Array.from({ length: 10 }, () => ({ ids: values(1000) })) }, { ids: ["one more"] }];
    expect(() => checkBoostFilters(longLists)).toThrow(message("10001 values"));
    expect(() => checkBoostFilters([{ brands: ["x".repeat(100_000)] }, { ids: ["y".repeat(100_001)] }])).toThrow(
      message("200001 characters"),
    );
  });

  it("names the boost whose filter is wrong", () => {
    expect(() => checkBoostFilters([{}, { ids: [] }])).toThrow(
      refusal("boosts.1.filter.ids is empty: leave it out, or give at least one value.", ["boosts", "1", "filter", "ids"]),
    );
  });
});
