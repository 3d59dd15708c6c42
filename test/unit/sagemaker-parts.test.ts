import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normalize } from "../../src/domain/embedding.js";
import { splitBatches } from "../../src/domain/split-batches.js";
import { toRow } from "../../src/encoders/sagemaker/contract/answer-rows.js";
import { readModelCard, writeModelCard } from "../../src/encoders/sagemaker/contract/model-card.js";
import { packPictures, unpackPictures } from "../../src/encoders/sagemaker/contract/picture-batch.js";
import { parseAnswer, readAnswer } from "../../src/encoders/sagemaker/read-answer.js";
import { inputBytes, textBody, toInput } from "../../src/encoders/sagemaker/text-input.js";

const float = fc.float({ noNaN: true, noDefaultInfinity: true, min: -1, max: 1 });

describe("splitBatches", () => {
  it("keeps all items in order, within the limits, in no more batches than filling in turn needs", () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 60 }));
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 100 }), (items, maxItems, maxBytes) => {
        const batches = splitBatches(items, (size) => size, { maxItems, maxBytes });
        expect(batches.flat()).toEqual(items);
        const bytesOf = (batch: readonly number[]) => batch.reduce((sum, size) => sum + size, 0);
        for (const [i, batch] of batches.entries()) {
          expect(batch.length).toBeGreaterThan(0);
          expect(batch.length).toBeLessThanOrEqual(maxItems);
          if (batch.length > 1) expect(bytesOf(batch)).toBeLessThanOrEqual(maxBytes);
          const next = batches[i + 1]?.[0];
          if (next !== undefined) expect(batch.length === maxItems || bytesOf(batch) + next > maxBytes).toBe(true);
        }
      }),
    );
  });
});

describe("the body for texts", () => {
  it("is as long as its parts say, whatever the texts hold", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" })), (texts) => {
        const inputs = texts.map((text) => toInput("this is a {text}", text));
        const bytes = inputs.reduce((sum, input) => sum + inputBytes(input), 0);
        expect(textBody(inputs).byteLength).toBeLessThanOrEqual(bytes + 20);
        expect(JSON.parse(Buffer.from(textBody(inputs)).toString())).toEqual({ inputs });
      }),
    );
  });

  it("puts the text in every slot as it is, and cuts what no model reads, never within a character", () => {
    expect(toInput("{text}, or {text}", "$& {text}")).toBe("$& {text}, or $& {text}");
    const cut = toInput("{text}", `a${"👟".repeat(40_000)}`);
    expect(cut.length).toBeLessThan(40_000);
    // Throws for half a surrogate pair.
    expect(encodeURIComponent(cut)).toMatch(/%91%9F$/);
    expect(toInput("a {text}", "\ud83d shoe \udc5f")).toBe("a \ufffd shoe \ufffd");
  });
});

describe("the body for many pictures", () => {
  it("gives back what was packed", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), (pictures) => {
        const read = unpackPictures(packPictures(pictures)) as Uint8Array[];
        expect(read.map((each) => [...each])).toEqual(pictures.map((each) => [...each]));
      }),
    );
  });

  it("reads any bytes without reading past them", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (body) => {
        const pictures = unpackPictures(body);
        if (pictures) expect([...packPictures(pictures)]).toEqual([...body]);
      }),
    );
  });
});

describe("a body that says it holds millions of pictures", () => {
  it("is read no further than tells that they are too many", () => {
    expect(unpackPictures(new Uint8Array(1_000_000), 64)).toHaveLength(65);
    expect(unpackPictures(packPictures(new Array(64).fill(new Uint8Array(9))), 64)).toHaveLength(64);
  });
});

describe("the model's card", () => {
  it("is read as written, in ASCII, and nothing else is taken for one", () => {
    const cards = fc.record({ modelId: fc.string({ unit: "grapheme", maxLength: 60 }), dimension: fc.nat(), picturesPerCall: fc.nat() });
    fc.assert(
      fc.property(cards, fc.string(), (card, other) => {
        expect(writeModelCard(card)).toMatch(/^[\x20-\x7e]+$/);
        expect(readModelCard(writeModelCard(card))).toEqual(card);
        expect(readModelCard(other)).toBeNull();
        expect(readModelCard(`likeness ${other}`)).toBeNull();
      }),
    );
    expect(readModelCard(undefined)).toBeNull();
  });
});

describe("an answer", () => {
  it("brings every 32-bit embedding over exactly", () => {
    fc.assert(
      fc.property(fc.array(float, { minLength: 1, maxLength: 20 }), (numbers) => {
        const row = Float32Array.from(numbers);
        expect(Float32Array.from(JSON.parse(JSON.stringify(toRow(row))))).toEqual(row.map((value) => value + 0));
      }),
    );
  });

  it("is read row by row: a bad row never costs another", () => {
    const rows = fc.array(fc.oneof(fc.constant(null), fc.constant([0, 0]), fc.constant([1]), fc.constant("x"), fc.tuple(float, float)));
    fc.assert(
      fc.property(rows, (given) => {
        const outcomes = readAnswer(parseAnswer(JSON.stringify(given)), given.length, 2);
        outcomes.forEach((outcome, i) => {
          const row = given[i];
          const isVector = Array.isArray(row) && row.length === 2 && row.some((value) => value !== 0);
          // JSON has no -0.
          if (isVector) expect(outcome).toEqual(normalize((row as number[]).map((value) => value + 0)));
          else expect(outcome).toMatchObject({ code: "ENCODER_UNAVAILABLE" });
        });
      }),
    );
  });

  it.each([['{"a":1}'], ["3"], ["null"], ["[[1,2]]"], ["[]"]])("%s for two inputs is refused", (body) => {
    expect(() => readAnswer(parseAnswer(body), 2, 2)).toThrow(expect.objectContaining({ kind: "malformed" }));
  });
});
