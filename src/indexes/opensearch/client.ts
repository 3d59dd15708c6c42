import { defaultProvider } from "@aws-sdk/credential-provider-node";
import { type ApiResponse, Client, type ClientOptions, errors } from "@opensearch-project/opensearch";
import { AwsSigv4Signer } from "@opensearch-project/opensearch/aws-v3";
import type { OpenSearchAuth, OpenSearchOptions } from "./options.js";

/** Time limit of one request; a write of many products takes longer than a search. */
const REQUEST_TIMEOUT_MS = 30_000;
/** Tries that the time limit of a search has room for. */
export const TRIES_OF_A_READ = 3;

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
  // An error's meta is the whole request, its credentials and products too, and its data a whole answer: neither must be printed
  // with the error.
  client.on("response", (error) => {
    for (const member of ["meta", "data"]) if (error && member in error) Object.defineProperty(error, member, { enumerable: false });
  });
  return takingJsonAlone(client);
}

/**
 * The same client for reads. A node that takes requests and never answers is passed over by the client once one has timed out:
 * a request ends early enough for another node to be asked within the time limit of a search.
 */
export function forReads(client: Client, { searchTimeoutMs }: Pick<OpenSearchOptions, "searchTimeoutMs">): Client {
  return takingJsonAlone(client.child({ requestTimeout: Math.ceil(searchTimeoutMs / TRIES_OF_A_READ) }));
}

/**
 * Makes an error of an answer that is no JSON though its status is none of an error. It is of a proxy before the server, such as a page
 * that tells of maintenance, and the client takes it for the server's: an import would pass for kept, and one that is there for gone.
 */
function takingJsonAlone(client: Client): Client {
  const { transport } = client;
  const request = transport.request.bind(transport) as (...given: unknown[]) => Promise<ApiResponse>;
  transport.request = (async (...given: unknown[]) => checked(await request(...given))) as unknown as typeof transport.request;
  return client;
}

function checked(answer: ApiResponse): ApiResponse {
  if (typeof answer.body !== "string") return answer;
  throw new errors.DeserializationError(`The answer of status ${answer.statusCode} is no JSON: it is not the server's`, "");
}

function signing(auth: OpenSearchAuth): Partial<ClientOptions> {
  if (auth.kind === "none") return {};
  if (auth.kind === "basic") return { auth: { username: auth.username, password: auth.password } };
  // The signer asks again before the credentials end; the provider caches, and follows the chain that all AWS tools follow.
  return AwsSigv4Signer({ region: auth.region, service: auth.service, getCredentials: defaultProvider() });
}
