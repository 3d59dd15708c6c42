import { App, type AppProps, DefaultStackSynthesizer, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import { LikenessStack } from "./likeness-stack.js";
import { type EncoderKind, SIZES, type SizeName } from "./sizes.js";

export interface Choice {
  readonly size: SizeName;
  /** The size's own kind where left out. */
  readonly encoder?: EncoderKind;
}

/**
 * The app with its one stack, checked by cdk-nag at synthesis. The stack has no files to upload, so its template alone goes into any
 * account, bootstrapped for CDK or not.
 */
export function likenessApp(choice: (app: App) => Choice, props?: AppProps): { app: App; stack: LikenessStack } {
  const app = new App({ analyticsReporting: false, ...props });
  const { size, encoder } = choice(app);
  const stack = new LikenessStack(app, "likeness", {
    description: `Likeness, product search by words and pictures: size ${size}`,
    size: SIZES[size],
    encoder: encoder ?? SIZES[size].encoder,
    synthesizer: new DefaultStackSynthesizer({ generateBootstrapVersionRule: false }),
  });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return { app, stack };
}

/** Reads `-c size=…` and `-c encoder=…`. Throws where a value is none of those. */
export function choiceOf(app: App): Choice {
  const size = app.node.tryGetContext("size") ?? "small";
  const encoder = app.node.tryGetContext("encoder");
  if (!Object.hasOwn(SIZES, size)) throw new Error(`size=${size}: give one of ${Object.keys(SIZES).join(", ")}.`);
  if (encoder !== undefined && encoder !== "serverless" && encoder !== "realtime") {
    throw new Error(`encoder=${encoder}: give serverless or realtime.`);
  }
  return { size, ...(encoder ? { encoder } : {}) };
}
