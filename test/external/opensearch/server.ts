import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { distribution, javaHome, type ServerVersion } from "./distribution.js";

const NOBODY = 65_534;
const START_TIMEOUT_MS = 240_000;

/** A running node of a real OpenSearch on loopback. */
export interface Node {
  readonly name: string;
  readonly url: string;
  readonly kill: () => Promise<void>;
  /** Starts it again after a kill, with its data. */
  readonly restart: () => Promise<void>;
}

export interface Cluster {
  readonly version: ServerVersion;
  readonly nodes: readonly Node[];
  /** The URL of the first node. */
  readonly url: string;
  /** Ends every node and removes the data. */
  readonly stop: () => Promise<void>;
}

/**
 * `OPENSEARCH_DATA_DIR`, else memory where there is some to hold files: the server waits for the disk at each write and
 * each new index, and a busy disk would make the tests wait with it.
 */
function dataRoot(): string {
  return process.env["OPENSEARCH_DATA_DIR"] || (existsSync("/dev/shm") ? "/dev/shm" : tmpdir());
}

interface Place {
  readonly name: string;
  readonly dir: string;
  readonly httpPort: number;
  readonly transportPort: number;
}

/** Starts a cluster of its own on free ports, with data of its own, and waits until every node has joined. */
export async function startCluster(version: ServerVersion, { nodes = 1, heap = "512m" } = {}): Promise<Cluster> {
  const [home, java] = await Promise.all([distribution(version), javaHome(version)]);
  const dir = await mkdtemp(join(dataRoot(), `likeness-opensearch-${version}-`));
  // The server may run as another user, who has to pass through.
  await chmod(dir, 0o755);
  const ports = await freePorts(nodes * 2);
  const places = Array.from({ length: nodes }, (_, i) => {
    const [httpPort, transportPort] = ports.slice(2 * i, 2 * i + 2) as [number, number];
    return { name: `node${i + 1}`, dir: join(dir, `node${i + 1}`), httpPort, transportPort };
  });
  const running = new Map<string, ChildProcess>();
  const start = (place: Place) => {
    running.set(place.name, launch(home, java, place, heap));
  };
  const end = async (place: Place, signal: "SIGKILL" | "SIGTERM") => {
    const child = running.get(place.name);
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill(signal);
    await gone;
  };
  const stop = async () => {
    await Promise.all(places.map((place) => end(place, "SIGKILL")));
    await rm(dir, { recursive: true, force: true });
  };
  try {
    for (const place of places) {
      await configure(home, place, places);
      start(place);
    }
    const cluster = places.map((place): Node => {
      const url = `http://127.0.0.1:${place.httpPort}`;
      const restart = async () => {
        start(place);
        await healthy(url, nodes, running.get(place.name) as ChildProcess, place);
      };
      return { name: place.name, url, kill: () => end(place, "SIGKILL"), restart };
    });
    for (const [i, place] of places.entries()) {
      await healthy((cluster[i] as Node).url, nodes, running.get(place.name) as ChildProcess, place);
    }
    await guardNativeEngines((cluster[0] as Node).url);
    return { version, nodes: cluster, url: (cluster[0] as Node).url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function configure(home: string, place: Place, places: readonly Place[]): Promise<void> {
  for (const each of ["config", "data", "logs", "tmp"]) await mkdir(join(place.dir, each), { recursive: true });
  const logs = join(place.dir, "logs");
  const jvm = await readFile(join(home, "config/jvm.options"), "utf8");
  const options = jvm
    .replaceAll(/=data$/gm, `=${logs}`)
    .replaceAll("logs/gc", `${logs}/gc`)
    .replaceAll("logs/hs_err", `${logs}/hs_err`);
  await writeFile(join(place.dir, "config/jvm.options"), options);
  await copyFile(join(home, "config/log4j2.properties"), join(place.dir, "config/log4j2.properties"));
  const settings = {
    "cluster.name": `likeness-${places[0]?.httpPort}`,
    "node.name": place.name,
    "path.data": join(place.dir, "data"),
    "path.logs": logs,
    "network.host": "127.0.0.1",
    "http.port": place.httpPort,
    "transport.port": place.transportPort,
    "discovery.seed_hosts": places.map((each) => `127.0.0.1:${each.transportPort}`),
    "cluster.initial_cluster_manager_nodes": places.map((each) => each.name),
    "cluster.routing.allocation.disk.threshold_enabled": false,
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`);
  await writeFile(join(place.dir, "config/opensearch.yml"), lines.join(""));
}

/** The start script ends in `exec java`, so the child is the server itself. It refuses root, so root runs it as nobody. */
function launch(home: string, java: string, place: Place, heap: string): ChildProcess {
  const script = join(home, "bin/opensearch");
  const asNobody = `chown -R ${NOBODY}:${NOBODY} "$1" && exec setpriv --reuid=${NOBODY} --regid=${NOBODY} --clear-groups bash "$0"`;
  const args = process.getuid?.() === 0 ? ["-c", asNobody, script, place.dir] : [script];
  const env = {
    PATH: process.env["PATH"],
    OPENSEARCH_JAVA_HOME: java,
    OPENSEARCH_PATH_CONF: join(place.dir, "config"),
    OPENSEARCH_TMPDIR: join(place.dir, "tmp"),
    OPENSEARCH_JAVA_OPTS: `-Xms${heap} -Xmx${heap} -XX:-AlwaysPreTouch`,
  };
  return spawn("bash", args, { env, stdio: "ignore" });
}

async function healthy(url: string, nodes: number, child: ChildProcess, place: Place): Promise<void> {
  const wanted = `${url}/_cluster/health?wait_for_nodes=${encodeURIComponent(`>=${nodes}`)}&wait_for_status=yellow&timeout=3s`;
  const endMs = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < endMs) {
    if (child.exitCode !== null || child.signalCode !== null) break;
    const ok = await fetch(wanted, { signal: AbortSignal.timeout(5_000) }).then(
      (response) => response.ok,
      () => false,
    );
    if (ok) return;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  throw new Error(`OpenSearch ${place.name} did not become healthy; its logs are in ${join(place.dir, "logs")}`);
}

/**
 * The k-NN plugin on Maven Central has no native libraries: an index on the faiss engine would end the node when it first
 * builds a graph. With this setting no graph is built, and faiss fields are searched exactly, in Java. Lucene is not affected.
 */
async function guardNativeEngines(url: string): Promise<void> {
  const template = { index_patterns: ["*"], priority: 0, template: { settings: { "index.knn.advanced.approximate_threshold": -1 } } };
  const response = await fetch(`${url}/_index_template/no-native-engines`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(template),
  });
  if (!response.ok) throw new Error(`The index template was refused: ${await response.text()}`);
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, "127.0.0.1");
      await once(server, "listening");
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
