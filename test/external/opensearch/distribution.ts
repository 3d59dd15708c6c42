import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const POM = new URL("./distribution.pom.xml", import.meta.url).pathname;

export type ServerVersion = "3.5.0" | "2.19.1";

/** Java releases that a version runs on; 2.x needs the security manager, which Java 24 removed. */
const JAVA: Record<ServerVersion, { min: number; max: number }> = { "3.5.0": { min: 21, max: 99 }, "2.19.1": { min: 17, max: 23 } };

/** Modules that the server's zip of 2.x lacks; their jars come by Maven, their descriptors are not in the jars. */
const MODULES = [
  {
    name: "lang-painless",
    classname: "org.opensearch.painless.PainlessPlugin",
    extended: "",
    policy:
      'grant { permission java.lang.RuntimePermission "createClassLoader"; permission java.lang.RuntimePermission "getClassLoader"; };\n',
  },
  { name: "analysis-common", classname: "org.opensearch.analysis.common.CommonAnalysisPlugin", extended: "lang-painless", policy: null },
];

/**
 * The folder of a server, made on first use and kept: `OPENSEARCH_CACHE_DIR`, else a cache folder that every user can read
 * (the server refuses to run as root, so it may run as another user). Unpacked beside its place and moved there whole.
 */
export async function distribution(version: ServerVersion): Promise<string> {
  const isRoot = process.getuid?.() === 0;
  const cache = process.env["OPENSEARCH_CACHE_DIR"] || (isRoot ? "/var/cache" : join(homedir(), ".cache"));
  const home = join(cache, "likeness-opensearch", version);
  if (existsSync(home)) return home;
  await mkdir(join(cache, "likeness-opensearch"), { recursive: true });
  const out = await mkdtemp(join(cache, "likeness-opensearch", ".new-"));
  try {
    const profile = version.startsWith("2.") ? ["-Pmodules"] : [];
    const settings = [`-Dversion=${version}`, `-Dout=${out}`, "-Dstyle.color=never"];
    await run("mvn", ["-B", "-q", "-f", POM, "generate-resources", ...profile, ...settings]);
    const made = join(out, `opensearch-${version}`);
    if (profile.length > 0) for (const each of MODULES) await describeModule(made, version, each);
    await run("chmod", ["-R", "a+rX", made]);
    await rename(made, home);
  } finally {
    await rm(out, { recursive: true, force: true });
  }
  await chmod(home, 0o755);
  return home;
}

async function describeModule(home: string, version: string, module: (typeof MODULES)[number]): Promise<void> {
  const dir = join(home, "modules", module.name);
  const lines = {
    name: module.name,
    description: module.name,
    version,
    "opensearch.version": version,
    "java.version": "11",
    classname: module.classname,
    "extended.plugins": module.extended,
    "has.native.controller": "false",
    "custom.foldername": "",
  };
  const text = Object.entries(lines).map(([key, value]) => `${key}=${value}\n`);
  await writeFile(join(dir, "plugin-descriptor.properties"), text.join(""));
  if (module.policy) await writeFile(join(dir, "plugin-security.policy"), module.policy);
}

/** A Java home that the version runs on, among `OPENSEARCH_JAVA_HOME`, `JAVA_HOME` and what is installed. */
export async function javaHome(version: ServerVersion): Promise<string> {
  const { min, max } = JAVA[version];
  const installed = existsSync("/usr/lib/jvm") ? readdirSync("/usr/lib/jvm").map((each) => join("/usr/lib/jvm", each)) : [];
  for (const home of [process.env["OPENSEARCH_JAVA_HOME"], process.env["JAVA_HOME"], ...installed]) {
    if (!home || !existsSync(join(home, "bin/java"))) continue;
    const { stderr } = await run(join(home, "bin/java"), ["-version"]);
    const release = Number(/version "(\d+)/.exec(stderr)?.[1]);
    if (release >= min && release <= max) return home;
  }
  throw new Error(`OpenSearch ${version} needs Java ${min} to ${max}: install one, or name its folder in OPENSEARCH_JAVA_HOME.`);
}
