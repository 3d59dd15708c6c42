import { createHash } from "node:crypto";

/** At most `count` of the elements, the same ones in every run and whatever else the catalogue has: those of least hash. */
export function sample<T>(elements: readonly T[], count: number, keyOf: (element: T) => string): T[] {
  if (elements.length <= count) return [...elements];
  return elements
    .map((element) => ({ element, hash: hashOf(keyOf(element)) }))
    .sort((a, b) => (a.hash < b.hash ? -1 : 1))
    .slice(0, count)
    .map(({ element }) => element);
}

/** Two halves by a hash of the key, so that a product is always in the same half. */
export function halves<T>(elements: readonly T[], keyOf: (element: T) => string): [T[], T[]] {
  const isFirst = (element: T): boolean => Number.parseInt(hashOf(keyOf(element)).slice(-1), 16) % 2 === 0;
  return [elements.filter(isFirst), elements.filter((element) => !isFirst(element))];
}

function hashOf(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}
