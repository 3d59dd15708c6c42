import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readNumbers } from "../../src/ingest/readers/json-numbers.js";
import { packedFields } from "../../src/ingest/readers/packed-fields.js";

/** JSON numbers as files have them: doubles, floats written as doubles, more digits than a double has, exponents. */
const written = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc.double({ min: -1, max: 1, noNaN: true }).map((value) => JSON.stringify(value)),
  fc.float({ min: -1, max: 1, noNaN: true }).map((value) => JSON.stringify(value)),
  fc.integer().map(String),
  fc.stringMatching(/^-?(0|[1-9]\d{0,11})\.\d{1,24}$/),
  fc.stringMatching(/^-?(0|[1-9]\d{0,20})(\.\d{1,20})?([eE][+-]?\d{1,2})?$/),
);
const space = fc.constantFrom("", " ", "\t", "\r", "  ");

function read(text: string) {
  return readNumbers(Buffer.from(text), 0);
}

describe("readNumbers", () => {
  it("gives the doubles of JSON.parse to the last bit, however they are written", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(space, written, space), { minLength: 1, maxLength: 40 }), (parts) => {
        const text = `[${parts.map((part) => part.join("")).join(",")}]`;
        const found = read(text);
        expect(found?.end).toBe(text.length);
        expect(Array.from(found?.numbers ?? [])).toStrictEqual(JSON.parse(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it("rounds right beside the middle of two doubles", () => {
    const above = fc.tuple(
      fc.integer({ min: 2 ** 52, max: 2 ** 53 - 1 }),
      fc.integer({ min: 0, max: 20 }),
      fc.integer({ min: -2, max: 2 }),
    );
    fc.assert(
      fc.property(above, ([half, decimals, beside]) => {
        // 18 digits at most; odd numbers above 2⁵³ lie in the middle of two doubles.
        const digits = (2n * BigInt(half) + 1n + BigInt(beside)).toString().padStart(decimals + 1, "0");
        const text = `[${digits.slice(0, digits.length - decimals)}.${digits.slice(digits.length - decimals)}0]`;
        expect(read(text)?.numbers[0]).toBe(JSON.parse(text)[0]);
      }),
      { numRuns: 2_000 },
    );
  });

  it("reads a mebibyte, and leaves longer lists to JSON.parse", () => {
    const some = Array.from({ length: 50_000 }, (_, i) => i / 7);
    expect(Array.from(read(JSON.stringify(some))?.numbers ?? [])).toStrictEqual(some);
    expect(read(JSON.stringify(Array.from({ length: 70_000 }, (_, i) => i / 7)))).toBeNull();
    expect(read(`[${"1,".repeat(2 ** 19 - 1)}1]`)?.numbers).toHaveLength(2 ** 19);
  });

  it("knows nothing of the list before", () => {
    read(JSON.stringify(Array.from({ length: 100 }, () => 0.5)));
    expect(read("[0.25")).toBeNull();
    expect(read("[0.25]")?.numbers).toEqual(Float64Array.of(0.25));
  });

  it("refuses what JSON.parse refuses, and lists of anything but finite numbers", () => {
    const broken = ["[]", "[1", "[1,", "[1,]", "[,1]", "[01]", "[-]", "[+1]", "[.5]", "[1.]", "[1.e5]", "[1e]", "[0x1]", "[1 2]", "[--1]"];
    const others = ["{}", "1", '["1"]', "[null]", "[[1]]", "[1,[2]]", "[NaN]", "[1e999]", "[-1e999]", "[true]", ""];
    expect([...broken, ...others].filter((text) => read(text) !== null)).toEqual([]);
  });

  it("accepts nothing that JSON.parse would not, after any one change", () => {
    const change = fc.tuple(fc.nat(), fc.constantFrom("", ..."0123456789.-+eE,[] x\0\v\f\u00a0"));
    fc.assert(
      fc.property(fc.array(written, { minLength: 1, maxLength: 5 }), change, (numbers, [position, character]) => {
        const text = `[${numbers.join(",")}]`;
        const at = position % text.length;
        const changed = text.slice(0, at) + character + text.slice(at + 1);
        const found = read(changed);
        if (found) expect(Array.from(found.numbers)).toStrictEqual(JSON.parse(changed.slice(0, found.end)));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("packedFields", () => {
  const fieldsOf = (line: string) => packedFields(Buffer.from(line), "embedding");

  it("gives all fields of the line, its embedding as numbers", () => {
    const line = '{"id": "é\\n1", "embedding" : [0.25, -1e-3], "price": {"amount": 1}, "tags": ["a"]}';
    const { embedding, ...rest } = JSON.parse(line);
    expect(Object.fromEntries(fieldsOf(line) ?? [])).toStrictEqual({ ...rest, embedding: Float64Array.from(embedding) });
  });

  it("leaves every other line to JSON.parse", () => {
    const lines = [
      '{"id": "1"}',
      '{"id": "1", "embedding": null}',
      '{"id": "1", "embedding": "[1]"}',
      '{"id": "1", "extra": {"embedding": [1]}}',
      '{"id": "1", "extra": {"embedding": [1]}, "embedding": [2]}',
      '{"id": "1", "embedding": [1], "embedding": [2]}',
      '{"id": "1", "an \\"embedding": [1]}',
      '{"id": "1", "title": "embedding", "price": [1]}',
      '[{"embedding": [1]}]',
      '{"id": "1", "embedding": [1]',
      '{"id": "1", "embedding": [1]} x',
      '"embedding": [1]',
      "",
    ];
    expect(lines.filter((line) => fieldsOf(line) !== null)).toEqual([]);
  });

  it("leaves a line that is not UTF-8 to who reports it", () => {
    const line = Buffer.concat([Buffer.from('{"embedding": [1], "title": "'), Buffer.of(0xff), Buffer.from('"}')]);
    expect(packedFields(line, "embedding")).toBeNull();
  });
});
