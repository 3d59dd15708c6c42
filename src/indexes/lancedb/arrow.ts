import { createRequire } from "node:module";

/**
 * Arrow as the engine's client loads it. The client is CommonJS and tells tables and types by `instanceof`, so they must
 * be made by its copy, not by the ES module copy that an import would load beside it.
 */
export const arrow = createRequire(import.meta.url)("apache-arrow") as typeof import("apache-arrow");
