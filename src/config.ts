import { z } from "zod";
import { MIN_SECRET_CHARS } from "./cursor-secret.js";
import { KEY, MIN_KEY_CHARS } from "./domain/access.js";
import { badInput } from "./domain/errors.js";

const flag = z.stringbool().default(false);
const wholeNumber = (initial: number, min: number, max = Number.MAX_SAFE_INTEGER) =>
  z.coerce.number().int().min(min).max(max).default(initial);
const positiveInt = (initial: number, max?: number) => wholeNumber(initial, 1, max);
/** Node's timers reach no further, some 24 days: a later one would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;
const milliseconds = (initial: number, min = 1) => wholeNumber(initial, min, MAX_TIMER_MS);
const port = () => z.coerce.number().int().min(0).max(65_535);
const text = (initial: string) => z.string().min(1).default(initial);
/** A Map holds no more. */
const MAX_CACHED = 2 ** 24;
/** The most that sharp, the decoder, takes. */
const MAX_PIXELS = 0x3fff * 0x3fff;
const optional = () => z.string().min(1).optional();
/** What paths are put behind; without a slash at its end. */
const baseUrl = (example: string) =>
  z
    .url({ protocol: /^https?$/, error: `give an http or https URL such as ${example}` })
    .regex(/^[^?#]*$/, "paths are put behind it, so it may have no ? and no #")
    .transform((url) => url.replace(/\/+$/, ""))
    .optional();
/** Separated by commas; empty where unset, and there alone: a list of keys with none in it would let everybody write. */
const list = (each: z.ZodString) =>
  z
    .string()
    .transform((entries) => entries.split(",").flatMap((entry) => entry.trim() || []))
    .pipe(z.array(each).min(1, "has no entry; leave it unset for none"))
    .default([]);
const keys = () => list(z.string().regex(KEY, `a key has at least ${MIN_KEY_CHARS} of the characters A-Z a-z 0-9 - . _ ~ + /`));
const origin = z.string().refine((text) => URL.canParse(text) && new URL(text).origin === text, "an origin is like https://shop.example");

/** Every setting, in the order in which `likeness --help` prints them. */
const settings = z.object({
  PORT: port().default(4000).describe("port to listen on; 0 picks a free one"),
  LIKENESS_METRICS_PORT: port()
    .optional()
    .describe("port of /metrics for Prometheus, on the same address; 0 picks a free one, none where unset"),
  LIKENESS_HOST: text("127.0.0.1").describe("address to listen on; 0.0.0.0 for all"),
  LIKENESS_DATA_DIR: text(".likeness/data").describe("folder of the embedded index and of what is kept beside it"),
  LIKENESS_MODEL: text("models/likeness-mini").describe("folder of a CLIP-family ONNX model, or a Hugging Face id that is downloaded once"),
  LIKENESS_CACHE_DIR: text(".likeness/models").describe("folder for downloaded models"),
  LIKENESS_HUB_URL: baseUrl("https://hub.company.example").describe(
    "a hub with Hugging Face's API to download models from, such as a mirror; Hugging Face's own otherwise",
  ),
  LIKENESS_CALIBRATION: optional().describe(
    "file of the model's relevance curves, when it is not the calibration.json in the model's folder",
  ),
  LIKENESS_ENCODER: z.enum(["onnx", "sagemaker"]).default("onnx").describe("encoder adapter"),
  LIKENESS_SAGEMAKER_TEXT_ENDPOINT: optional().describe("name of the SageMaker endpoint that encodes texts"),
  LIKENESS_SAGEMAKER_IMAGE_ENDPOINT: optional().describe("name of the SageMaker endpoint that encodes pictures"),
  LIKENESS_SAGEMAKER_PROMPT: z
    .string()
    .includes("{text}")
    .default("this is a {text}")
    .describe("what SageMaker is sent for a text, which stands for {text}"),
  LIKENESS_SAGEMAKER_MODEL_ID: optional().describe("name of the model behind endpoints that do not tell it"),
  LIKENESS_SAGEMAKER_TEXT_BATCH: positiveInt(128, 1024).describe("most texts in one call of SageMaker"),
  LIKENESS_SAGEMAKER_IMAGE_BATCH: positiveInt(16).describe("most pictures in one call, where the endpoint takes many"),
  LIKENESS_SAGEMAKER_CONCURRENCY: positiveInt(8).describe("calls of one SageMaker endpoint at a time"),
  LIKENESS_SAGEMAKER_MAX_PAYLOAD_BYTES: wholeNumber(4_000_000, 256 * 1024).describe(
    "largest body of a call and of an answer; a serverless endpoint takes 4 MB",
  ),
  LIKENESS_SAGEMAKER_TIMEOUT_MS: milliseconds(15_000).describe("time limit for one try of a call of SageMaker"),
  LIKENESS_SAGEMAKER_COLD_START_MS: milliseconds(60_000).describe("the same, for an endpoint that may have to start first"),
  ENCODE_TYPE: z.enum(["TEXT", "IMAGE"]).optional().describe("what encoder-server encodes; both where unset"),
  SAGEMAKER_BIND_TO_PORT: port().default(8080).describe("port of encoder-server"),
  LIKENESS_INDEX: z.enum(["lancedb", "opensearch", "memory"]).default("lancedb").describe("index adapter; memory keeps nothing"),
  LIKENESS_LANCEDB_MEMORY_BYTES: wholeNumber(384 * 1024 * 1024, 0).describe(
    "memory of the embedded index for embeddings, at most; where they do not fit they are read from disk",
  ),
  LIKENESS_CURSOR_SECRET: z
    .string()
    .min(MIN_SECRET_CHARS)
    .optional()
    .describe("what cursors are signed with, the same for all gateways of one index; made and kept in the data folder otherwise"),
  LIKENESS_MERCHANDISING: optional().describe("JSON file with the shop's boosts and pins; see docs/searching.md"),
  LIKENESS_OPENSEARCH_URL: optional().describe("URL of the OpenSearch server; several nodes are separated by commas"),
  LIKENESS_OPENSEARCH_INDEX: text("likeness-products").describe("alias of the index in OpenSearch"),
  LIKENESS_OPENSEARCH_AUTH: z
    .enum(["auto", "none", "basic", "es", "aoss"])
    .default("auto")
    .describe("how requests to OpenSearch are signed; auto goes by host and user name, es and aoss sign for AWS"),
  LIKENESS_OPENSEARCH_USERNAME: optional().describe("user name for basic"),
  LIKENESS_OPENSEARCH_PASSWORD: optional().describe("password for basic"),
  AWS_REGION: optional().describe("region to sign for; credentials come as for all AWS tools"),
  LIKENESS_OPENSEARCH_ENGINE: z.enum(["lucene", "faiss"]).default("lucene").describe("k-NN engine of a new index"),
  LIKENESS_OPENSEARCH_QUANTISATION: z
    .enum(["none", "fp16", "byte"])
    .default("none")
    .describe("how a new index keeps embeddings for comparing; fp16 needs faiss, byte lucene"),
  LIKENESS_OPENSEARCH_M: positiveInt(16).describe("HNSW neighbours of a product in a new index"),
  LIKENESS_OPENSEARCH_EF_CONSTRUCTION: positiveInt(128).describe("HNSW breadth while a new index is filled"),
  LIKENESS_OPENSEARCH_EF_SEARCH: positiveInt(200).describe("HNSW breadth of a search"),
  LIKENESS_OPENSEARCH_SHARDS: positiveInt(1).describe("primary shards of a new index"),
  LIKENESS_OPENSEARCH_REPLICAS: wholeNumber(1, 0).describe("copies of each shard of a new index"),
  LIKENESS_OPENSEARCH_EMBEDDING_FIELD: optional().describe("field of the embeddings in an index made elsewhere, which is opened read-only"),
  LIKENESS_OPENSEARCH_TITLE_FIELD: text("title").describe("field of the titles in an index made elsewhere"),
  LIKENESS_OPENSEARCH_SEARCH_TIMEOUT_MS: milliseconds(15_000).describe("time limit of a search in OpenSearch, retries included"),
  LIKENESS_OPENSEARCH_WRITE_TIMEOUT_MS: milliseconds(90_000).describe("time limit of a write to OpenSearch, retries included"),
  LIKENESS_IMPORT_WORKERS: positiveInt(2, 64).describe("imports of catalogues at a time in this process"),
  LIKENESS_IMPORT_LEASE_MS: milliseconds(30_000, 1_000).describe(
    "how long an import stays with a server that says nothing; then another takes it over",
  ),
  LIKENESS_IMPORT_KEEP_DAYS: positiveInt(30).describe("how long an import that has ended can be looked at, and its idempotencyKey holds"),
  LIKENESS_IMPORTS_BUCKET: optional().describe(
    "S3 bucket of uploaded catalogues while they are imported, so that another gateway can go on with them; this one's disk alone where unset",
  ),
  LIKENESS_IMPORTS_PREFIX: z.string().default("imports/").describe("start of their keys in the bucket"),
  LIKENESS_IMPORT_TRANSFER_MS: milliseconds(60 * 60_000).describe("time limit for uploading or fetching one catalogue"),
  LIKENESS_MAX_CATALOG_BYTES: positiveInt(16 * 1024 ** 3).describe("largest catalogue file, uploaded or fetched, as it is sent"),
  LIKENESS_MAX_UPLOAD_BYTES: positiveInt(10 * 1024 * 1024).describe("largest picture, uploaded, fetched or in base64"),
  LIKENESS_MAX_BODIES_BYTES: positiveInt(512 * 1024 * 1024).describe(
    "memory for the bodies of all requests together; more are refused as OVERLOADED",
  ),
  LIKENESS_MAX_IMAGE_PIXELS: positiveInt(50_000_000, MAX_PIXELS).describe("largest picture, width times height"),
  LIKENESS_PICTURES: z
    .enum(["disk", "s3", "off"])
    .optional()
    .describe("where copies of product pictures are kept; disk with LIKENESS_INDEX=lancedb and off otherwise, where unset"),
  LIKENESS_PICTURES_BUCKET: optional().describe("S3 bucket of the copies"),
  LIKENESS_PICTURES_PREFIX: z.string().default("pictures/").describe("start of their keys in the bucket"),
  LIKENESS_PUBLIC_URL: baseUrl("https://search.shop.example").describe(
    "address under which clients reach this gateway or a CDN before it, for the URLs of pictures; the request's own where unset",
  ),
  LIKENESS_ALLOW_PRIVATE_URLS: flag.describe("let the URLs of pictures and catalogues lead to private addresses"),
  LIKENESS_FETCH_TIMEOUT_MS: milliseconds(10_000).describe("time limit for fetching one picture"),
  LIKENESS_WRITE_KEYS: keys().describe("keys of callers who may change products, separated by commas; everybody may where unset"),
  LIKENESS_READ_KEYS: keys().describe("keys of callers who may only search, separated by commas; everybody may where unset"),
  LIKENESS_CORS_ORIGINS: list(origin).describe(
    "origins of the pages that may call the gateway, separated by commas; its own alone where unset",
  ),
  LIKENESS_REQUEST_TIMEOUT_MS: milliseconds(120_000).describe("time limit for one request; for a form, LIKENESS_IMPORT_TRANSFER_MS is"),
  LIKENESS_ENCODE_QUEUE: positiveInt(4096).describe("texts, and pictures, that may wait for the encoder; more are refused as OVERLOADED"),
  LIKENESS_ENCODE_CACHE: wholeNumber(10_000, 0, MAX_CACHED).describe(
    "embeddings of texts, and of pictures, kept in memory by content; 0 keeps none",
  ),
  LIKENESS_SUBGRAPH: flag.describe("answer what routers of Apollo Federation 2 ask a subgraph; see docs/federation.md"),
  LIKENESS_MAX_QUERY_COST: positiveInt(20_000).describe("cost limit of one GraphQL operation"),
  LIKENESS_MAX_QUERY_DEPTH: positiveInt(16).describe("deepest nesting of one GraphQL operation"),
  LIKENESS_MAX_QUERY_ALIASES: positiveInt(100).describe("most aliases in one GraphQL operation"),
  LIKENESS_LOG_LEVEL: z
    .enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"])
    .default("info")
    .describe("least level that is logged"),
  LIKENESS_DEBUG: flag.describe("report encode and index counters in the response extensions"),
});

/** What belongs together: an adapter's own settings are needed with that adapter only. */
const checked = settings.superRefine((config, context) => {
  const refuse = (name: keyof Config, message: string) => context.addIssue({ code: "custom", path: [name], message });
  if (config.LIKENESS_PICTURES === "s3" && !config.LIKENESS_PICTURES_BUCKET) {
    refuse("LIKENESS_PICTURES_BUCKET", "needed with LIKENESS_PICTURES=s3");
  }
  if (config.LIKENESS_READ_KEYS.length > 0 && config.LIKENESS_WRITE_KEYS.length === 0) {
    refuse("LIKENESS_WRITE_KEYS", "needed with LIKENESS_READ_KEYS, or everybody could write");
  }
  if (config.LIKENESS_READ_KEYS.some((key) => config.LIKENESS_WRITE_KEYS.includes(key))) {
    refuse("LIKENESS_READ_KEYS", "one of them is in LIKENESS_WRITE_KEYS too, so it may write");
  }
  if (config.PORT !== 0 && config.LIKENESS_METRICS_PORT === config.PORT) {
    refuse("LIKENESS_METRICS_PORT", "is PORT too; the metrics need a port of their own");
  }
  if (config.LIKENESS_ENCODER !== "sagemaker") return;
  for (const name of ["LIKENESS_SAGEMAKER_TEXT_ENDPOINT", "LIKENESS_SAGEMAKER_IMAGE_ENDPOINT"] as const) {
    if (!config[name]) refuse(name, "needed with LIKENESS_ENCODER=sagemaker");
  }
});

export type Config = Readonly<z.infer<typeof settings>>;

/** Reads and checks the environment; an empty value counts as unset. Throws one BAD_USER_INPUT that lists every mistake. */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
  const parsed = checked.safeParse(given);
  if (!parsed.success) {
    const mistakes = parsed.error.issues.map(({ path, message }) => `  ${shown(String(path[0]), given)}: ${message}`);
    throw badInput(`The configuration has mistakes:\n${mistakes.join("\n")}\nRun "likeness --help" for what is allowed.`);
  }
  return Object.freeze(parsed.data);
}

const SECRET = /_(SECRET|PASSWORD|KEYS)$/;

/** A setting as it was given; a secret's value stays out of logs, though it be too short for one. */
function shown(name: string, given: NodeJS.ProcessEnv): string {
  const value = given[name];
  if (value === undefined) return `${name} is not set`;
  return SECRET.test(name) ? name : `${name}=${JSON.stringify(value)}`;
}

/** Of variables that Kubernetes sets for a Service whose name begins with likeness. */
const SERVICE_NAME = /_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_\w+)?)$/;
const SERVICE_ADDRESS = /^(tcp|udp|sctp):\/\//;

/** Names of variables that look like settings and are none: misspelt, most likely. */
export function unknownSettings(env: NodeJS.ProcessEnv): string[] {
  const isOfService = (name: string): boolean => SERVICE_NAME.test(name) || SERVICE_ADDRESS.test(env[name] ?? "");
  return Object.keys(env).filter((name) => name.startsWith("LIKENESS_") && !(name in settings.shape) && !isOfService(name));
}

/** Every variable with its meaning, its default and what is allowed, a line each. */
export function describeConfig(): string {
  const defaults = settings.parse({}) as Record<string, unknown>;
  const { properties = {} } = z.toJSONSchema(settings, { io: "input" });
  return Object.entries(properties as Record<string, Allowed>)
    .map(([name, allowed]) => {
      const notes = [defaultOf(defaults[name]), allowedOf(allowed)].filter((note) => note !== null);
      return `  ${name.padEnd(37)} ${allowed.description} (${notes.join("; ")})`;
    })
    .join("\n");
}

function defaultOf(value: unknown): string {
  return value === undefined || String(value) === "" ? "no default" : `default ${String(value)}`;
}

/** What JSON Schema (draft 2020-12) says of a setting. */
interface Allowed {
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
}

/** Null where any text will do. */
function allowedOf({ enum: values, minimum, maximum = Number.MAX_SAFE_INTEGER, minLength }: Allowed): string | null {
  if (values) return values.join(", ");
  if (minLength !== undefined && minLength > 1) return `at least ${minLength} characters`;
  if (minimum === undefined) return null;
  return maximum === Number.MAX_SAFE_INTEGER ? `at least ${minimum}` : `${minimum} to ${maximum}`;
}
