/** A product of the catalogue under evaluation, as relevance is judged by. */
export interface JudgedProduct {
  readonly id: string;
  /** Empty where it has none. */
  readonly title: string;
  readonly categories: readonly string[];
}

/** What is asked: words, a picture, or a product of the catalogue, by its picture and itself left out of the hits. */
export type Asked = { readonly text: string } | { readonly image: Uint8Array } | { readonly similarTo: string };

/** A query whose relevant products are known. */
export interface EvaluationQuery<A extends Asked = Asked> {
  /** As people see it, on the table and on the contact sheet. */
  readonly name: string;
  readonly asked: A;
  /** Ids; for a product that is asked with, it may hold the product itself, which is never counted. */
  readonly relevant: ReadonlySet<string>;
}

export type TextQuery = EvaluationQuery<{ readonly text: string }>;
export type PictureQuery = EvaluationQuery<{ readonly image: Uint8Array } | { readonly similarTo: string }>;

/** The text of a category in a query: `{}` stands for its name. */
export const NAME_ALONE = "{}";

/** By a function, for in a name as it is, `$$` or `$&` would stand for something else. */
export function askFor(category: string, template: string): string {
  return template.replaceAll(NAME_ALONE, () => category);
}

/** One query for each category and template: the products of the category are relevant. */
export function categoryQueries(products: readonly JudgedProduct[], templates: readonly string[]): TextQuery[] {
  return [...idsByCategory(products)].flatMap(([category, relevant]) =>
    templates.map((template) => {
      const text = askFor(category, template);
      return { name: text, asked: { text }, relevant };
    }),
  );
}

/** One query for each distinct title: the product itself is relevant, and others of the same title. */
export function titleQueries(products: readonly JudgedProduct[]): TextQuery[] {
  const ids = new Map<string, Set<string>>();
  for (const { id, title } of products) if (title) add(ids, title, id);
  return [...ids].map(([title, relevant]) => ({ name: title, asked: { text: title }, relevant }));
}

/** One query for each product that has a category: the products that share one with it are relevant. */
export function productQueries(products: readonly JudgedProduct[]): EvaluationQuery<{ readonly similarTo: string }>[] {
  const ids = idsByCategory(products);
  const unions = new Map<string, ReadonlySet<string>>();
  return products.flatMap(({ id, title, categories }) => {
    if (categories.length === 0) return [];
    const key = JSON.stringify(categories);
    const relevant = unions.get(key) ?? new Set(categories.flatMap((category) => [...(ids.get(category) ?? [])]));
    unions.set(key, relevant);
    return [{ name: title || categories.join(", "), asked: { similarTo: id }, relevant }];
  });
}

/** The ids of the products of each category, as these are written: `A` does not stand for `A/B`. */
export function idsByCategory(products: readonly JudgedProduct[]): Map<string, Set<string>> {
  const ids = new Map<string, Set<string>>();
  for (const { id, categories } of products) for (const category of categories) add(ids, category, id);
  return ids;
}

function add(sets: Map<string, Set<string>>, key: string, value: string): void {
  const set = sets.get(key);
  if (set) set.add(value);
  else sets.set(key, new Set([value]));
}
