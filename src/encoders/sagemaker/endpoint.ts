import { InvokeEndpointCommand, type SageMakerRuntimeClient } from "@aws-sdk/client-sagemaker-runtime";
import { BrokenCircuitError, CircuitState } from "cockatiel";
import { LikenessError } from "../../domain/errors.js";
import type { Logger } from "../../log.js";
import { limitTime, type TimeLimit } from "../../time-limit.js";
import { CallFailure, classify } from "./call-failure.js";
import { type CallPolicy, type CallPolicyOptions, createCallPolicy } from "./call-policy.js";
import { type ModelCard, readModelCard } from "./contract/model-card.js";
import { parseAnswer } from "./read-answer.js";

export interface EndpointOptions extends CallPolicyOptions {
  /** Limit of one try against an endpoint that answered lately. */
  readonly timeoutMs: number;
  /** Limit of one try against an endpoint that may have to start first. */
  readonly coldStartMs: number;
  /** Limit of a call with all its tries, where the caller's own deadline is not nearer. */
  readonly deadlineMs: number;
}

export interface Answer {
  /** The JSON of the body, read. */
  readonly rows: unknown;
  /** Null for a container that is not Likeness's own. */
  readonly card: ModelCard | null;
}

/** A serverless endpoint keeps a model loaded for some minutes after a call; how many is not documented. */
const WARM_MS = 5 * 60_000;

/** One SageMaker endpoint: a call that is tried again, bounded and cut off as `CallPolicyOptions` says. */
export class Endpoint {
  private readonly policy: CallPolicy;
  private lastAnswerAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly client: SageMakerRuntimeClient,
    readonly name: string,
    private readonly options: EndpointOptions,
    private readonly log?: Logger,
  ) {
    this.policy = createCallPolicy(options);
    this.policy.circuit.onStateChange((state) => {
      const circuit = CircuitState[state];
      if (state === CircuitState.Open) log?.error({ endpoint: name, circuit }, "the endpoint keeps failing; calls stop for a moment");
      else log?.info({ endpoint: name, circuit }, "the endpoint's circuit changed");
    });
  }

  /**
   * Throws a CallFailure when every try failed or the deadline passed, and TIMEOUT when the caller gave up. A try that is under way
   * then goes on to its own limit, so that the circuit hears of an endpoint that nobody waits for long enough.
   */
  async invoke(body: Uint8Array, contentType: string, signal?: AbortSignal): Promise<Answer> {
    // The first ends tries and the second the wait for them, in this order, so that the circuit has heard of a try before the caller.
    const deadline = limitTime(this.options.deadlineMs);
    const limit = limitTime(this.options.deadlineMs, signal);
    let latest: CallFailure | null = null;
    const attempt = async (): Promise<Answer> => {
      // After the wait between two tries. By any other error, one that tries the ground would close the circuit.
      if (limit.signal.aborted) throw new CallFailure("failed", "nobody waits for it any more");
      try {
        return await this.attempt(body, contentType, deadline);
      } catch (error) {
        if (error instanceof CallFailure) {
          if (!deadline.expired) latest = error;
          this.report(error);
        }
        throw error;
      }
    };
    try {
      return await limit.race(this.policy.run(attempt, limit.signal));
    } catch (error) {
      if (signal?.aborted) throw givenUp(signal.reason);
      if (error instanceof BrokenCircuitError) {
        throw new CallFailure("failed", "it kept failing and is left alone for a moment", { cause: error });
      }
      // What went wrong last says more than that the time is over.
      if (deadline.expired)
        throw latest ?? new CallFailure("failed", `it did not answer within ${this.options.deadlineMs} ms`, { cause: error });
      throw error;
    } finally {
      limit.dispose();
      deadline.dispose();
    }
  }

  /** Tells the log of a call that failed, or of an answer that cannot be used. What does not pass by itself is an error: it takes an operator. */
  report({ kind, message: reason }: CallFailure): void {
    const level = kind === "misconfigured" || kind === "malformed" ? "error" : "warn";
    this.log?.[level]({ endpoint: this.name, kind, reason }, "a call of the endpoint failed");
  }

  private async attempt(body: Uint8Array, contentType: string, deadline: TimeLimit): Promise<Answer> {
    const isWarm = Date.now() - this.lastAnswerAt < WARM_MS;
    const limitMs = isWarm ? this.options.timeoutMs : this.options.coldStartMs;
    const limit = limitTime(limitMs, deadline.signal);
    try {
      const command = new InvokeEndpointCommand({
        EndpointName: this.name,
        ContentType: contentType,
        Accept: "application/json",
        Body: body,
      });
      const answer = await limit.race(this.client.send(command, { abortSignal: limit.signal }));
      this.lastAnswerAt = Date.now();
      return { rows: parseAnswer(Buffer.from(answer.Body ?? []).toString("utf8")), card: readModelCard(answer.CustomAttributes) };
    } catch (error) {
      if (limit.expired) throw new CallFailure("failed", `it did not answer within ${limitMs} ms`, { cause: error });
      // Not as a call that was given up: one that tries the ground would close the circuit by that, and a deadline that always comes
      // before the limit of a try would never open it.
      if (deadline.expired) throw new CallFailure("failed", "it did not answer before the deadline", { cause: error });
      throw classify(error);
    } finally {
      limit.dispose();
    }
  }
}

/** What a caller is told who gave up, by the reason of its signal. */
export function givenUp(reason: unknown): LikenessError {
  if (reason instanceof LikenessError) return reason;
  return new LikenessError("TIMEOUT", "The request ended before its encodes did.", { cause: reason });
}
