import fc from "fast-check";
import { GraphQLError, type OperationDefinitionNode, parse, validate } from "graphql";
import { getVariableValues } from "graphql/execution/values.js";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { getSchema } from "../../src/graphql/schema.js";
import { fromAddress, toAddress } from "../../src/http/search-page/address.js";
import { SEARCH, SUGGEST, search, searchVariables, suggest } from "../../src/http/search-page/gateway.js";
import { type Gateway, samplePhoto, startGateway } from "../support/gateway.js";
import { standInPage } from "../support/page-stand-in.js";

const READ = "read-key-0123456789";
const TRIPOD = "zoltan-tasi-423051-unsplash.jpg";
const BASKETBALL = "tommy-bebo-600358-unsplash.jpg";
const NOTHING = { text: "", picture: null, products: [], balance: 0.5, brands: [], categories: [] };
const options = { after: null, key: READ };

let gateway: Gateway;
let base: string;

beforeAll(async () => {
  gateway = await startGateway({ LIKENESS_WRITE_KEYS: "write-key-0123456789", LIKENESS_READ_KEYS: READ });
  base = gateway.url.replace("/graphql", "");
  const photo = async (name: string) => Buffer.from(await samplePhoto(name)).toString("base64");
  const products = [
    { id: "tripod", title: "Tripod", brand: "Manfrotto", categories: ["Photo"], imageBase64: await photo(TRIPOD) },
    { id: "ball", title: "Basketball", brand: "Wilson", categories: ["Sports"], imageBase64: await photo(BASKETBALL) },
    { id: "case", title: "Tripod case", brand: "Manfrotto", categories: ["Photo"] },
  ];
  const query = "mutation ($products: [ProductInput!]!) { ingestProducts(products: $products) { ingestedCount } }";
  const response = await fetch(gateway.url, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer write-key-0123456789" },
    body: JSON.stringify({ query, variables: { products } }),
  });
  expect(await response.json()).toMatchObject({ data: { ingestProducts: { ingestedCount: 3 } } });
});
afterAll(async () => await gateway.stop());

async function load(path: string): Promise<{ type: string | null; policy: string | null; content: string }> {
  const response = await fetch(`${base}${path}`);
  expect(response.status, path).toBe(200);
  const { headers } = response;
  return { type: headers.get("content-type"), policy: headers.get("content-security-policy"), content: await response.text() };
}

describe("the page", () => {
  test("has all that it refers to, for everybody, and may load nothing else", async () => {
    const page = await load("/search");
    expect(page.type).toBe("text/html; charset=utf-8");
    expect(page.policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self'; /);
    const referred = Array.from(page.content.matchAll(/(?:src|href)="(search\/[^"]+)"/g), ([, path]) => `/${path}`);
    expect(referred).toEqual(["/search/style.css", "/search/main.js"]);
    for (const path of referred) {
      const { type, content } = await load(path);
      expect(type).toBe(path.endsWith(".css") ? "text/css; charset=utf-8" : "text/javascript; charset=utf-8");
      for (const [, name] of content.matchAll(/from "\.\/([^"]+)"/g)) {
        expect((await load(`/search/${name}`)).type).toBe("text/javascript; charset=utf-8");
      }
    }
  });

  test("is what Sandbox's own page leads to where Sandbox cannot be loaded", async () => {
    const content = await (await fetch(gateway.url, { headers: { accept: "text/html" } })).text();
    expect(content).toContain('<a href="search">');
    const nonces = Array.from(content.matchAll(/nonce="?([0-9a-f]{64})/g), ([, nonce]) => nonce);
    expect(new Set(nonces).size).toBe(1);
    expect(content).toMatch(new RegExp(`<style nonce="${nonces[0]}">#embeddableSandbox:empty`));
    expect(content).toContain('<div id="embeddableSandbox"></div>');
    expect(content).toContain("camera tripod");
  });
});

describe("what the page asks", () => {
  test("searches by words, a picture, products, and all of them together", async () => {
    const picture = new File([await samplePhoto(BASKETBALL)], "ball.jpg", { type: "image/jpeg" });
    const found = async (wanted: Partial<Parameters<typeof search>[1]>) => {
      const { edges, ...page } = await search(gateway.url, { ...NOTHING, ...wanted }, options);
      return { ...page, ids: edges.map(({ node }) => node.id) };
    };
    expect(await found({})).toMatchObject({ totalCount: 3, totalCountRelation: "EXACT", modeUsed: "AUTO" });
    const words = await found({ text: " tripod " });
    expect(words).toMatchObject({ modeUsed: "HYBRID", facets: [{ field: "BRAND" }, { field: "CATEGORY" }] });
    expect(words.ids[0]).toBe("tripod");
    expect((await found({ picture })).ids[0]).toBe("ball");
    expect((await found({ text: "tripod", picture, balance: 0 })).ids[0]).toBe("tripod");
    expect((await found({ text: "tripod", picture, balance: 1 })).ids[0]).toBe("ball");
    expect((await found({ text: "tripod", brands: ["Wilson"], categories: ["Sports"] })).ids).toEqual(["ball"]);
    expect((await found({ products: [{ id: "tripod", title: "Tripod", weight: 1 }] })).ids).not.toContain("tripod");
    const less = { id: "tripod", title: "Tripod", weight: -0.5 };
    expect((await found({ text: "basketball", picture, products: [less] })).ids[0]).toBe("ball");
  });

  test("suggests while somebody types", async () => {
    expect(await suggest(gateway.url, "tri", options)).toContain("Tripod case");
  });

  test("tells what is wrong by the gateway's own code", async () => {
    const noKey = search(gateway.url, NOTHING, { after: null, key: null });
    await expect(noKey).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    const picture = new File(["no picture"], "words.txt");
    await expect(search(gateway.url, { ...NOTHING, picture }, options)).rejects.toMatchObject({ code: "NOT_AN_IMAGE" });
    // What is no GraphQL at all.
    await expect(search(`${base}/livez`, NOTHING, options)).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  test("is always allowed by the schema, with the picture where the form says", () => {
    const schema = getSchema();
    for (const operation of [SEARCH, SUGGEST]) expect(validate(schema, parse(operation))).toEqual([]);
    const [operation] = parse(SEARCH).definitions as readonly OperationDefinitionNode[];
    const wanted = fc.record({
      text: fc.oneof(fc.constant("  "), fc.string()),
      picture: fc.constantFrom(null, new File(["x"], "x.jpg")),
      products: fc.array(fc.record({ id: fc.string({ minLength: 1 }), title: fc.string(), weight: fc.constantFrom(1, -0.5) })),
      balance: fc.constantFrom(0, 0.1, 0.5, 1),
      brands: fc.array(fc.string()),
      categories: fc.array(fc.string()),
    });
    fc.assert(
      fc.property(wanted, fc.constantFrom(null, "cursor"), (each, after) => {
        const { variables, picturePath } = searchVariables(each, after);
        // Upload is checked once the form is read; until then its place holds null.
        const { coerced, errors } = getVariableValues(schema, operation?.variableDefinitions ?? [], variables);
        const other = errors?.filter((error) => !(error instanceof GraphQLError && /Upload/.test(error.message)));
        expect(other ?? []).toEqual([]);
        if (coerced) expect(Object.keys(coerced)).toEqual(expect.arrayContaining(Object.keys(variables)));
        const parts = (variables["mix"] ?? []) as { weight: number }[];
        expect(parts.every(({ weight }) => weight !== 0)).toBe(true);
        const place = picturePath?.split(".").reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], { variables });
        expect(place).toBe(picturePath ? null : undefined);
      }),
    );
  });
});

describe("the page's address", () => {
  test("holds all of a search but its picture", () => {
    const product = (weight: number) =>
      fc.record({ id: fc.string({ unit: "grapheme" }), title: fc.constant(""), weight: fc.constant(weight) });
    const names = fc.array(fc.string({ unit: "grapheme" }));
    const wanted = fc.record({
      text: fc.string({ unit: "grapheme" }).map((text) => text.trim()),
      products: fc.tuple(fc.array(product(1)), fc.array(product(-0.5))).map((both) => both.flat()),
      brands: names,
      categories: names,
    });
    fc.assert(
      fc.property(wanted, (each) => {
        expect(fromAddress(toAddress(each))).toEqual(each);
      }),
    );
    expect(toAddress({ ...NOTHING, text: "  " })).toBe("");
    expect(fromAddress("?q=red%20shoes&utm_source=mail").text).toBe("red shoes");
  });
});

describe("the page in use", () => {
  afterEach(() => vi.unstubAllGlobals());

  async function open(query: string) {
    const stand = standInPage(`${base}/search${query}`, READ);
    const element = stand.page.getElementById;
    const answered = () => vi.waitFor(() => expect(element("told").textContent).toMatch(/ ms$/), 10_000);
    vi.resetModules();
    await import("../../src/http/search-page/main.js");
    await answered();
    const textsOf = (id: string, tag: string) => Array.from(element(id).querySelectorAll(tag), ({ textContent }) => textContent);
    const titles = () => textsOf("hits", "h2");
    const counts = () => textsOf("facets", "small");
    const boxes = () => element("facets").querySelectorAll("input");
    const box = (value: string) => boxes().find((each) => each.value === value);
    const ticked = () => boxes().flatMap(({ checked, value }) => (checked ? [value] : []));
    const tick = (value: string, checked: boolean) => {
      const found = box(value);
      if (!found) throw new Error(`The page has no filter ${value}.`);
      found.checked = checked;
      found.dispatchEvent(new Event("change"));
    };
    return { ...stand, element, answered, titles, counts, box, tick, ticked };
  }

  test("begins with the search in its address, and goes back to the one before", async () => {
    const { element, answered, titles, tick, ticked, went, goBack } = await open("?q=tripod&brand=Wilson");
    expect(titles()).toEqual(["Basketball"]);
    expect(ticked()).toEqual(["Wilson"]);
    expect(went).toEqual([]);
    tick("Wilson", false);
    await answered();
    expect(titles()[0]).toBe("Tripod");
    element("text").value = "ball";
    element("search").dispatchEvent(new Event("submit"));
    await answered();
    // The same once more is no step.
    element("search").dispatchEvent(new Event("submit"));
    await answered();
    expect(went).toEqual(["?q=tripod", "?q=ball"]);
    goBack("?q=tripod&brand=Wilson");
    await answered();
    expect(element("text").value).toBe("tripod");
    expect(titles()).toEqual(["Basketball"]);
    expect(ticked()).toEqual(["Wilson"]);
  });

  test("keeps a ticked filter that the facet does not hold, whose count is not known", async () => {
    const { element, titles, counts, ticked } = await open("?q=tripod&brand=Wilson&brand=Rare");
    expect(titles()).toEqual(["Basketball"]);
    expect(element("told").textContent).toMatch(/^1 product,/);
    expect(ticked()).toEqual(["Rare", "Wilson"]);
    expect(counts().slice(0, 2)).toEqual(["", "2"]);
  });

  test("leaves whoever ticks a filter by keyboard at it", async () => {
    const { page, answered, box, tick } = await open("");
    const before = box("Manfrotto");
    before?.focus();
    tick("Manfrotto", true);
    await answered();
    expect(box("Manfrotto")).not.toBe(before);
    expect(page.activeElement).toBe(box("Manfrotto"));
  });

  test("searches by the words in the box together with a picture", async () => {
    const { element, answered } = await open("");
    element("text").value = "tripod";
    element("picture").files = [new File([await samplePhoto(BASKETBALL)], "ball.jpg", { type: "image/jpeg" })];
    element("picture").dispatchEvent(new Event("change"));
    await answered();
    expect(JSON.parse(element("variables").textContent)).toMatchObject({ mix: [{ text: "tripod" }, { image: null }] });
  });

  test("offers no further page of the search before while it asks", async () => {
    const { element, answered } = await open("");
    element("more").hidden = false;
    element("text").value = "tripod";
    element("search").dispatchEvent(new Event("submit"));
    expect(element("told").textContent).toBe("Searching …");
    expect(element("more").hidden).toBe(true);
    await answered();
  });

  test("takes pictures that are dropped, and leaves words to the box", async () => {
    const { page, element, answered } = await open("");
    const drop = (types: string[], files: File[]) => {
      const event = Object.assign(new Event("drop", { cancelable: true }), { dataTransfer: { types, files } });
      page.dispatchEvent(event);
      return event.defaultPrevented;
    };
    expect(drop(["text/plain"], [])).toBe(false);
    const picture = new File([await samplePhoto(BASKETBALL)], "ball.jpg", { type: "image/jpeg" });
    expect(drop(["Files"], [picture])).toBe(true);
    await answered();
    expect(JSON.parse(element("variables").textContent)).toEqual({ image: null });
  });
});
