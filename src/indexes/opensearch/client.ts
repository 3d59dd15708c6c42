import { defaultProvider } from "@aws-sdk/credential-provider-node";
import { Client, type ClientOptions } from "@opensearch-project/opensearch";
import { AwsSigv4Signer } from "@opensearch-project/opensearch/aws-v3";
import type { OpenSearchAuth, OpenSearchOptions } from "./options.js";

/** Time limit of one request; a write of many products takes longer than a search. */
const REQUEST_TIMEOUT_MS = 30_000;
/** Tries that the time limit of a search has room for. */
const TRIES_OF_A_READ = 3;

/** `retries`: how often the client itself tries again, at once and on another node, when one does not answer. */
export function createClient({ urls, auth }: Pick<OpenSearchOptions, "urls" | "auth">, { retries }: { retries: number }): Client {
  const client = new Client({
    nodes: [...urls],
    maxRetries: retries,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Answers are read by the names of their members, never merged, and looking for such members takes as long as parsing.
    disablePrototypePoisoningProtection: true,
    ...signing(auth),
  });
  // An error's meta is the whole request, its credentials and products too: it must not be printed with the error.
  client.on("response", (error) => {
    if (error) Object.defineProperty(error, "meta", { enumerable: false });
  });
  return client;
}

/**
 * The same client for reads. A node that takes requests and never answers is passed over by the client once one has timed out:
 * a request ends early enough for another node to be asked within the time limit of a search.
 */
export function forReads(client: Client, { searchTimeoutMs }: Pick<OpenSearchOptions, "searchTimeoutMs">): Client {
  return client.child({ requestTimeout: Math.ceil(searchTimeoutMs / TRIES_OF_A_READ) });
}

function signing(auth: OpenSearchAuth): Partial<ClientOptions> {
  if (auth.kind === "none") return {};
  if (auth.kind === "basic") return { auth: { username: auth.username, password: auth.password } };
  // The signer asks again before the credentials end; the provider caches, and follows the chain that all AWS tools follow.
  return AwsSigv4Signer({ region: auth.region, service: auth.service, getCredentials: defaultProvider() });
}
