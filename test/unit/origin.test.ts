import type { FastifyRequest } from "fastify";
import { expect, test } from "vitest";
import { originOf } from "../../src/http/host.js";

test.each([
  ["shop.example", "http://shop.example"],
  ["Shop.example:8080", "http://Shop.example:8080"],
  ["shop.example:80", "http://shop.example:80"],
  ["[::1]:4000", "http://[::1]:4000"],
  ["", null],
  ["shop.example/a", null],
  ["a@shop.example", null],
  ["a b", null],
])("a request with the Host header %j came to %s", (host, origin) => {
  expect(originOf({ protocol: "http", host } as FastifyRequest)).toBe(origin);
});
