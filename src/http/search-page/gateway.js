// What the search page asks of the gateway, and how. It knows no page, so that it runs in Node as well.

/**
 * @typedef {object} Wanted What the page searches for; nothing at all lists the catalogue.
 * @property {string} text
 * @property {File | null} picture
 * @property {{ id: string, title: string, weight: number }[]} products A negative weight means: less like this.
 * @property {number} balance How much a picture counts beside words, 0 to 1.
 * @property {string[]} brands
 * @property {string[]} categories
 */

/** Weights of products that a hit is to be more like, or less like. */
export const MORE = 1;
export const LESS = -0.5;

/** @typedef {{ url: string, width: number | null }} Image The width is known of those that the gateway keeps. */

/**
 * @typedef {object} Hit
 * @property {number | null} relevance In [0, 1].
 * @property {{ id: string, title: string, brand: string | null, url: string | null, images: Image[],
 *   price: { amount: number, currency: string } | null }} node
 */

/** @typedef {{ field: string, buckets: { value: string, count: number }[] }} Facet */

/**
 * @typedef {object} Page
 * @property {Hit[]} edges
 * @property {{ endCursor: string | null, hasNextPage: boolean }} pageInfo
 * @property {number} totalCount
 * @property {"EXACT" | "LOWER_BOUND" | "CANDIDATES"} totalCountRelation
 * @property {string} modeUsed
 * @property {number} tookMs
 * @property {string[]} degradedReasons
 * @property {Facet[]} facets
 */

export const SEARCH = `query Search($text: String, $image: Upload, $similarTo: ID, $mix: [QueryPart!], $filter: ProductFilter, $after: String) {
  searchProducts(
    text: $text, image: $image, similarTo: $similarTo, mix: $mix, filter: $filter, first: 24, after: $after
    facets: [{ field: BRAND, first: 12 }, { field: CATEGORY, first: 12 }]
  ) {
    edges {
      relevance
      node { id title brand url images { url width } price { amount currency } }
    }
    facets { field buckets { value count } }
    pageInfo { endCursor hasNextPage }
    totalCount
    totalCountRelation
    modeUsed
    tookMs
    degradedReasons
  }
}`;

export const SUGGEST = `query Suggest($prefix: String!) {
  suggest(prefix: $prefix) { text }
}`;

/** What the gateway, or something before it, refused or could not do. */
export class GatewayError extends Error {
  /** @param {string} code @param {string} message */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/**
 * The variables of SEARCH; in a form, null stands where the picture goes.
 * @param {Wanted} wanted
 * @param {string | null} after The cursor after which the page begins.
 * @returns {{ variables: Record<string, unknown>, picturePath: string | null }}
 */
export function searchVariables({ text, picture, products, balance, brands, categories }, after) {
  const words = text.trim();
  const filter = { ...(brands.length > 0 && { brands }), ...(categories.length > 0 && { categories }) };
  const rest = { ...(Object.keys(filter).length > 0 && { filter }), ...(after && { after }) };
  const both = words !== "" && picture !== null;
  /** @type {Record<string, unknown>[]} */
  const parts = [
    // At an end of the scale the other one is left out: no weight may be 0.
    ...(words && !(both && balance === 1) ? [{ text: words, weight: both ? 1 - balance : 1 }] : []),
    ...(picture && !(both && balance === 0) ? [{ image: null, weight: both ? balance : 1 }] : []),
    ...products.map(({ id, weight }) => ({ similarTo: id, weight })),
  ];
  const [first] = parts;
  const asMix = parts.length > 1 || products.some(({ weight }) => weight < 0);
  const picturePart = parts.findIndex((part) => "image" in part);
  if (!asMix && first) {
    // One thing alone is no mix: words are matched as words too.
    const { weight: _even, ...only } = first;
    return { variables: { ...only, ...rest }, picturePath: picturePart < 0 ? null : "variables.image" };
  }
  return {
    variables: { ...(asMix && { mix: parts }), ...rest },
    picturePath: picturePart < 0 ? null : `variables.mix.${picturePart}.image`,
  };
}

/**
 * @param {string} url Of the gateway's `/graphql`.
 * @param {Wanted} wanted
 * @param {{ after: string | null, key: string | null, signal?: AbortSignal }} options
 * @returns {Promise<Page>} Rejects with GatewayError.
 */
export async function search(url, wanted, { after, key, signal }) {
  const { variables, picturePath } = searchVariables(wanted, after);
  const operation = JSON.stringify({ query: SEARCH, variables });
  if (!picturePath || !wanted.picture) return (await post(url, operation, key, signal)).searchProducts;
  // https://github.com/jaydenseric/graphql-multipart-request-spec
  const form = new FormData();
  form.append("operations", operation);
  form.append("map", JSON.stringify({ 0: [picturePath] }));
  form.append("0", wanted.picture);
  return (await post(url, form, key, signal)).searchProducts;
}

/**
 * @param {string} url Of the gateway's `/graphql`.
 * @param {string} prefix What was typed so far.
 * @param {{ key: string | null, signal?: AbortSignal }} options
 * @returns {Promise<string[]>} Best first. Rejects with GatewayError.
 */
export async function suggest(url, prefix, { key, signal }) {
  const { suggest: found } = await post(url, JSON.stringify({ query: SUGGEST, variables: { prefix } }), key, signal);
  return found.map((/** @type {{ text: string }} */ { text }) => text);
}

/**
 * @param {string} url
 * @param {string | FormData} body
 * @param {string | null} key
 * @param {AbortSignal} [signal]
 */
async function post(url, body, key, signal) {
  const response = await fetch(url, {
    method: "POST",
    body,
    ...(signal && { signal }),
    headers: {
      accept: "application/json",
      // A form needs it: Apollo Server's guard against cross-site request forgery.
      "apollo-require-preflight": "true",
      ...(typeof body === "string" && { "content-type": "application/json" }),
      ...(key && { authorization: `Bearer ${key}` }),
    },
  });
  const answer = await response.json().catch(() => null);
  const [error] = answer?.errors ?? [];
  if (error) throw new GatewayError(error.extensions?.code ?? "UNKNOWN", error.message);
  if (!answer?.data) throw new GatewayError("UNKNOWN", `The gateway answered ${response.status} without data.`);
  return answer.data;
}
