/** One operation of a graph, in ONNX's words. Attributes are whole numbers or lists of them. */
export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes?: Readonly<Record<string, number | readonly number[]>>;
}

/** An input or output; sizes that are texts are open. */
export interface OnnxValue {
  readonly name: string;
  readonly type: "float32" | "float16" | "int64";
  readonly shape: readonly (number | string)[];
}

/** TensorProto.DataType. */
export const DATA_TYPES = { float32: 1, int64: 7, float16: 10 } as const;

/** The bytes of an ONNX model (onnx.proto3, opset 13) with one graph, for models that behave oddly. */
export function onnxFile(nodes: readonly OnnxNode[], input: OnnxValue, output: OnnxValue): Buffer {
  const graph = [
    ...nodes.map((node) => field(1, nodeProto(node))),
    field(2, "g"),
    field(11, valueInfo(input)),
    field(12, valueInfo(output)),
  ];
  return Buffer.concat([field(1, 8), field(7, Buffer.concat(graph)), field(8, field(2, 13))]);
}

function nodeProto({ op, inputs, output, attributes = {} }: OnnxNode): Buffer {
  const parts = [...inputs.map((name) => field(1, name)), field(2, output), field(4, op)];
  for (const [name, value] of Object.entries(attributes)) {
    const numbers = typeof value === "number" ? [field(3, value), field(20, 2)] : [...value.map((each) => field(8, each)), field(20, 7)];
    parts.push(field(5, Buffer.concat([field(1, name), ...numbers])));
  }
  return Buffer.concat(parts);
}

function valueInfo({ name, type, shape }: OnnxValue): Buffer {
  const sizes = shape.map((size) => field(1, field(typeof size === "number" ? 1 : 2, size)));
  const tensor = Buffer.concat([field(1, DATA_TYPES[type]), field(2, Buffer.concat(sizes))]);
  return Buffer.concat([field(1, name), field(2, field(1, tensor))]);
}

/** A protobuf field: a number as a varint, all else with its length before it. */
function field(number: number, value: number | string | Buffer): Buffer {
  if (typeof value === "number") return Buffer.concat([varint(number << 3), varint(value)]);
  const bytes = Buffer.from(value);
  return Buffer.concat([varint((number << 3) | 2), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    bytes.push(rest < 128 ? rest : (rest % 128) | 128);
    if (rest < 128) return Buffer.from(bytes);
  }
}
