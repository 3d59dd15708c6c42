import fc from "fast-check";
import { expect, test } from "vitest";
import { AccessKeys, checkAccess } from "../../src/domain/access.js";

const WRITE = "write-key-0123456789";
const READ = "read-key-0123456789==";

test.each([
  ["none", [], [], undefined, { key: "none", mayRead: true, mayWrite: true }],
  ["none, a proxy's own password", [], [], "Basic c2hvcDpzaG9w", { key: "none", mayRead: true, mayWrite: true }],
  ["to write, none sent", [], [WRITE], undefined, { key: "none", mayRead: true, mayWrite: false }],
  ["to write, an empty one sent", [], [WRITE], "Bearer ", { key: "none", mayRead: true, mayWrite: false }],
  ["to write, another scheme sent", [], [WRITE], `Basic ${WRITE}`, { key: "none", mayRead: true, mayWrite: false }],
  ["to write, sent", [], ["another-key-0123456789", WRITE], `Bearer ${WRITE}`, { key: "write", mayRead: true, mayWrite: true }],
  ["to write, sent in small letters", [], [WRITE], `bearer  ${WRITE} `, { key: "write", mayRead: true, mayWrite: true }],
  ["to write, another sent", [], [WRITE], `Bearer ${WRITE}0`, { key: "wrong", mayRead: false, mayWrite: false }],
  ["both, none sent", [READ], [WRITE], undefined, { key: "none", mayRead: false, mayWrite: false }],
  ["both, that to read sent", [READ], [WRITE], `Bearer ${READ}`, { key: "read", mayRead: true, mayWrite: false }],
  ["both, that to write sent", [READ], [WRITE], `Bearer ${WRITE}`, { key: "write", mayRead: true, mayWrite: true }],
])("keys: %s", (_what, read, write, authorization, access) => {
  expect(new AccessKeys({ read, write }).accessOf(authorization)).toEqual(access);
});

test("no other key than the given ones opens anything", () => {
  const keys = new AccessKeys({ read: [READ], write: [WRITE] });
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.stringMatching(/^[A-Za-z0-9._~+/-]{16,40}=*$/),
        fc.constantFrom(WRITE.slice(1), WRITE.toUpperCase(), `${WRITE},${READ}`),
      ),
      (key) => {
        fc.pre(![READ, WRITE].includes(key.trim()));
        const { mayRead, mayWrite } = keys.accessOf(`Bearer ${key}`);
        expect([mayRead, mayWrite]).toEqual([false, false]);
      },
    ),
  );
});

test("a refusal says whether a key is missing, wrong, or of the wrong kind", () => {
  const keys = new AccessKeys({ read: [READ], write: [WRITE] });
  const wrong = (authorization: string | undefined, wanted: "read" | "write") => () => checkAccess(keys.accessOf(authorization), wanted);
  expect(wrong(undefined, "read")).toThrow(
    expect.objectContaining({ code: "UNAUTHENTICATED", message: expect.stringContaining("needed to read") }),
  );
  expect(wrong(undefined, "write")).toThrow(expect.objectContaining({ code: "UNAUTHENTICATED" }));
  expect(wrong("Bearer no-key-of-this-gateway", "read")).toThrow(
    expect.objectContaining({ message: expect.stringContaining("none of this gateway's") }),
  );
  expect(wrong(`Bearer ${READ}`, "write")).toThrow(expect.objectContaining({ code: "FORBIDDEN" }));
  expect(wrong(`Bearer ${READ}`, "read")).not.toThrow();
  expect(wrong(`Bearer ${WRITE}`, "write")).not.toThrow();
});
