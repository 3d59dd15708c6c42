import { on } from "node:events";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { asError } from "../../domain/errors.js";
import type { GraphAnswer, GraphCall, GraphDescription, GraphFile, Input, RunGraph } from "./graph.js";

/** Run as a thread: loads a graph, describes it, then answers one message after the other with the graph's output for its inputs. */
async function serve(port: MessagePort, { file, threads, spins }: GraphFile): Promise<void> {
  const session = await InferenceSession.create(file, {
    intraOpNumThreads: threads,
    logSeverityLevel: 3,
    extra: { session: { intra_op: { allow_spinning: spins ? "1" : "0" } } },
  });
  const calls = on(port, "message") as AsyncIterable<[GraphCall]>;
  const { inputNames, outputNames } = session;
  port.postMessage({ inputNames, outputNames, fixedLength: fixedLength(session) } satisfies GraphDescription);
  for await (const [call] of calls) {
    if (call === null) break;
    port.postMessage(await answer(session, call));
  }
  await session.release();
  port.close();
}

async function answer(session: InferenceSession, { id, inputs, output }: RunGraph): Promise<GraphAnswer> {
  try {
    const feeds = Object.fromEntries(inputs.map((input) => [input.name, tensorOf(input)]));
    const { data, dims, type } = (await session.run(feeds, [output]))[output] as Tensor;
    // The bits of a float16 would pass for numbers.
    if (type !== "float32") throw new Error(`its output ${output} is ${type}, and float32 is needed`);
    // Of any other shape, the rows of a batch would be cut at wrong places.
    const count = inputs[0]?.dims[0];
    if (dims.length !== 2 || dims[0] !== count || !dims[1]) {
      throw new Error(`its output ${output} has the shape [${dims.join(", ")}], and one row for each of ${count} inputs is needed`);
    }
    return { id, data: data as Float32Array, dims };
  } catch (error) {
    return { id, failure: asError(error).message };
  }
}

function tensorOf({ data, dims }: Input): Tensor {
  return data instanceof Float32Array ? new Tensor("float32", data, dims) : new Tensor("int64", data, dims);
}

/** The token count that a text graph is fixed to, if any. */
function fixedLength({ inputMetadata }: InferenceSession): number | null {
  const input = inputMetadata.find(({ name }) => name === "input_ids");
  const length = input?.isTensor ? input.shape[1] : undefined;
  return typeof length === "number" && length > 0 ? length : null;
}

await serve(parentPort as MessagePort, workerData as GraphFile);
