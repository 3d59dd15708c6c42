import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Cursors, type Position, queryDigest } from "../../src/domain/cursor.js";

const cursors = new Cursors("a secret of sixteen characters");
const QUERY = queryDigest(["red"]);
const POSITION: Position = { kind: "list", score: 0.1 + 0.2, id: "ünï 😀", rank: 7 };

describe("Cursors", () => {
  it("gives back exactly what was written, whatever the id and score", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.double({ noNaN: true, noDefaultInfinity: true }), (id, score) => {
        const position: Position = { kind: "list", score: score + 0, id, rank: 1 };
        expect(cursors.read(cursors.write(QUERY, position), QUERY, "after")).toEqual(position);
      }),
    );
  });

  it("refuses one of another query", () => {
    const cursor = cursors.write(QUERY, POSITION);
    expect(() => cursors.read(cursor, queryDigest(["blue"]), "after")).toThrow(expect.objectContaining({ code: "BAD_CURSOR" }));
  });

  it("refuses one that another secret signed, or that nobody did", () => {
    const foreign = new Cursors("another secret of the same kind").write(QUERY, POSITION);
    for (const cursor of [foreign, "", "bm90IG91cnM", "%%%", "A".repeat(400)]) {
      expect(() => cursors.read(cursor, QUERY, "before")).toThrow(
        expect.objectContaining({ code: "BAD_CURSOR", options: { field: ["before"] } }),
      );
    }
  });

  it("refuses one with any byte changed", () => {
    const bytes = Buffer.from(cursors.write(QUERY, POSITION), "base64url");
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] as number) ^ change;
        expect(() => cursors.read(changed.toString("base64url"), QUERY, "after")).toThrow(expect.objectContaining({ code: "BAD_CURSOR" }));
      }),
    );
  });
});
