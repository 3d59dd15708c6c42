import { readFile } from "node:fs/promises";
import { z } from "zod";
import { BOOST_WEIGHT } from "./domain/arrange.js";
import { checkFilter } from "./domain/check-filter.js";
import { badInput } from "./domain/errors.js";
import type { ProductFilter } from "./domain/search.js";
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
    // A string first: as a date, null and true are moments of 1970.
    updatedAfter: z.string().pipe(z.coerce.date()).optional(),
  }),
);

const rules = z.strictObject({
  boosts: z.array(z.strictObject({ filter, weight })).max(20).default([]),
  fresh: z
    .strictObject({ days: z.number().positive().max(MAX_DAYS), weight })
    .nullable()
    .default(null),
  pins: z.array(z.strictObject({ query: z.string().min(1), ids: texts.min(1).max(100) })).default([]),
});

/** Reads the shop's rules of order from a JSON file. Throws BAD_USER_INPUT that lists every mistake in it. */
export async function readMerchandising(path: string): Promise<Merchandising> {
  const text = await readFile(path, "utf8").catch((error: Error) => {
    throw badInput(`LIKENESS_MERCHANDISING=${path} cannot be read: ${error.message}`);
  });
  const parsed = rules.safeParse(fromJson(text, path));
  if (!parsed.success) {
    const mistakes = parsed.error.issues.map((issue) => `  ${issue.path.join(".")}: ${issue.message}`);
    throw badInput(`The rules in ${path} have mistakes:\n${mistakes.join("\n")}`);
  }
  parsed.data.boosts.forEach((boost, i) => checkFilter(boost.filter, ["boosts", String(i), "filter"]));
  return parsed.data;
}

function fromJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badInput(`The rules in ${path} are no JSON: ${(error as Error).message}`);
  }
}
