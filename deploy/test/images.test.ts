import { execFileSync, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { expect, test } from "vitest";
import { DEPLOY, REPOSITORY, runTool } from "./tools.js";

const DOCKERFILE = readFileSync(join(DEPLOY, "Dockerfile"), "utf8");

test("hadolint finds nothing", () => {
  expect(runTool("hadolint", ["--failure-threshold", "info", "Dockerfile"])).toEqual({ status: 0, stdout: "", stderr: "" });
});

test("hadolint does look: an image without a version does not pass", () => {
  expect(runTool("hadolint", ["-"], "FROM node\nUSER root\n").stdout).toContain("DL3006");
});

test("all that is copied from the repository is committed and let through by the ignore file", () => {
  const ignore = readFileSync(join(DEPLOY, "Dockerfile.dockerignore"), "utf8").split("\n");
  const sources = Array.from(DOCKERFILE.matchAll(/^COPY (?!--from)(?:--chmod=755 )?(.+) \S+$/gm), ([, paths]) =>
    String(paths).split(" "),
  ).flat();
  expect(sources).toContain("models");
  for (const source of sources) {
    expect(execFileSync("git", ["ls-files", "--", source], { cwd: REPOSITORY, encoding: "utf8" }), source).not.toBe("");
    expect(ignore, source).toContain(`!${source}`);
  }
});

test("both images run as a user that is not root, with a check of their health that needs no curl", () => {
  const lastUser = Array.from(DOCKERFILE.matchAll(/^USER (.+)$/gm), ([, user]) => user).at(-1);
  expect(lastUser).toBe("1000:1000");
  const stages = DOCKERFILE.split(/^FROM /m).filter((stage) => stage.includes("ENTRYPOINT"));
  expect(stages.map((stage) => stage.split("\n")[0])).toEqual(["runtime AS encoder", "runtime AS gateway"]);
  for (const stage of stages) expect(stage).toMatch(/HEALTHCHECK[\s\S]+CMD \["node", "-e"/);
  // The first process of a container hears no signal that it does not handle.
  for (const stage of stages) expect(stage).toContain('ENTRYPOINT ["tini", "--", "node", "dist/cli/likeness.js"');
});

test("the folders that may be written to are volumes, and the user's before they are: Fargate takes the owner from there", () => {
  expect(Array.from(DOCKERFILE.matchAll(/^VOLUME \["(.+)"\]$/gm), ([, path]) => path)).toEqual(["/tmp", "/data"]);
  expect(DOCKERFILE).toMatch(/^RUN install -d -o node -g node \/data$[\s\S]+^VOLUME \["\/data"\]$/m);
});

test("whoever runs an image can read what is copied into it, whatever the mode of the files in the checkout", () => {
  const [, runtime] = DOCKERFILE.split("AS runtime");
  const copies = Array.from(String(runtime).matchAll(/^COPY (?!--from)(.+)$/gm), ([, rest]) => rest);
  expect(copies).not.toEqual([]);
  for (const copy of copies) expect(copy).toMatch(/^--chmod=755 /);
});

test("downloaded models go to a folder that may be written to", () => {
  const folders = Array.from(DOCKERFILE.matchAll(/\bLIKENESS_CACHE_DIR=(\S+)/g), ([, folder]) => folder);
  expect(folders).toEqual(["/tmp/models", "/data/models"]);
});

test.each([
  ["gateway", "PORT", "/readyz"],
  ["encoder", "SAGEMAKER_BIND_TO_PORT", "/ping"],
])("the check of the %s's health tells a server that answers at the port that is set from none", async (_, setting, path) => {
  const check = DOCKERFILE.split("\n").find((line) => line.includes(`'${path}'`)) ?? "";
  const script = /CMD \["node", "-e", "(fetch\('http:\/\/127\.0\.0\.1:.+)"\]/.exec(check)?.[1] as string;
  let status = 200;
  const server = createServer((_request, response) => response.writeHead(status).end());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const exitCode = () =>
    new Promise((resolve) => {
      spawn(process.execPath, ["-e", script], { env: { [setting]: String(port) } }).on("exit", resolve);
    });
  expect(await exitCode()).toBe(0);
  status = 503;
  expect(await exitCode()).toBe(1);
  await new Promise((resolve) => server.close(resolve));
  expect(await exitCode()).toBe(1);
});
