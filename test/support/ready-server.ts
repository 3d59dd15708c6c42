import "../../src/production.js";

import { assembleApp } from "../../src/app.js";
import { loadConfig } from "../../src/config.js";
import { LikenessError } from "../../src/domain/errors.js";
import type { Encoder, Outcome } from "../../src/domain/ports.js";
import { createLog } from "../../src/log.js";

/** Run as a child: a whole gateway for a catalogue whose embeddings are all ready, so that no model is in the figures. */
const dimension = Number(process.env["BENCH_DIMENSION"]);

function noModel<T>(inputs: readonly T[]): Promise<Outcome<never>[]> {
  return Promise.resolve(inputs.map(() => new LikenessError("ENCODER_UNAVAILABLE", "This catalogue takes ready embeddings only.")));
}

const encoder: Encoder = {
  kind: "none",
  modelId: "ready-embeddings",
  dimension,
  encodeTexts: noModel,
  encodeImages: noModel,
  close: async () => {},
};

const app = await assembleApp(loadConfig(process.env), createLog(process.env["BENCH_LOG"] ?? "warn"), encoder, null);
const { url } = await app.start();
process.send?.({ url: `${url}/graphql` });
// Its parent is gone: nobody would stop it.
process.once("disconnect", () => process.exit());
process.once("SIGTERM", async () => {
  await app.stop();
  process.exit(0);
});
