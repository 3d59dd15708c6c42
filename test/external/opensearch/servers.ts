import type { TestProject } from "vitest/node";
import type { ServerVersion } from "./distribution.js";
import { type Cluster, startCluster } from "./server.js";

export const VERSIONS: readonly ServerVersion[] = ["3.5.0", "2.19.1"];

declare module "vitest" {
  export interface ProvidedContext {
    /** The URL of a running server of each version. */
    servers: Record<ServerVersion, string>;
  }
}

/**
 * Starts one node of each version for the whole run. `OPENSEARCH_TEST_SERVERS="3.5.0=http://… 2.19.1=http://…"` names
 * ones that run already, which spares the start while one works on the tests.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env["OPENSEARCH_TEST_SERVERS"];
  if (given) {
    project.provide("servers", Object.fromEntries(given.split(" ").map((each) => each.split("="))) as Record<ServerVersion, string>);
    return async () => {};
  }
  const started: Cluster[] = [];
  const stop = async () => {
    await Promise.all(started.map((cluster) => cluster.stop()));
  };
  const clusters = await Promise.allSettled(VERSIONS.map(async (version) => started.push(await startCluster(version))));
  const failed = clusters.find((each) => each.status === "rejected");
  if (failed) {
    await stop();
    throw failed.reason;
  }
  const urls = Object.fromEntries(started.map(({ version, url }) => [version, url]));
  project.provide("servers", urls as Record<ServerVersion, string>);
  return stop;
}
