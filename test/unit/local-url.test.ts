import { expect, it } from "vitest";
import { localUrl } from "../../src/local-url.js";

it.each([
  ["127.0.0.1", "http://127.0.0.1:4000"],
  ["0.0.0.0", "http://127.0.0.1:4000"],
  ["::", "http://[::1]:4000"],
  ["fd00::7", "http://[fd00::7]:4000"],
  ["search.shop.example", "http://search.shop.example:4000"],
])("a server that listens on %s is reached at %s", (host, url) => {
  expect(localUrl(host, 4000)).toBe(url);
  expect(URL.canParse(url)).toBe(true);
});
