import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { composeServices } from "@theguild/federation-composition";
import { Command } from "commander";
import { buildSchema, isObjectType, parse } from "graphql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { schemaCommand } from "../../src/cli/schema.js";
import { type Answer, ask, type Gateway, startGateway } from "../support/gateway.js";

const WRITE = "write-key-0123456789";
const READ = "read-key-0123456789";

/** Another subgraph with pages. */
const ORDERS = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.4", import: ["@shareable"])
  type Query { orders: OrderPage! }
  type OrderPage { pageInfo: PageInfo! }
  type PageInfo @shareable { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
`;

/** As routers write it. */
const ENTITIES = "query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on Product { id title } } }";

let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway({
    LIKENESS_INDEX: "memory",
    LIKENESS_SUBGRAPH: "true",
    LIKENESS_WRITE_KEYS: WRITE,
    LIKENESS_READ_KEYS: READ,
  });
  const titles = { "1": "Desk lamp", "2": "Floor lamp", "3": "Running shoe" };
  const results = await gateway.app.ingest.ingest(Object.entries(titles).map(([id, title]) => ({ id, title, images: [] })));
  expect(results.map(({ status }) => status)).toEqual(["CREATED", "CREATED", "CREATED"]);
}, 120_000);

afterAll(async () => await gateway?.stop());

type Data = Record<string, unknown>;

const askAsRouter = <T = Data>(query: string, variables: Data = {}, headers: Record<string, string> = {}) =>
  ask<T, Data>(gateway.url, query, variables, { authorization: `Bearer ${READ}`, ...headers });

const entities = (representations: unknown) => askAsRouter<{ _entities: unknown[] }>(ENTITIES, { representations });
const product = (id: unknown) => ({ __typename: "Product", id });
const codes = ({ errors = [] }: Answer<unknown>) => errors.map(({ extensions }) => extensions.code);

describe("the SDL of the subgraph", () => {
  test("composes with the documentation's shop, which has products too, and with pages elsewhere", async () => {
    const { data } = await askAsRouter<{ _service: { sdl: string } }>("{ _service { sdl } }");
    const [, shop = ""] = /```graphql\n([\s\S]*?)```/.exec(await readFile("docs/federation.md", "utf8")) ?? [];
    const composed = composeServices([
      { name: "likeness", typeDefs: parse(data._service.sdl) },
      { name: "shop", typeDefs: parse(shop) },
      { name: "orders", typeDefs: parse(ORDERS) },
    ]);
    expect(composed.errors).toBeUndefined();
    const supergraph = buildSchema(composed.publicSdl ?? "");
    const fieldsOf = (name: string) => {
      const type = supergraph.getType(name);
      return isObjectType(type) ? Object.values(type.getFields()).map((field) => `${field.name}: ${field.type}`) : [];
    };
    expect(fieldsOf("Query").map((field) => field.split(":")[0])).toEqual(
      expect.arrayContaining(["searchProducts", "suggest", "shelf", "orders"]),
    );
    // What the shop has and Likeness lacks is null in these, and takes nothing else with it.
    expect(fieldsOf("Product")).toEqual(
      expect.arrayContaining(["id: ID!", "stock: Int!", "title: String", "images: [ProductImage!]", "similar: ProductConnection"]),
    );
  });

  test("is written by the command too", async () => {
    const folder = await mkdtemp(join(tmpdir(), "likeness-sdl-"));
    const file = join(folder, "likeness.graphql");
    const program = new Command();
    schemaCommand(program);
    await program.parseAsync(["schema", "--subgraph", "--write", file], { from: "user" });
    const { data } = await askAsRouter("{ _service { sdl } }");
    expect(data).toEqual({ _service: { sdl: await readFile(file, "utf8") } });
    await rm(folder, { recursive: true });
  });
});

describe("products that a router asks for", () => {
  test("come in its order, each as often as it was asked for, and null where there is none", async () => {
    const { data, errors } = await entities([product("2"), product("none"), product(1), product("2"), { ...product("3"), stock: 4 }]);
    expect(errors).toBeUndefined();
    const floorLamp = { id: "2", title: "Floor lamp" };
    expect(data._entities).toEqual([floorLamp, null, { id: "1", title: "Desk lamp" }, floorLamp, { id: "3", title: "Running shoe" }]);
  });

  test("may be none or as many as products by id", async () => {
    expect((await entities([])).data._entities).toEqual([]);
    const { data } = await entities(Array.from({ length: 1_000 }, (_, i) => product(String(i))));
    expect(data._entities).toHaveLength(1_000);
    expect(data._entities.filter((each) => each !== null)).toHaveLength(3);
  });

  test("have their similar ones", async () => {
    const query =
      '{ _entities(representations: [{ __typename: "Product", id: "1" }]) { __typename ... on Product { similar(first: 1) { nodes { id } } } } }';
    expect((await askAsRouter(query)).data).toEqual({ _entities: [{ __typename: "Product", similar: { nodes: [{ id: "2" }] } }] });
  });

  test.each([
    ["another type", { __typename: "Order", id: "1" }],
    ["a type of the schema that is no entity", { __typename: "Money", id: "1" }],
    ["no type", { id: "1" }],
    ["no id", { __typename: "Product" }],
    ["an id that is none", product(2.5)],
    ["an id within an object", product({ id: "1" })],
    ["a text", "1"],
    ["a list", [product("1")]],
  ])("are refused as a whole for one of %s", async (_name, wrong) => {
    const { data, errors } = await entities([product("1"), wrong]);
    expect(data).toBeNull();
    expect(errors).toMatchObject([
      {
        message: 'representations[1] names no product; one that does is like { __typename: "Product", id: "1" }.',
        extensions: { code: "BAD_USER_INPUT", field: ["representations", "1"] },
      },
    ]);
  });

  test("keep to the limits of all operations", async () => {
    expect((await entities(Array.from({ length: 1_001 }, () => product("1")))).errors).toMatchObject([
      {
        message: "1001 representations were given; at most 1000 are allowed.",
        extensions: { code: "BAD_USER_INPUT", field: ["representations"] },
      },
    ]);
    const similar = (levels: number): string => (levels === 0 ? "id" : `similar { nodes { ${similar(levels - 1)} } }`);
    const nested = (levels: number) => `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Product { ${similar(levels)} } } }`;
    expect(codes(await askAsRouter(nested(9), { r: [] }))).toEqual(["QUERY_TOO_COMPLEX"]);
    expect(codes(await askAsRouter(nested(2), { r: Array.from({ length: 100 }, () => product("1")) }))).toEqual(["QUERY_TOO_COMPLEX"]);
    expect(codes(await askAsRouter(nested(1), { r: [product("1")] }))).toEqual([]);
  });
});

describe("a router", () => {
  test("needs a key to read, and with it changes nothing", async () => {
    for (const query of ["{ _service { sdl } }", '{ _entities(representations: [{ __typename: "Product", id: "1" }]) { __typename } }']) {
      const refused = await askAsRouter(query, {}, { authorization: "" });
      expect([refused.status, ...codes(refused)]).toEqual([401, "UNAUTHENTICATED"]);
    }
    const change = await askAsRouter('mutation { deleteProducts(ids: ["1"]) { deletedIds } }');
    expect([change.status, ...codes(change)]).toEqual([403, "FORBIDDEN"]);
  });

  test("gets no trace of each field, which would cost more than the answer", async () => {
    const { extensions } = await askAsRouter("{ _service { sdl } }", {}, { "apollo-federation-include-trace": "ftv1" });
    expect(Object.keys(extensions ?? {})).toEqual(["likeness"]);
  });
});
