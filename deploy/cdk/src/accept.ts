import { Validations } from "aws-cdk-lib";
import type { IConstruct } from "constructs";

/** Accepts what cdk-nag finds at `at`, by rule; the value says why it is right there. */
export function accept(at: IConstruct, reasons: Readonly<Record<string, string>>): void {
  for (const [rule, reason] of Object.entries(reasons)) Validations.of(at).acknowledge({ id: `AwsSolutions-${rule}`, reason });
}
