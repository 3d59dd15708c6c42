import { expect, test } from "vitest";
import { loadConfig } from "../../src/config.js";
import { mistakesOf } from "./settings.js";
import { runTool } from "./tools.js";

/** compose.yaml as Python's YAML reads it, merge keys included. */
function compose() {
  const { status, stdout, stderr } = runTool("python", [
    "-c",
    "import json, sys, yaml; json.dump(yaml.safe_load(open('compose.yaml')), sys.stdout)",
  ]);
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout);
}

test("it is a Compose file by the specification's schema", () => {
  expect(runTool("check-jsonschema", ["--builtin-schema", "vendor.compose-spec", "compose.yaml"])).toMatchObject({
    status: 0,
    stdout: expect.stringContaining("ok"),
  });
});

test("the check does look: a service of nonsense does not pass", () => {
  const args = ["--builtin-schema", "vendor.compose-spec", "--default-filetype", "yaml", "-"];
  expect(runTool("check-jsonschema", args, "services: {gateway: {imagine: likeness}}").status).toBe(1);
});

test("the gateway's settings are settings of the gateway", () => {
  const { LIKENESS_CURSOR_SECRET, LIKENESS_WRITE_KEYS, LIKENESS_READ_KEYS, ...settings } = compose().services.gateway.environment;
  expect(mistakesOf(settings)).toEqual([]);
  for (const secret of [LIKENESS_CURSOR_SECRET, LIKENESS_WRITE_KEYS, LIKENESS_READ_KEYS]) expect(secret).toMatch(/^\$\{/);
});

test("pictures are kept, in a volume, as one gateway is all that needs them", () => {
  const { environment, volumes } = compose().services.gateway;
  expect(environment.LIKENESS_PICTURES).toBe("disk");
  expect(volumes).toEqual(["gateway:/data"]);
});

test("the gateway has time to finish its longest request before it is killed", () => {
  const { gateway } = compose().services;
  const { LIKENESS_REQUEST_TIMEOUT_MS } = loadConfig({});
  expect(1000 * Number(/^(\d+)s$/.exec(gateway.stop_grace_period)?.[1])).toBeGreaterThan(LIKENESS_REQUEST_TIMEOUT_MS);
});

test("nothing is published beyond this machine, and OpenSearch without passwords not even there", () => {
  const { services } = compose();
  for (const { ports = [] } of Object.values<{ ports?: string[] }>(services)) {
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  }
  expect(services.opensearch.ports).toBeUndefined();
});

test("both images are targets of the Dockerfile", () => {
  const { gateway, encoder } = compose().services;
  expect([gateway.build.target, encoder.build.target]).toEqual(["gateway", "encoder"]);
  expect(encoder.build).toMatchObject({ context: gateway.build.context, dockerfile: gateway.build.dockerfile });
});
