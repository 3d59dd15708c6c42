import type { Config } from "./config.js";
import { badInput } from "./domain/errors.js";
import type { OpenSearchAuth, OpenSearchOptions } from "./indexes/opensearch/options.js";

/** What a server takes in no name of an index (docs.opensearch.org, "Create index", Index naming restrictions). */
const FORBIDDEN = /^[-_+]|^\.{1,2}$|[\s\\/*?"<>|,#:]/;
/** A server takes 255, and the longest name that is made of an alias is `<alias>-job-errors`. */
const MAX_ALIAS_BYTES = 244;

/** What the configuration says of OpenSearch; throws BAD_USER_INPUT for what is missing or does not fit together. */
export function openSearchOptions(config: Config): OpenSearchOptions {
  const urls = (config.LIKENESS_OPENSEARCH_URL ?? "").split(",").filter(Boolean);
  const wrong = urls.find((url) => !URL.canParse(url) || !/^https?:/.test(url));
  if (urls.length === 0 || wrong) {
    throw badInput(
      `LIKENESS_OPENSEARCH_URL is ${wrong ? JSON.stringify(wrong.replace(/^(.*?:\/\/)?.*@/, "$1…@")) : "not set"}: give an http or https URL such as https://search-shop.eu-west-1.es.amazonaws.com.`,
    );
  }
  // The client would send those of one node to all of them.
  if (urls.map((url) => new URL(url)).some(({ username, password }) => username || password)) {
    throw badInput(
      "LIKENESS_OPENSEARCH_URL holds a user name or a password: give them by LIKENESS_OPENSEARCH_USERNAME and LIKENESS_OPENSEARCH_PASSWORD, which hold for all nodes.",
    );
  }
  const embeddingField = config.LIKENESS_OPENSEARCH_EMBEDDING_FIELD;
  if (!embeddingField) checkAlias("LIKENESS_OPENSEARCH_INDEX", config.LIKENESS_OPENSEARCH_INDEX);
  return {
    urls,
    auth: authOf(config, new URL(urls[0] as string).hostname),
    alias: config.LIKENESS_OPENSEARCH_INDEX,
    graph: {
      engine: config.LIKENESS_OPENSEARCH_ENGINE,
      quantisation: config.LIKENESS_OPENSEARCH_QUANTISATION,
      m: config.LIKENESS_OPENSEARCH_M,
      efConstruction: config.LIKENESS_OPENSEARCH_EF_CONSTRUCTION,
      efSearch: config.LIKENESS_OPENSEARCH_EF_SEARCH,
    },
    shards: config.LIKENESS_OPENSEARCH_SHARDS,
    replicas: config.LIKENESS_OPENSEARCH_REPLICAS,
    foreign: embeddingField ? { embeddingField, titleField: config.LIKENESS_OPENSEARCH_TITLE_FIELD } : null,
    searchTimeoutMs: config.LIKENESS_OPENSEARCH_SEARCH_TIMEOUT_MS,
    writeTimeoutMs: config.LIKENESS_OPENSEARCH_WRITE_TIMEOUT_MS,
  };
}

/** Throws BAD_USER_INPUT for an alias of which no indices can be made; `where` it was given is told. */
export function checkAlias(where: string, alias: string): void {
  if (!FORBIDDEN.test(alias) && alias === alias.toLowerCase() && Buffer.byteLength(alias) <= MAX_ALIAS_BYTES) return;
  throw badInput(
    `${where} is ${JSON.stringify(alias.slice(0, 80))}, of which OpenSearch makes no index: take small letters, digits, hyphens and dots, a ` +
      `letter or a digit first, in ${MAX_ALIAS_BYTES} bytes at most.`,
  );
}

function authOf(config: Config, host: string): OpenSearchAuth {
  const { LIKENESS_OPENSEARCH_USERNAME: username, LIKENESS_OPENSEARCH_PASSWORD: password, AWS_REGION: region } = config;
  const kind = config.LIKENESS_OPENSEARCH_AUTH === "auto" ? guess(host, username) : config.LIKENESS_OPENSEARCH_AUTH;
  if (kind === "none") return { kind };
  if (kind === "basic") {
    if (username && password) return { kind, username, password };
    throw badInput("LIKENESS_OPENSEARCH_AUTH=basic needs LIKENESS_OPENSEARCH_USERNAME and LIKENESS_OPENSEARCH_PASSWORD.");
  }
  if (region) return { kind: "sigv4", service: kind, region };
  throw badInput(`Requests to ${host} are signed for ${kind}, which needs AWS_REGION: set it to the region of the domain or collection.`);
}

/** Of a domain: its address over IPv4, and the one that knows IPv6 too (`EndpointV2` of the API's `DomainStatus`). */
const DOMAIN = /\.(es\.amazonaws\.com(\.cn)?|aos\.[a-z0-9-]+\.on\.aws)$/;

function guess(host: string, username: string | undefined): "none" | "basic" | "es" | "aoss" {
  if (username) return "basic";
  if (/\.aoss\.amazonaws\.com(\.cn)?$/.test(host)) return "aoss";
  return DOMAIN.test(host) ? "es" : "none";
}
