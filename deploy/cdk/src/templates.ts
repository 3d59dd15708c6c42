import { likenessApp } from "./likeness-app.js";
import { SIZES, type SizeName } from "./sizes.js";

/** The most that CloudFormation takes of a template that does not lie in S3. */
export const MAX_TEMPLATE_BYTES = 51_200;

/** The committed CloudFormation, by file name: one template a size. Throws where cdk-nag finds something. */
export function templates(): Record<string, string> {
  return Object.fromEntries(
    (Object.keys(SIZES) as SizeName[]).map((size) => {
      const { app, stack } = likenessApp(() => ({ size }));
      return [`likeness-${size}.json`, lineByLine(app.synth().getStackArtifact(stack.artifactId).template)];
    }),
  );
}

/** JSON with one resource, parameter or output a line: small enough for `--template-file`, and a change is a changed line. */
function lineByLine(template: Readonly<Record<string, unknown>>): string {
  const section = (value: unknown) =>
    value instanceof Object ? `{\n${entries(value, (inner) => JSON.stringify(inner))}\n}` : JSON.stringify(value);
  return `{\n${entries(template, section)}\n}\n`;
}

function entries(object: object, write: (value: unknown) => string): string {
  return Object.entries(object)
    .map(([key, value]) => `${JSON.stringify(key)}: ${write(value)}`)
    .join(",\n");
}
