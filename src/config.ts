import { z } from "zod";
import { badInput } from "./domain/errors.js";

const flag = z.stringbool().default(false);
const positiveInt = (initial: number) => z.coerce.number().int().positive().default(initial);

/** Every setting, in the order in which `likeness --help` prints them. */
const settings = z.object({
  PORT: z.coerce.number().int().min(0).max(65_535).default(4000).describe("port to listen on; 0 picks a free one"),
  LIKENESS_HOST: z.string().min(1).default("127.0.0.1").describe("address to listen on; 0.0.0.0 for all"),
  LIKENESS_DATA_DIR: z.string().min(1).default(".likeness/data").describe("folder of the embedded index"),
  LIKENESS_MODEL: z
    .string()
    .min(1)
    .default("models/likeness-mini")
    .describe("folder of a CLIP-family ONNX model, or a Hugging Face id that is downloaded once"),
  LIKENESS_CACHE_DIR: z.string().min(1).default(".likeness/models").describe("folder for downloaded models"),
  LIKENESS_ENCODER: z.enum(["onnx"]).default("onnx").describe("encoder adapter"),
  LIKENESS_INDEX: z.enum(["lancedb", "memory"]).default("lancedb").describe("index adapter; memory keeps nothing"),
  LIKENESS_MAX_UPLOAD_BYTES: positiveInt(10 * 1024 * 1024).describe("largest picture, uploaded, fetched or in base64"),
  LIKENESS_MAX_IMAGE_PIXELS: positiveInt(50_000_000).describe("largest picture, width times height"),
  LIKENESS_ALLOW_PRIVATE_URLS: flag.describe("let imageUrl point at private addresses"),
  LIKENESS_FETCH_TIMEOUT_MS: positiveInt(10_000).describe("time limit for fetching one imageUrl"),
  LIKENESS_REQUEST_TIMEOUT_MS: positiveInt(120_000).describe("time limit for one request"),
  LIKENESS_ENCODE_QUEUE: positiveInt(4096).describe("encodes that may wait before new ones are refused as OVERLOADED"),
  LIKENESS_ENCODE_CACHE: positiveInt(10_000).describe("embeddings kept in memory by content"),
  LIKENESS_MAX_QUERY_COST: positiveInt(20_000).describe("cost limit of one GraphQL operation"),
  LIKENESS_LOG_LEVEL: z
    .enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"])
    .default("info")
    .describe("least level that is logged"),
  LIKENESS_DEBUG: flag.describe("report encode and index counters in the response extensions"),
});

export type Config = Readonly<z.infer<typeof settings>>;

/** Reads and checks the environment; an empty value counts as unset. Throws one BAD_USER_INPUT that lists every mistake. */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
  const parsed = settings.safeParse(given);
  if (!parsed.success) {
    const mistakes = parsed.error.issues.map(
      (issue) => `  ${issue.path.join(".")}=${JSON.stringify(given[String(issue.path[0])])}: ${issue.message}`,
    );
    throw badInput(`The configuration has mistakes:\n${mistakes.join("\n")}\nRun "likeness --help" for what is allowed.`);
  }
  return Object.freeze(parsed.data);
}

/** Every variable with its default and meaning, a line each. */
export function describeConfig(): string {
  const defaults = settings.parse({}) as Record<string, unknown>;
  return Object.entries(settings.shape)
    .map(([name, schema]) => `  ${name.padEnd(28)} ${schema.description} (default ${String(defaults[name])})`)
    .join("\n");
}
