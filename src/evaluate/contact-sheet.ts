import sharp, { type OverlayOptions } from "sharp";
import type { QueryOutcome } from "./task.js";

/** Pixels. */
const CELL = 144;
const BORDER = 4;
const GAP = 8;
const NAME_WIDTH = 220;
/** How many hits a row shows. */
const SHEET_HITS = 8;

/** The bytes of a product's first picture; null where it has none that can be read. */
export type PictureOf = (id: string) => Promise<Uint8Array | null>;

/**
 * A PNG with a row for each query: the query, then its first hits, framed green where they are relevant and red where not,
 * with their relevance below when the model has one. A picture that is missing or cannot be read stays grey.
 */
export async function drawContactSheet(rows: readonly QueryOutcome[], pictureOf: PictureOf): Promise<Buffer> {
  const width = NAME_WIDTH + (SHEET_HITS + 1) * (CELL + GAP) + GAP;
  const height = Math.max(1, rows.length) * (CELL + GAP) + GAP;
  const overlays: OverlayOptions[] = [];
  for (const [row, { name, asked, hits }] of rows.entries()) {
    const top = GAP + row * (CELL + GAP);
    overlays.push({ input: label(`${row + 1}. ${name}`, NAME_WIDTH - GAP, CELL), left: GAP, top });
    if (!("text" in asked)) {
      const bytes = "image" in asked ? asked.image : await pictureOf(asked.similarTo);
      overlays.push({ input: await cell(bytes, "#555", null), left: NAME_WIDTH, top });
    }
    for (const [i, { id, isRelevant, relevance }] of hits.slice(0, SHEET_HITS).entries()) {
      const input = await cell(await pictureOf(id), isRelevant ? "#1a7f37" : "#cf222e", relevance);
      overlays.push({ input, left: NAME_WIDTH + (i + 1) * (CELL + GAP), top });
    }
  }
  const sheet = sharp({ create: { width, height, channels: 3, background: "white" } });
  return await sheet.composite(overlays).png().toBuffer();
}

async function cell(bytes: Uint8Array | null, colour: string, relevance: number | null): Promise<Buffer> {
  const size = CELL - 2 * BORDER;
  const inside = bytes && (await thumbnail(bytes, size));
  const blank = sharp({ create: { width: CELL, height: CELL, channels: 3, background: colour } });
  const grey = { create: { width: size, height: size, channels: 3 as const, background: "#ddd" } };
  const overlays: OverlayOptions[] = [{ input: inside ?? grey, left: BORDER, top: BORDER }];
  if (relevance !== null) overlays.push({ input: tag(relevance.toFixed(2), colour), left: BORDER, top: CELL - BORDER - TAG_HEIGHT });
  return await blank.composite(overlays).png().toBuffer();
}

async function thumbnail(bytes: Uint8Array, size: number): Promise<Buffer | null> {
  try {
    const fitted = sharp(bytes).autoOrient().flatten({ background: "white" }).resize(size, size, { fit: "contain", background: "white" });
    return await fitted.png().toBuffer();
  } catch {
    return null;
  }
}

const TAG_HEIGHT = 18;

function tag(text: string, colour: string): Buffer {
  return svg(40, TAG_HEIGHT, `<rect width="40" height="${TAG_HEIGHT}" fill="${colour}"/>${line(text, 5, 13, "white")}`);
}

const LINE_CHARS = 26;
const LINES = 6;

function label(text: string, width: number, height: number): Buffer {
  const words = text.split(/\s+/).flatMap((word) => word.match(new RegExp(`.{1,${LINE_CHARS}}`, "gsu")) ?? []);
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < LINE_CHARS) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return svg(
    width,
    height,
    lines
      .slice(0, LINES)
      .map((each, i) => line(each, 0, 20 + i * 20, "#111"))
      .join(""),
  );
}

function line(text: string, x: number, y: number, colour: string): string {
  return `<text x="${x}" y="${y}" font-family="sans-serif" font-size="14" fill="${colour}">${escapeXml(text)}</text>`;
}

function svg(width: number, height: number, inside: string): Buffer {
  return Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${inside}</svg>`);
}

/** Names come from strangers' catalogues; control characters, U+FFFE and U+FFFF are not allowed in XML at all. */
function escapeXml(text: string): string {
  const named: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return text.replace(/[\p{Cc}\ufffe\uffff]/gu, " ").replace(/[&<>"]/g, (character) => named[character] as string);
}
