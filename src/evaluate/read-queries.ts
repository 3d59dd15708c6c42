import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { z } from "zod";
import { badInput } from "../domain/errors.js";
import { splitLines } from "../ingest/readers/lines.js";
import { checkPlainFile } from "../ingest/readers/open-sources.js";
import { MAX_TEXT_CHARS } from "../search/search-request.js";
import { idsByCategory, type JudgedProduct, type PictureQuery, type TextQuery } from "./evaluation-query.js";

const line = z
  .strictObject({
    text: z.string().trim().min(1).max(MAX_TEXT_CHARS).optional(),
    image: z.string().min(1).optional(),
    relevant: z.array(z.string()).min(1).optional(),
    category: z.string().min(1).optional(),
  })
  .refine(({ text, image }) => (text === undefined) !== (image === undefined), "give either text or image")
  .refine(({ relevant, category }) => (relevant === undefined) !== (category === undefined), "give either relevant or category");

export interface FileQueries {
  readonly texts: readonly TextQuery[];
  readonly pictures: readonly PictureQuery[];
  /** Whether the relevance of any of them is by category. */
  readonly byCategory: boolean;
}

/**
 * Reads queries from NDJSON, one `{"text" | "image", "relevant": [ids] | "category"}` a line; pictures are files, relative
 * to it. Throws BAD_USER_INPUT with the number of the first line that is wrong.
 */
export async function readQueries(file: string, products: readonly JudgedProduct[]): Promise<FileQueries> {
  await checkPlainFile(file);
  const ids = idsByCategory(products);
  const known = new Set(products.map(({ id }) => id));
  const texts: TextQuery[] = [];
  const pictures: PictureQuery[] = [];
  let byCategory = false;
  for await (const read of splitLines(createReadStream(file))) {
    if ("error" in read) throw badInput(`${file}, line ${read.line}: ${read.error.message}`);
    if (read.text.trim() === "") continue;
    const place = `${file}, line ${read.line}`;
    const { text, image, relevant, category } = parse(read.text, place);
    const strange = relevant?.find((id) => !known.has(id));
    if (strange !== undefined) throw badInput(`${place}: the catalogue has no product ${JSON.stringify(strange)}.`);
    if (category !== undefined && !ids.has(category)) {
      throw badInput(`${place}: no product of the catalogue has the category ${JSON.stringify(category)}.`);
    }
    const judged = new Set(relevant ?? ids.get(category as string));
    byCategory ||= category !== undefined;
    if (text !== undefined) texts.push({ name: text, asked: { text }, relevant: judged });
    else {
      const bytes = await readPicture(resolve(dirname(file), image as string), place);
      pictures.push({ name: image as string, asked: { image: bytes }, relevant: judged });
    }
  }
  if (texts.length + pictures.length === 0) throw badInput(`${file} holds no query.`);
  return { texts, pictures, byCategory };
}

function parse(text: string, place: string): z.infer<typeof line> {
  try {
    return line.parse(JSON.parse(text));
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : (cause as Error).message;
    throw badInput(`${place} is no query such as {"text": "red shoes", "category": "Shoes"}: ${why}`);
  }
}

async function readPicture(path: string, place: string): Promise<Uint8Array> {
  return await readFile(path).catch(() => {
    throw badInput(`${place}: the picture ${path} cannot be read.`);
  });
}
