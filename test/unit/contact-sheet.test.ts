import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { drawContactSheet } from "../../src/evaluate/contact-sheet.js";
import type { QueryOutcome } from "../../src/evaluate/task.js";

const outcome = (name: string, hits: QueryOutcome["hits"] = []): QueryOutcome => ({
  name,
  asked: { text: name },
  relevantCount: 1,
  ranking: { found: hits.map(({ isRelevant }) => isRelevant), relevantCount: 1 },
  hits,
});

describe("drawContactSheet", () => {
  it.each(["", "a\uffffb", "a\ufffeb", "a\u0000b", "cut \ud83d", "<&>\"'", "👟".repeat(40), "שלום עולם"])(
    "draws a query called %j",
    async (name) => {
      const sheet = await drawContactSheet([outcome(name)], async () => null);
      expect(await sharp(sheet).metadata()).toMatchObject({ format: "png", height: 152 + 8 });
    },
  );

  it.each<[string, Uint8Array | null]>([
    ["is missing", null],
    ["is empty", new Uint8Array()],
    ["cannot be read", Buffer.from("no picture")],
  ])("leaves a picture grey that %s", async (_, bytes) => {
    const sheet = await drawContactSheet([outcome("a lamp", [{ id: "lamp", relevance: 0.5, isRelevant: true }])], async () => bytes);
    const middle = { left: 220 + 152 + 72, top: 8 + 72, width: 1, height: 1 };
    expect([...(await sharp(sheet).extract(middle).removeAlpha().raw().toBuffer())]).toEqual([0xdd, 0xdd, 0xdd]);
  });
});
