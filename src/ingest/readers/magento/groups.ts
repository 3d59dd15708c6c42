import type { TableRow } from "../table.js";
import { isColour, lookId, lookTitle, slug } from "../variants.js";
import { rootOf } from "./categories.js";
import { splitPairs } from "./pairs.js";

/** The variants of a configurable product that have one colour. */
export interface MagentoLook {
  readonly id: string;
  readonly groupId: string;
  readonly title: string | null;
  readonly inStock: boolean;
  /** The options by which its variants differ, with all their values: `size` → S, M, L. */
  readonly options: ReadonlyMap<string, ReadonlySet<string>>;
  /** What the configurable product says itself, by the columns of `SAID_ONCE`: a shop need not say it of each variant again. */
  readonly said: ReadonlyMap<string, string>;
}

export interface MagentoGroups {
  /** The root categories of the shop. */
  readonly roots: ReadonlySet<string>;
  /** None for a product that is nobody's variant; several for one that is a variant of several products. */
  looksOf(sku: string): readonly MagentoLook[];
  /** True for a configurable product with variants in this file: they stand for it. */
  isParent(sku: string): boolean;
  /** True for a variant of a configurable product that is not sold: it is a product only where it is visible individually. */
  isOfUnsold(sku: string): boolean;
}

/** Columns of which a variant may have none, its configurable product having them. A description would be too much to keep of each. */
const SAID_ONCE = ["categories", "base_image", "additional_images"];

interface Parent extends Pick<MagentoLook, "said"> {
  readonly sku: string;
  readonly isSold: boolean;
  readonly title: string | null;
  readonly variations: string;
}

/**
 * Learns who is whose variant, and where categories begin. Keeps what that needs alone: article numbers, roots, and of configurable
 * products title, variations and what their variants may lack.
 */
export async function readMagentoGroups(rows: AsyncIterable<TableRow>): Promise<MagentoGroups> {
  const parents: Parent[] = [];
  /** Article number → in stock. */
  const sold = new Map<string, boolean>();
  const roots = new Set<string>();
  for await (const record of rows) {
    if ("error" in record) continue;
    const sku = record.row.get("sku") ?? "";
    roots.add(rootOf(record.row.get("categories") ?? ""));
    const variations = record.row.get("configurable_variations");
    if (variations) {
      const said = new Map(SAID_ONCE.map((name) => [name, record.row.get(name) ?? ""]));
      parents.push({ sku, isSold: isSold(record.row), title: record.row.get("name") || null, variations, said });
    } else if (isSold(record.row)) sold.set(sku, isInStock(record.row));
  }
  const looks = new Map<string, MagentoLook[]>();
  const withVariants = new Set<string>();
  const ofUnsold = new Set<string>();
  for (const parent of parents) {
    const variants = variantsOf(parent.variations).filter(({ sku }) => sold.has(sku));
    if (!parent.isSold) {
      for (const { sku } of variants) ofUnsold.add(sku);
      continue;
    }
    if (variants.length > 0) withVariants.add(parent.sku);
    for (const [skus, look] of looksOf(parent, variants, sold)) {
      for (const sku of skus) {
        const known = looks.get(sku);
        if (known) known.push(look);
        else looks.set(sku, [look]);
      }
    }
  }
  return {
    roots,
    looksOf: (sku) => looks.get(sku) ?? [],
    isParent: (sku) => withVariants.has(sku),
    isOfUnsold: (sku) => ofUnsold.has(sku),
  };
}

/** 1 is enabled, 2 disabled. */
export function isSold(row: ReadonlyMap<string, string>): boolean {
  return row.get("product_online") !== "2";
}

/** As one that is no variant is read; a file that says nothing of it lists what is sold. */
function isInStock(row: ReadonlyMap<string, string>): boolean {
  return !(Number(row.get("is_in_stock") || row.get("qty") || 1) <= 0);
}

interface Variant {
  readonly sku: string;
  readonly options: ReadonlyMap<string, string>;
}

/** `sku=A-S,size=S,color=Red|sku=A-M,size=M,color=Red`; what is said beside the options is none of them. */
function variantsOf(text: string): Variant[] {
  return text.split(/\|(?=sku=)/).flatMap((each) => {
    const { sku, display, price, image, ...options } = Object.fromEntries(splitPairs(each));
    return sku ? [{ sku, options: new Map(Object.entries(options)) }] : [];
  });
}

function looksOf(parent: Parent, variants: readonly Variant[], sold: ReadonlyMap<string, boolean>): [string[], MagentoLook][] {
  const byColour = new Map<string, { colour: string | null; variants: Variant[] }>();
  for (const variant of variants) {
    const colour = [...variant.options].find(([name]) => isColour(name))?.[1] ?? null;
    const key = colour === null ? "" : slug(colour);
    const group = byColour.get(key) ?? { colour, variants: [] };
    group.variants.push(variant);
    byColour.set(key, group);
  }
  return [...byColour.values()].map(({ colour, variants: same }) => {
    const options = new Map<string, Set<string>>();
    for (const [name, value] of same.flatMap((each) => [...each.options])) options.set(name, (options.get(name) ?? new Set()).add(value));
    const look: MagentoLook = {
      id: lookId(parent.sku, colour, byColour.size),
      groupId: parent.sku,
      title: parent.title && lookTitle(parent.title, colour, byColour.size),
      inStock: same.some(({ sku }) => sold.get(sku)),
      options,
      said: parent.said,
    };
    return [same.map(({ sku }) => sku), look];
  });
}
