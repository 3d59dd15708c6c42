import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { SIZES } from "../cdk/src/sizes.js";
import { MAX_TEMPLATE_BYTES, templates } from "../cdk/src/templates.js";
import { DEPLOY, REPOSITORY, runTool } from "./tools.js";

const FOLDER = join(DEPLOY, "cloudformation");

test("the committed templates are what the CDK app makes: else run `npm run synth --prefix deploy/cdk`", () => {
  const made = templates();
  expect(readdirSync(FOLDER).sort()).toEqual(Object.keys(made).sort());
  for (const [name, text] of Object.entries(made)) expect(readFileSync(join(FOLDER, name), "utf8"), name).toBe(text);
});

test.each(Object.keys(SIZES))("the template for a %s shop is small enough and names no folder of this machine", (size) => {
  const text = readFileSync(join(FOLDER, `likeness-${size}.json`), "utf8");
  expect(Buffer.byteLength(text)).toBeLessThan(MAX_TEMPLATE_BYTES);
  expect(text).not.toContain(REPOSITORY);
  expect(JSON.parse(text)).toHaveProperty("Resources");
});

test("cfn-lint finds nothing", () => {
  const files = Object.keys(SIZES).map((size) => join(FOLDER, `likeness-${size}.json`));
  expect(runTool("cfn-lint", ["--non-zero-exit-code", "warning", "--", ...files])).toEqual({ status: 0, stdout: "", stderr: "" });
});

test("cfn-lint does look: a property that there is not does not pass", () => {
  const broken = JSON.stringify({ Resources: { Topic: { Type: "AWS::SNS::Topic", Properties: { Nonsense: 1 } } } });
  expect(runTool("cfn-lint", [], broken)).toMatchObject({ status: 2, stdout: expect.stringContaining("Nonsense") });
});
