import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { get, type IncomingMessage, request } from "node:http";
import { json } from "node:stream/consumers";
import { serverAudits } from "graphql-http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readDemoCatalog } from "../../src/cli/demo-catalog.js";
import { ingestLines } from "../../src/ingest/ingest-lines.js";
import { asLines } from "../../src/ingest/readers/catalog-row.js";
import {
  CatalogDocument,
  DeleteDocument,
  ExploreDocument,
  type ExploreQuery,
  IngestDocument,
  SearchDocument,
  SimilarUnderHitsDocument,
  SortedDocument,
} from "../gql/operations.js";
import { type Answer, ask, askWithFiles, type Gateway, samplePhoto, startGateway } from "../support/gateway.js";

const BASKETBALL = "tommy-bebo-600358-unsplash.jpg";
const TRIPOD = "zoltan-tasi-423051-unsplash.jpg";
const UPLOAD_SEARCH = "query ($image: Upload) { searchProducts(image: $image, first: 3) { edges { similarity node { id } } } }";
interface NullSizes {
  searchProducts: { nodes: { id: string; similar: { nodes: unknown[] } }[]; facets: { buckets: unknown[] }[] };
  suggest: unknown[];
}
interface UploadAnswer {
  searchProducts: { edges: { similarity: number; node: { id: string } }[] };
}

let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway({ LIKENESS_MAX_UPLOAD_BYTES: "4000000" });
  const drafts = await readDemoCatalog();
  const tally = await ingestLines(asLines(drafts), gateway.app.ingest, { batchSize: 16, maxPictureBytes: 4_000_000 });
  expect(tally.failed).toBe(0);
}, 240_000);

afterAll(async () => await gateway?.stop());

describe("the sample catalogue", () => {
  test("has all 54 products and names its model", async () => {
    const { data } = await ask(gateway.url, CatalogDocument);
    expect(data.catalog.productCount).toBe(54);
    expect(data.catalog.model.dimension).toBe(gateway.app.encoder.dimension);
  });

  test("was updated when its newest product was", async () => {
    const query = "{ catalog { updatedAt } searchProducts(sort: { by: UPDATED_AT, reverse: true }, first: 1) { nodes { updatedAt } } }";
    const { data } = await ask<{ catalog: unknown; searchProducts: { nodes: unknown[] } }, unknown>(gateway.url, query);
    expect(data.searchProducts.nodes).toEqual([data.catalog]);
  });

  test("words find the product they name", async () => {
    const { data } = await ask(gateway.url, SearchDocument, { text: "camera tripod", first: 3 });
    expect(data.searchProducts.edges[0]?.node.id).toBe("tripod");
    expect(data.searchProducts.edges).toHaveLength(3);
  });

  test("an uploaded photo finds itself", async () => {
    const files = [{ paths: ["variables.image"], bytes: await samplePhoto(BASKETBALL) }];
    const { data } = await askWithFiles<UploadAnswer>(gateway.url, { query: UPLOAD_SEARCH, variables: { image: null } }, files);
    expect(data.searchProducts.edges[0]?.node.id).toBe("basketball");
    expect(data.searchProducts.edges[0]?.similarity).toBeGreaterThanOrEqual(0.999);
  });

  test("a brand filter returns that brand alone, and all of it", async () => {
    const { data } = await ask(gateway.url, SearchDocument, { text: "shoe", filter: { brands: ["Nike"] }, first: 4 });
    const brands = data.searchProducts.edges.map((edge) => edge.node.brand);
    expect(brands.length).toBeGreaterThan(1);
    expect(new Set(brands)).toEqual(new Set(["Nike"]));
  });

  test("walking the cursors of a listing gives each product once", async () => {
    const ids: string[] = [];
    let after: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof next>> = await next(after);
      ids.push(...page.edges.map((edge) => edge.node.id));
      after = page.pageInfo.hasNextPage ? (page.pageInfo.endCursor ?? null) : null;
    } while (after);
    expect(ids).toHaveLength(54);
    expect(new Set(ids).size).toBe(54);
  });

  async function next(after: string | null) {
    const { data } = await ask(gateway.url, SearchDocument, { first: 20, after });
    return data.searchProducts;
  }
});

describe("searching in depth", () => {
  test("one operation shows all of it, in one index call", async () => {
    const { data, errors, extensions } = await ask(gateway.url, ExploreDocument, {});
    expect(errors).toBeUndefined();
    expect(extensions?.likeness.indexSearches).toBe(1);
    const { edges, facets, modeUsed, degraded, totalCount, totalCountRelation } = data.searchProducts;
    expect(edges.map(({ node }) => node.id).sort()).toEqual([
      "hi-top-basketball-shoe",
      "pureboost-running-shoe",
      "runx-running-shoe",
      "ultraboost-running-shoe",
    ]);
    expect({ modeUsed, degraded, totalCount, totalCountRelation }).toEqual({
      modeUsed: "HYBRID",
      degraded: false,
      totalCount: 4,
      totalCountRelation: "EXACT",
    });
    expect(edges[0]?.node.id).toBe("runx-running-shoe");
    expect(edges.map(({ signals }) => signals.pinned)).toEqual([true, false, false, false]);
    for (const { node, signals } of edges) {
      expect(signals.boost).toBeCloseTo(node.brand === "Nike" ? 1.65 : 1.5, 10);
      expect([signals.image, signals.imageRank, signals.lexical, signals.lexicalRank]).not.toContain(null);
    }
    const counts = facets.map(({ buckets }) => Object.fromEntries(buckets.map(({ value, count }) => [value, count])));
    expect(counts).toEqual([
      { "Sports & Outdoor": 5, Footwear: 4, Equipment: 1 },
      { Adidas: 3, Nike: 1 },
      { "*-50": 1, "50-100": 2, "100-*": 2 },
      { true: 4 },
      { black: 2, white: 2, blue: 1 },
    ]);
    expect(facets.map(({ countedOver }) => countedOver)).toEqual([5, 4, 5, 4, 4]);
    expect(data.suggest.every(({ text }) => /running shoe/i.test(text))).toBe(true);
    expect(data.suggest[0]).toMatchObject({ kind: "PRODUCT", product: { id: expect.any(String) } });
  });

  test("the pages of that operation are its whole, and its cursors are its own", async () => {
    const ids: string[] = [];
    let after: string | null = null;
    do {
      const { data }: { data: ExploreQuery } = await ask(gateway.url, ExploreDocument, { first: 1, after });
      ids.push(...data.searchProducts.edges.map(({ node }) => node.id));
      after = data.searchProducts.pageInfo.hasNextPage ? (data.searchProducts.pageInfo.endCursor ?? null) : null;
    } while (after);
    const whole = await ask(gateway.url, ExploreDocument, { first: 10 });
    expect(ids).toEqual(whole.data.searchProducts.edges.map(({ node }) => node.id));
    const cursor = whole.data.searchProducts.edges[0]?.cursor ?? null;
    expect((await ask(gateway.url, SearchDocument, { text: "shoe", after: cursor })).errors?.[0]?.extensions.code).toBe("BAD_CURSOR");
  });

  test("results are sorted after they are cut off", async () => {
    const { data } = await ask(gateway.url, SortedDocument, {});
    const amounts = data.cheapest.nodes.map(({ price }) => price?.amount as number);
    expect(amounts).toEqual([...amounts].sort((a, b) => a - b));
    const [facet] = data.cheapest.facets;
    expect(facet?.buckets.reduce((sum, { count }) => sum + count, 0)).toBe(data.cheapest.totalCount);
    const dates = data.newest.nodes.map(({ updatedAt }) => updatedAt);
    expect(dates).toEqual([...dates].sort().reverse());
  });

  test("a query that found something is suggested to others", async () => {
    await ask(gateway.url, SearchDocument, { text: "Leather chair" });
    const { data } = await ask<{ suggest: unknown[] }, never>(
      gateway.url,
      '{ suggest(prefix: "leather ch") { text kind product { id } } }',
    );
    expect(data.suggest).toContainEqual({ text: "leather chair", kind: "QUERY", product: null });
  });

  test("a walk backwards is the walk forwards, turned round", async () => {
    const forwards = await ask(gateway.url, SearchDocument, { text: "camera", mode: "HYBRID", first: 8 });
    const all = forwards.data.searchProducts.edges.map(({ node }) => node.id);
    const before = forwards.data.searchProducts.edges[6]?.cursor ?? null;
    const back = await ask(gateway.url, SearchDocument, { text: "camera", mode: "HYBRID", last: 3, before });
    expect(back.data.searchProducts.edges.map(({ node }) => node.id)).toEqual(all.slice(3, 6));
    expect(back.data.searchProducts.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
  });

  test("first and last together are refused, but not where first is a default", async () => {
    const both = await ask(gateway.url, SearchDocument, { first: 3, last: 3 });
    expect(both.errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT", field: ["last"] } }]);
    const one = await ask(gateway.url, SearchDocument, { last: 3 });
    expect(one.data.searchProducts.edges).toHaveLength(3);
  });

  test("every example of the documentation runs", async () => {
    const page = await readFile("docs/searching.md", "utf8");
    const examples = [...page.matchAll(/```graphql\n([\s\S]*?)```/g)].map(([, example]) => example as string);
    expect(examples.length).toBeGreaterThan(9);
    for (const example of examples) {
      const { errors, data } = await ask<Record<string, unknown[] | Record<"nodes" | "edges" | "facets", unknown[] | undefined>>, never>(
        gateway.url,
        example,
      );
      expect(errors, example).toBeUndefined();
      for (const found of Object.values(data)) {
        const listed = Array.isArray(found) ? found : (found.nodes ?? found.edges ?? found.facets);
        expect(listed?.length, example).toBeGreaterThan(0);
      }
    }
  });
});

describe("batching", () => {
  test("ten aliases are one index call and at most one encode batch", async () => {
    const aliases = Array.from({ length: 10 }, (_, i) => `s${i}: searchProducts(text: "alias number ${i}", first: 2) { nodes { id } }`);
    const { extensions } = await ask<unknown, never>(gateway.url, `{ ${aliases.join("\n")} }`);
    expect(extensions?.likeness).toMatchObject({ indexSearches: 1 });
    expect(extensions?.likeness.batches).toBeLessThanOrEqual(1);
  });

  test("similar under twenty hits is one index call more", async () => {
    const { data, extensions } = await ask(gateway.url, SimilarUnderHitsDocument, { text: "something for the living room" });
    expect(data.searchProducts.nodes).toHaveLength(20);
    for (const node of data.searchProducts.nodes) {
      expect(node.similar.nodes).toHaveLength(3);
      expect(node.similar.nodes.map((each) => each.id)).not.toContain(node.id);
    }
    expect(extensions?.likeness.indexSearches).toBe(2);
  });

  test("200 concurrent searches with the same 20 texts cost at most 20 encodes and answer as one by one", async () => {
    const { stats } = gateway.app.encoder;
    const before = stats.textsEncoded;
    const texts = Array.from({ length: 20 }, (_, i) => `a thing to buy, kind ${i}`);
    const search = async (text: string) => {
      const { data } = await ask(gateway.url, SearchDocument, { text, first: 5 });
      return data.searchProducts.edges.map(({ node, score }) => [node.id, score]);
    };
    const together = await Promise.all(Array.from({ length: 200 }, (_, i) => search(texts[i % 20] as string)));
    expect(stats.textsEncoded - before).toBeLessThanOrEqual(20);
    for (const [i, text] of texts.entries()) expect(together[i]).toEqual(await search(text));
  });
});

describe("ingest", () => {
  const title = (id: string, words: string) => ({ id, title: words });

  test("one bad product never fails the others, and the same content again is unchanged", async () => {
    const products = [
      title("new-1", "a red kettle"),
      { id: "new-2" },
      { id: "new-3", imageBase64: Buffer.from("no image").toString("base64") },
    ];
    const first = await ask(gateway.url, IngestDocument, { products });
    expect(first.data.ingestProducts.results.map((each) => each.status)).toEqual(["CREATED", "FAILED", "FAILED"]);
    expect(first.data.ingestProducts.userErrors.map((each) => each.code)).toEqual(["BAD_USER_INPUT", "NOT_AN_IMAGE"]);
    const again = await ask(gateway.url, IngestDocument, { products: [title("new-1", "a red kettle")] });
    expect(again.data.ingestProducts.unchangedCount).toBe(1);
    const gone = await ask(gateway.url, DeleteDocument, { ids: ["new-1", "never-there", "new-1"] });
    expect(gone.data.deleteProducts).toEqual({ deletedIds: ["new-1"], notFoundIds: ["never-there"] });
  });

  test("an idempotency key replays the first answer and refuses another request", async () => {
    const call = (words: string) => ask(gateway.url, IngestDocument, { products: [title("key-1", words)], idempotencyKey: "key" });
    const first = await call("a blue mug");
    expect((await call("a blue mug")).data).toEqual(first.data);
    expect((await call("a green mug")).errors?.[0]?.extensions.code).toBe("BAD_USER_INPUT");
    await ask(gateway.url, DeleteDocument, { ids: ["key-1"] });
  });

  test("an idempotency key tells uploaded pictures apart", async () => {
    const query =
      'mutation ($products: [ProductInput!]!) { ingestProducts(products: $products, idempotencyKey: "pictures") { results { id status } } }';
    const call = async (photo: string, morePhoto: string) => {
      const files = [
        { paths: ["variables.products.0.image"], bytes: await samplePhoto(photo) },
        { paths: ["variables.products.0.moreImages.0"], bytes: await samplePhoto(morePhoto) },
      ];
      const variables = { products: [{ id: "key-2", image: null, moreImages: [null] }] };
      const { data, errors } = await askWithFiles(gateway.url, { query, variables }, files);
      return errors?.[0]?.message ?? data;
    };
    const created = { ingestProducts: { results: [{ id: "key-2", status: "CREATED" }] } };
    const refused = "This idempotencyKey was used with other products: give each distinct call its own key.";
    expect(await call(BASKETBALL, BASKETBALL)).toEqual(created);
    expect(await call(BASKETBALL, BASKETBALL)).toEqual(created);
    expect(await call(TRIPOD, BASKETBALL)).toBe(refused);
    expect(await call(BASKETBALL, TRIPOD)).toBe(refused);
    await ask(gateway.url, DeleteDocument, { ids: ["key-2"] });
  });
});

describe("bad input", () => {
  test.each([
    ["an unknown product", { similarTo: "nothing" }, "NOT_FOUND"],
    ["an embedding of the wrong size", { embedding: [1, 0] }, "BAD_USER_INPUT"],
    ["a first of 0", { text: "x", first: 0 }, "BAD_USER_INPUT"],
    ["a foreign cursor", { text: "x", after: "bm90IG91cnM" }, "BAD_CURSOR"],
    ["a part of a mix that is two", { mix: [{ text: "x", similarTo: "tripod" }] }, "BAD_USER_INPUT"],
    ["LEXICAL without words", { similarTo: "tripod", mode: "LEXICAL" as const }, "BAD_USER_INPUT"],
    ["a private URL", { imageUrl: "http://127.0.0.1:1/x.jpg" }, "URL_NOT_ALLOWED"],
    ["an empty list in a filter", { text: "x", filter: { brands: [] } }, "BAD_USER_INPUT"],
  ])("%s is a typed error", async (_name, variables, code) => {
    const { errors } = await ask(gateway.url, SearchDocument, variables);
    expect(errors?.[0]?.extensions.code).toBe(code);
  });

  test.each<[string, object, string[]]>([
    ["a URL", { imageUrl: "ftp://shop.example/a.jpg" }, ["imageUrl"]],
    ["a URL in a mix", { mix: [{ text: "x" }, { imageUrl: "http://127.0.0.1:1/a.jpg" }] }, ["mix", "1"]],
    ["an embedding of zeros", { embedding: new Array(672).fill(0) }, ["embedding"]],
  ])("an error names the argument that it is about: %s", async (_name, variables, field) => {
    expect((await ask(gateway.url, SearchDocument, variables)).errors?.[0]?.extensions).toMatchObject({ field });
  });

  test("an error names the picture that it is about", async () => {
    const products = [
      { id: "bad-1", title: "a", imageUrl: "ftp://shop.example/a.jpg" },
      { id: "bad-2", title: "b", moreImageUrls: ["http://127.0.0.1:1/b.jpg"] },
    ];
    const { data } = await ask(gateway.url, IngestDocument, { products });
    expect(data.ingestProducts.userErrors.map(({ field }) => field)).toEqual([["imageUrl"], ["moreImageUrls", "0"]]);
  });

  test.each(["", "x".repeat(513)])("an idempotency key is neither empty nor without end", async (idempotencyKey) => {
    const { errors } = await ask(gateway.url, IngestDocument, { products: [{ id: "k", title: "k" }], idempotencyKey });
    expect(errors?.[0]).toMatchObject({ message: "idempotencyKey must have 1 to 512 characters.", extensions: { code: "BAD_USER_INPUT" } });
  });

  test("a file that the form's map names and that does not come is told", async () => {
    const form = new FormData();
    form.set("operations", JSON.stringify({ query: UPLOAD_SEARCH, variables: { image: null } }));
    form.set("map", JSON.stringify({ 0: ["variables.image"] }));
    const response = await fetch(gateway.url, { method: "POST", headers: { "apollo-require-preflight": "true" }, body: form });
    expect(((await response.json()) as Answer<null>).errors?.[0]).toMatchObject({
      message: "The form ends before a file that its map names, or in the midst of it: send each file whole, under its name of the map.",
      extensions: { code: "BAD_USER_INPUT", field: ["image"] },
    });
  });

  test("a file that is sent as a text is told how files are sent", async () => {
    const how = "A file is sent by the GraphQL multipart request spec";
    const { errors } = await ask(gateway.url, UPLOAD_SEARCH, { image: "photo.jpg" });
    expect(errors?.[0]?.message).toContain(how);
    const literal = await ask(gateway.url, '{ searchProducts(image: "photo.jpg") { totalCount } }');
    expect(literal.errors?.[0]?.message).toContain(how);
  });

  test("a request of another content type or method is told what is answered", async () => {
    const body = JSON.stringify({ query: "{ catalog { productCount } }" });
    const bySend = async (method: string, type: string) => {
      const response = await fetch(gateway.url, { method, headers: { "content-type": type }, body });
      return { status: response.status, message: ((await response.json()) as Answer<null>).errors?.[0]?.message };
    };
    expect(await bySend("POST", "application/x-www-form-urlencoded")).toEqual({
      status: 415,
      message:
        'The content-type is "application/x-www-form-urlencoded"; send application/json, or multipart/form-data for a request with files.',
    });
    for (const method of ["PUT", "OPTIONS"]) {
      expect(await bySend(method, "application/json")).toEqual({
        status: 404,
        message: `Nothing answers ${method} at this path; GraphQL is at /graphql, by POST and GET.`,
      });
    }
  });

  test("JSON in another encoding than UTF-8 is refused, and no damaged text is kept", async () => {
    const query = 'mutation { ingestProducts(products: [{ id: "latin", title: "café" }]) { failedCount } }';
    const body = Buffer.from(JSON.stringify({ query }), "latin1");
    const headers = { "content-type": "application/json; charset=iso-8859-1", accept: "application/json" };
    const answer = await fetch(gateway.url, { method: "POST", headers, body });
    expect(await answer.json()).toMatchObject({
      errors: [{ message: expect.stringContaining("not UTF-8"), extensions: { code: "BAD_USER_INPUT" } }],
    });
  });

  test("a body that is too large is refused by what it says of itself, with what is allowed", async () => {
    const headers = { "content-type": "application/json", "content-length": "268435457" };
    const [answer] = await once(request(gateway.url, { method: "POST", headers }).end(), "response");
    const message = "The body is larger than the 268435456 bytes that are allowed. Send it in several requests.";
    expect(answer.statusCode).toBe(413);
    expect(await json(answer)).toEqual({ errors: [{ message, extensions: { code: "UPLOAD_TOO_LARGE" } }] });
  });

  test.each(["/%E0%A4%A", `/jobs/${"x".repeat(200)}/errors.ndjson`])(
    "a path that the router refuses is answered like any error",
    async (path) => {
      const response = await fetch(new URL(path, gateway.url));
      expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: "BAD_USER_INPUT" } }] });
      expect(response.headers.get("x-request-id")).toBeTruthy();
    },
  );

  test("an upload over the limit is refused, never cut", async () => {
    const files = [{ paths: ["variables.image"], bytes: Buffer.alloc(4_000_001, 1) }];
    const { errors } = await askWithFiles(gateway.url, { query: UPLOAD_SEARCH, variables: { image: null } }, files);
    expect(errors?.[0]?.extensions.code).toBe("UPLOAD_TOO_LARGE");
  });

  test("a file that is no picture is refused", async () => {
    const files = [{ paths: ["variables.image"], bytes: Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'/>") }];
    const { errors } = await askWithFiles(gateway.url, { query: UPLOAD_SEARCH, variables: { image: null } }, files);
    expect(errors?.[0]?.extensions.code).toBe("NOT_AN_IMAGE");
  });

  test("an operation that nests too deep or has too many aliases is refused", async () => {
    const nested = `${"similar(first: 1) { nodes { ".repeat(8)}id${" } }".repeat(8)}`;
    const deep = await ask<unknown, never>(gateway.url, `{ product(id: "tripod") { ${nested} } }`);
    expect(deep.errors?.[0]).toMatchObject({ message: expect.stringMatching(/16 levels/), extensions: { code: "QUERY_TOO_COMPLEX" } });
    const many = Array.from({ length: 101 }, (_, i) => `p${i}: product(id: "tripod") { id }`).join(" ");
    const wide = await ask<unknown, never>(gateway.url, `{ ${many} }`);
    expect(wide.errors?.[0]).toMatchObject({ message: expect.stringMatching(/100 aliases/), extensions: { code: "QUERY_TOO_COMPLEX" } });
  });

  test("a document of endless tokens is refused by the parser", async () => {
    const long = await ask<unknown, never>(gateway.url, `{ product(id: "tripod") { ${"id ".repeat(5_000)} } }`);
    expect(long.errors?.[0]?.message).toMatch(/5000 tokens/);
    expect(long.data).toBeUndefined();
  });

  test("an operation that costs too much is refused before it runs", async () => {
    const deep =
      '{ searchProducts(text: "a", first: 100) { nodes { similar(first: 100) { nodes { similar(first: 100) { nodes { id } } } } } } }';
    expect((await ask<unknown, never>(gateway.url, deep)).errors?.[0]?.extensions.code).toBe("QUERY_TOO_COMPLEX");
  });

  test.each([
    ["application/graphql-response+json", 400],
    ["application/json", 200],
  ])("what is refused before it runs answers %s by %i", async (accept, status) => {
    const dear = "{ searchProducts(first: 100) { nodes { similar(first: 100) { nodes { id } } } } }";
    expect(await answerOf(accept, dear, {})).toEqual({
      status,
      errors: [
        {
          message: "The operation costs 21110; at most 20000 is allowed. Ask for fewer hits, products, fields or searches.",
          extensions: { code: "QUERY_TOO_COMPLEX" },
        },
      ],
    });
    expect(await answerOf(accept, "query ($first: Int) { searchProducts(first: $first) { nodes { id } } }", { first: "x" })).toEqual({
      status,
      errors: [
        {
          message: 'Variable "$first" got invalid value "x"; Int cannot represent non-integer value: "x"',
          locations: [{ line: 1, column: 8 }],
          extensions: { code: "BAD_USER_INPUT" },
        },
      ],
    });
  });

  async function answerOf(accept: string, query: string, variables: unknown) {
    const headers = { "content-type": "application/json", accept };
    const response = await fetch(gateway.url, { method: "POST", headers, body: JSON.stringify({ query, variables }) });
    const { errors } = (await response.json()) as { errors: unknown };
    return { status: response.status, errors };
  }

  test("an order whose reverse is null is the usual one", async () => {
    const query = "query ($sort: ProductSort) { searchProducts(sort: $sort, first: 3) { nodes { id } } }";
    const [usual, given] = await Promise.all(
      [{ by: "PRICE" }, { by: "PRICE", reverse: null }].map((sort) => ask<unknown, unknown>(gateway.url, query, { sort })),
    );
    expect(given?.data).toEqual(usual?.data);
    expect(given?.errors).toBeUndefined();
  });

  test("a page whose size is null has the default one", async () => {
    const query = `query ($size: Int) {
      searchProducts(first: $size, facets: [{ field: BRAND, first: $size }]) {
        nodes { id similar(first: $size) { nodes { id } } }
        facets { buckets { value } }
      }
      suggest(prefix: "s", first: $size) { text }
    }`;
    const { data, errors } = await ask<NullSizes, unknown>(gateway.url, query, { size: null });
    expect(errors).toBeUndefined();
    expect(data.searchProducts.nodes).toHaveLength(20);
    expect(data.searchProducts.nodes[0]?.similar.nodes).toHaveLength(10);
    expect(data.searchProducts.facets[0]?.buckets).toHaveLength(10);
    expect(data.suggest).toHaveLength(8);
  });
});

describe("GraphQL over HTTP", () => {
  const audits = serverAudits({ url: () => gateway.url, fetchFn: fetch });
  test.each(audits.map((audit) => [audit.name, audit] as const))("%s", async (_name, audit) => {
    const result = await audit.fn();
    expect(result.status, "reason" in result ? result.reason : "").toBe("ok");
  });

  test("one uploaded file may stand at two places", async () => {
    const query =
      "query ($a: Upload, $b: Upload) { a: searchProducts(image: $a, first: 1) { nodes { id } } b: searchProducts(image: $b, first: 1) { nodes { id } } }";
    const files = [{ paths: ["variables.a", "variables.b"], bytes: await samplePhoto(BASKETBALL) }];
    const { data } = await askWithFiles(gateway.url, { query, variables: { a: null, b: null } }, files);
    expect(data).toEqual({ a: { nodes: [{ id: "basketball" }] }, b: { nodes: [{ id: "basketball" }] } });
  });

  test("a file may be a part of a mix", async () => {
    const query = "query ($mix: [QueryPart!]) { searchProducts(mix: $mix, first: 1) { modeUsed nodes { id } } }";
    const files = [{ paths: ["variables.mix.0.image"], bytes: await samplePhoto(BASKETBALL) }];
    const mix = [{ image: null, weight: 3 }, { text: "a ball" }, { text: "a sofa", weight: -0.5 }];
    const { data } = await askWithFiles(gateway.url, { query, variables: { mix } }, files);
    expect(data).toEqual({ searchProducts: { modeUsed: "SEMANTIC", nodes: [{ id: "basketball" }] } });
  });

  test("a list of files in one mutation", async () => {
    const query = "mutation ($products: [ProductInput!]!) { ingestProducts(products: $products) { ingestedCount failedCount } }";
    const bytes = await samplePhoto(BASKETBALL);
    const products = [
      { id: "upload-1", image: null },
      { id: "upload-2", image: null },
    ];
    const files = products.map((_, i) => ({ paths: [`variables.products.${i}.image`], bytes }));
    const { data } = await askWithFiles(gateway.url, { query, variables: { products } }, files);
    expect(data).toEqual({ ingestProducts: { ingestedCount: 2, failedCount: 0 } });
    await ask(gateway.url, DeleteDocument, { ids: ["upload-1", "upload-2"] });
  });

  test("a multipart request without the preflight header is refused", async () => {
    const files = [{ paths: ["variables.image"], bytes: await samplePhoto(BASKETBALL) }];
    const { status, errors } = await askWithFiles(gateway.url, { query: UPLOAD_SEARCH, variables: { image: null } }, files, {});
    expect(status).toBe(400);
    expect(errors?.[0]?.extensions.code).toBe("BAD_USER_INPUT");
  });

  test("a form that is refused is read to its end, so that its sender sees why", async () => {
    const files = [{ paths: ["variables.image"], bytes: new Uint8Array(5_000_000) }];
    for (const headers of [{}, { "apollo-require-preflight": "true" }] as Record<string, string>[]) {
      const { status, errors } = await askWithFiles(gateway.url, { query: UPLOAD_SEARCH, variables: null }, files, headers);
      expect(status).toBe(400);
      expect(errors?.[0]?.extensions.code).toBe("BAD_USER_INPUT");
    }
  });

  test.each([
    ["a b", "/graphql?query={__typename}", 400],
    ["shop.example:80", "/graphql?query={__typename}", 200],
    ["a b", "/livez", 200],
  ])("a request with the Host header %j for %s is answered with %i", async (host, path, status) => {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      get(new URL(path, gateway.url), { headers: { host }, agent: false }, resolve).on("error", reject);
    });
    answer.resume();
    expect(answer.statusCode).toBe(status);
    expect(answer.headers["x-content-type-options"]).toBe("nosniff");
  });

  test("a request is refused that would take long to read, or whose errors would take long to tell", async () => {
    const refused = { status: 400, errors: [{ extensions: { code: "QUERY_TOO_COMPLEX" } }] };
    const fields = Array.from({ length: 200 }, (_, i) => `x${i}`).join(" ");
    expect(await ask(gateway.url, `{ ${"\n".repeat(20_000)} ${fields} }`)).toMatchObject(refused);
    const variables = { image: null, more: Array.from({ length: 1_500_000 }, () => []) };
    expect(await ask(gateway.url, "{ __typename }", variables)).toMatchObject(refused);
    const files = [{ paths: ["variables.image"], bytes: new Uint8Array(1) }];
    expect(await askWithFiles(gateway.url, { query: UPLOAD_SEARCH, variables }, files)).toMatchObject(refused);
  });

  test("a browser gets Apollo Sandbox, and probes their answers", async () => {
    const base = gateway.url.replace("/graphql", "");
    const page = await fetch(`${base}/`, { headers: { accept: "text/html" } });
    expect(page.url).toBe(gateway.url);
    expect(await page.text()).toContain("sandbox");
    expect((await fetch(`${base}/livez`)).status).toBe(200);
    expect((await fetch(`${base}/readyz`)).status).toBe(200);
  });
});
