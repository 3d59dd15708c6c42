import type { Worker } from "node:worker_threads";
import { normalize } from "../../domain/embedding.js";
import { asError, LikenessError } from "../../domain/errors.js";
import type { Logger } from "../../log.js";
import { startThread } from "../../start-thread.js";
import { unavailable } from "./model-directory.js";

/**
 * ONNX Runtime reports what it runs to Microsoft unless this is set before it loads; and a thread's own environment is a copy,
 * which its library does not see.
 */
process.env["ORT_DISABLE_TELEMETRY"] = "1";

/** What a graph's thread is started with. */
export interface GraphFile {
  readonly file: string;
  /** Threads of one inference; 0 for one for each core. */
  readonly threads: number;
  /**
   * Whether these threads spin while they wait for each other: a fifth faster for one text, but they take the processor from
   * whatever else there is to do, such as to decode the next pictures.
   */
  readonly spins: boolean;
}

export interface GraphOptions extends GraphFile {
  /** Names of which the graph has one; the first that it has is what it is run for. */
  readonly outputs: readonly string[];
  /** What the graph may want. */
  readonly inputs: readonly string[];
  readonly log?: Logger | undefined;
}

/** The first that a graph's thread says. */
export interface GraphDescription {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly fixedLength: number | null;
}

export interface Input {
  readonly name: string;
  readonly data: Float32Array | BigInt64Array;
  readonly dims: readonly number[];
}

export interface Output {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

export interface RunGraph {
  readonly id: number;
  readonly inputs: readonly Input[];
  readonly output: string;
}

/** Null asks the thread to end, once it has answered what came before. */
export type GraphCall = RunGraph | null;

export type GraphAnswer = { readonly id: number } & (Output | { readonly failure: string });

interface Waiting {
  readonly resolve: (output: Output) => void;
  readonly reject: (error: Error) => void;
}

/**
 * One ONNX graph, run in a thread of its own: an inference holds the thread that it was called in until it ends, which for
 * pictures is a tenth of a second and more, and searches would wait for it. A thread that ends by itself, as one that is out of memory
 * does, fails the runs that it had; the next run starts another.
 */
export class Graph {
  private readonly waiting = new Map<number, Waiting>();
  private lastId = 0;
  private stopping: Promise<void> | null = null;

  private constructor(
    /** Null between the end of one and the start of the next. */
    private thread: Worker | null,
    private readonly graphFile: GraphFile,
    private readonly description: GraphDescription,
    private readonly output: string,
    private readonly log?: Logger,
  ) {
    if (thread) this.take(thread);
  }

  /** Throws ENCODER_UNAVAILABLE when the file cannot be loaded, wants other inputs than these, or gives none of the outputs. */
  static async load({ outputs, inputs, log, ...graphFile }: GraphOptions): Promise<Graph> {
    const { file } = graphFile;
    const thread = startThread("./graph-thread", import.meta.url, graphFile satisfies GraphFile);
    try {
      const description = await describe(thread, file);
      const strange = description.inputNames.find((name) => !inputs.includes(name));
      if (strange) throw unavailable(`${file} wants the input "${strange}"; only ${inputs.join(", ")} can be given.`);
      const output = outputs.find((name) => description.outputNames.includes(name));
      if (!output) throw unavailable(`${file} gives ${description.outputNames.join(", ")}, and none of ${outputs.join(", ")}.`);
      return new Graph(thread, graphFile, description, output, log);
    } catch (error) {
      await stop(thread);
      throw error;
    }
  }

  /** The token count that the graph is fixed to, if any. */
  get fixedLength(): number | null {
    return this.description.fixedLength;
  }

  takes(input: string): boolean {
    return this.description.inputNames.includes(input);
  }

  /**
   * The embeddings, shape `[n, dimension]`. Inputs that the graph does not name are left out: it would refuse them. Those that it
   * names are moved to its thread and are of no use here afterwards.
   */
  run(inputs: readonly Input[]): Promise<Output> {
    if (this.stopping) return Promise.reject(refused("The encoder is closed."));
    const thread = this.thread ?? this.restart();
    const wanted = inputs.filter(({ name }) => this.takes(name));
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      thread.ref();
      const buffers = wanted.map(({ data }) => data.buffer as ArrayBuffer);
      thread.postMessage({ id, inputs: wanted, output: this.output } satisfies GraphCall, buffers);
    });
  }

  /**
   * Runs the graph once: the dimension comes out, and the first request finds it warm. Throws ENCODER_UNAVAILABLE where it fails or
   * gives no embeddings; `sample` says what the inputs are.
   */
  async probe(inputs: readonly Input[], sample: string): Promise<number> {
    try {
      const { data, dims } = await this.run(inputs);
      const dimension = dims[1] as number;
      for (let at = 0; at < data.length; at += dimension) normalize(data.subarray(at, at + dimension));
      return dimension;
    } catch (cause) {
      throw unavailable(`${this.graphFile.file} does not run on ${sample} (${reason(cause)}).`, cause);
    }
  }

  /** Takes no more runs, and waits for those under way. */
  async close(): Promise<void> {
    this.stopping ??= this.thread ? stop(this.thread) : Promise.resolve();
    await this.stopping;
  }

  private restart(): Worker {
    this.thread = startThread("./graph-thread", import.meta.url, this.graphFile);
    this.take(this.thread);
    return this.thread;
  }

  private take(thread: Worker): void {
    thread.on("message", (answer: GraphAnswer | GraphDescription) => {
      // The first that a thread says describes its graph, which is known.
      if ("id" in answer) this.settle(answer);
    });
    thread.once("error", (cause) => this.lose(thread, cause));
    thread.once("exit", () => this.lose(thread));
    // Between inferences it keeps no process alive.
    thread.unref();
  }

  private settle(answer: GraphAnswer): void {
    const call = this.waiting.get(answer.id);
    this.waiting.delete(answer.id);
    // One that is asked to end is waited for, and nothing else may keep the process until then.
    if (this.waiting.size === 0 && !this.stopping) this.thread?.unref();
    if ("failure" in answer) call?.reject(new Error(answer.failure));
    else call?.resolve(answer);
  }

  private lose(thread: Worker, cause?: unknown): void {
    if (this.thread !== thread) return;
    this.thread = null;
    // Callers are told that it has ended, and not why.
    if (!this.stopping) this.log?.error({ err: cause, file: this.graphFile.file }, "a model's thread has ended");
    const error = refused("The model's thread has ended, and another one is started: try again.", cause);
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }
}

/** What the runtime says is wrong, which is all that tells a broken file from one that lacks its weights or is of another kind. */
function reason(cause: unknown): string {
  return asError(cause).message.trim();
}

function refused(message: string, cause?: unknown): LikenessError {
  return new LikenessError("ENCODER_UNAVAILABLE", message, { cause });
}

/** Asks it to end: a thread that is terminated in the middle of an inference takes the whole process with it. */
async function stop(thread: Worker): Promise<void> {
  // A thread that has ended has no id any more.
  if (thread.threadId < 0) return;
  const exit = new Promise<void>((resolve) => thread.once("exit", () => resolve()));
  thread.ref();
  thread.postMessage(null satisfies GraphCall);
  await exit;
}

async function describe(thread: Worker, file: string): Promise<GraphDescription> {
  try {
    return await new Promise<GraphDescription>((resolve, reject) => {
      thread.once("message", resolve);
      thread.once("error", reject);
      thread.once("exit", () => reject(new Error("Its thread has ended.")));
    });
  } catch (cause) {
    throw unavailable(`${file} cannot be loaded (${reason(cause)}).`, cause);
  }
}
