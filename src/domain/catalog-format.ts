import { badInput } from "./errors.js";

/** The formats a catalogue can have; AUTO finds out which (docs/importing.md says what goes where in each). */
export const CATALOG_FORMATS = [
  "AUTO",
  "NDJSON",
  "CSV",
  "ABO",
  "GOOGLE_PRODUCT_FEED",
  "SHOPIFY",
  "MAGENTO",
  "SAGEMAKER_BATCH_TRANSFORM",
] as const;

export type CatalogFormat = (typeof CATALOG_FORMATS)[number];

/** A format as people write it: `google-product-feed` is GOOGLE_PRODUCT_FEED. Throws BAD_USER_INPUT for any other word. */
export function parseFormat(text: string): CatalogFormat {
  const wanted = text.trim().toUpperCase().replaceAll("-", "_");
  const format = CATALOG_FORMATS.find((each) => each === wanted);
  if (format === undefined) throw badInput(`There is no catalogue format "${text}". There are ${CATALOG_FORMATS.join(", ")}.`);
  return format;
}
