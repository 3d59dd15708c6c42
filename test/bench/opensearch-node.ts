import { startCluster } from "../external/opensearch/server.js";

/** The version beside which the gateway is measured. */
export const OPENSEARCH = "3.5.0";

/** Starts a node that nothing has used yet, and ends it afterwards. `env` leads a gateway to it. */
export async function withOpenSearch<T>(use: (env: Record<string, string>, url: string) => Promise<T>): Promise<T> {
  const cluster = await startCluster(OPENSEARCH, { heap: "2g" });
  const env = { LIKENESS_INDEX: "opensearch", LIKENESS_OPENSEARCH_REPLICAS: "0", LIKENESS_OPENSEARCH_URL: cluster.url };
  try {
    return await use(env, cluster.url);
  } finally {
    await cluster.stop();
  }
}
