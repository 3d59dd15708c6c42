import { readFile } from "node:fs/promises";
import { z } from "zod";
import { BOOST_WEIGHT, type Boost } from "./domain/arrange.js";
import { checkFilter } from "./domain/check-filter.js";
import { asError, badInput } from "./domain/errors.js";
import type { ProductFilter } from "./domain/search.js";
import { decodeUtf8 } from "./ingest/readers/lines.js";
import type { Merchandising } from "./search/merchandising.js";

const texts = z.array(z.string());
const weight = z.number().min(BOOST_WEIGHT.min).max(BOOST_WEIGHT.max);
/** Ten times as many would lie before the first moment that a Date holds, and nothing would be fresh. */
const MAX_DAYS = 1e7;

/** `ProductFilter` of the API, as JSON; a mistyped member is a mistake and not ignored. */
const filter: z.ZodType<ProductFilter> = z.lazy(() =>
  z.strictObject({
    and: z.array(filter).optional(),
    or: z.array(filter).optional(),
    not: filter.optional(),
    ids: texts.optional(),
    categories: texts.optional(),
    brands: texts.optional(),
    inStock: z.boolean().optional(),
    price: z.strictObject({ min: z.number().optional(), max: z.number().optional(), currency: z.string().optional() }).optional(),
    attributes: z.array(z.strictObject({ name: z.string(), in: texts })).optional(),
    // As the API takes it: other texts JavaScript reads as moments of its own choice, "2026-02-30" as one of March.
    updatedAfter: z.iso
      .datetime({ offset: true, error: "give a moment such as 2026-01-31T00:00:00Z" })
      .transform((text) => new Date(text))
      .optional(),
  }),
);

const rules = z.strictObject({
  boosts: z.array(z.strictObject({ filter, weight })).max(20).default([]),
  fresh: z
    .strictObject({ days: z.number().positive().max(MAX_DAYS), weight })
    .nullable()
    .default(null),
  pins: z.array(z.strictObject({ query: z.string().trim().min(1), ids: texts.min(1).max(100) })).default([]),
});

/** Reads the shop's rules of order from a JSON file in UTF-8. Throws BAD_USER_INPUT that names the file and every mistake in it. */
export async function readMerchandising(path: string): Promise<Merchandising> {
  const bytes = await readFile(path).catch((error: Error) => {
    throw badInput(`LIKENESS_MERCHANDISING=${path} cannot be read: ${error.message}`);
  });
  const parsed = rules.safeParse(fromJson(bytes, path));
  const mistakes = parsed.success
    ? parsed.data.boosts.flatMap(mistakesIn)
    : parsed.error.issues.map((issue) => `${issue.path.join(".") || "the whole"}: ${issue.message}`);
  if (!parsed.success || mistakes.length > 0) throw badInput(`The rules in ${path} have mistakes:\n  ${mistakes.join("\n  ")}`);
  return parsed.data;
}

function mistakesIn({ filter }: Boost, i: number): string[] {
  try {
    checkFilter(filter, ["boosts", String(i), "filter"]);
    return [];
  } catch (error) {
    return [`boosts.${i}: ${asError(error).message}`];
  }
}

function fromJson(bytes: Uint8Array, path: string): unknown {
  try {
    return JSON.parse(decodeUtf8(bytes));
  } catch (error) {
    throw badInput(`The rules in ${path} are no JSON in UTF-8: ${asError(error).message}`);
  }
}
