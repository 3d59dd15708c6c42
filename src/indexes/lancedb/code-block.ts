import { WasmModule } from "../../wasm-module.js";
import { ASSEMBLED } from "./upper-bounds.wasm.js";

/** Rows that are compared at once. */
const GROUP = 16;
/** The most that four bits add to a sum: what eight add fits into a byte then. */
const MOST_OF_FOUR = 127;
/** The sums of longer codes would overflow their 16 bits. */
export const MAX_CODE_BYTES = 258;
const MODULE = new WasmModule(ASSEMBLED);

type FillBounds = (
  tables: number,
  codes: number,
  shifts: number,
  scales: number,
  spreads: number,
  out: number,
  most: number,
  groups: number,
  bytes: number,
  base: number,
  step: number,
  least: number,
  deviations: number,
) => void;

/** A row's bound is `base + shift + scale * (signs · numbers) + spread * deviations`, its code telling the signs. */
export interface BoundsQuery {
  readonly base: number;
  /** Shape `[8 * codeBytes]`. */
  readonly numbers: Float64Array;
  readonly deviations: number;
}

/** Valid until the next query. */
export interface UpperBounds {
  /** Shape `[room]`, or somewhat longer: minus infinity from there on. */
  readonly ofRows: Float32Array;
  /** The greatest of each sixteen rows. */
  readonly ofGroups: Float32Array;
}

/** Binary codes of rows, laid out to be compared with a query all at once. */
export class CodeBlock {
  readonly bytes: number;
  private readonly tables: Uint8Array;
  private readonly codes: Uint8Array;
  private readonly shifts: Float32Array;
  private readonly scales: Float32Array;
  private readonly spreads: Float32Array;
  private readonly bounds: UpperBounds;
  private readonly fillBounds: FillBounds;

  constructor(
    room: number,
    private readonly codeBytes: number,
  ) {
    const groups = Math.ceil(room / GROUP);
    const rows = groups * GROUP;
    const [tablesEnd, codesEnd] = [codeBytes * 32, codeBytes * 32 + rows * codeBytes];
    const bytes = codesEnd + (4 * rows + groups) * Float32Array.BYTES_PER_ELEMENT;
    const { buffer, functions } = MODULE.instantiate<{ upperBounds: FillBounds }>(bytes);
    this.bytes = buffer.byteLength;
    this.tables = new Uint8Array(buffer, 0, tablesEnd);
    this.codes = new Uint8Array(buffer, tablesEnd, rows * codeBytes);
    const floats = new Float32Array(buffer, codesEnd);
    this.shifts = floats.subarray(0, rows).fill(Number.NEGATIVE_INFINITY);
    this.scales = floats.subarray(rows, 2 * rows);
    this.spreads = floats.subarray(2 * rows, 3 * rows);
    this.bounds = { ofRows: floats.subarray(3 * rows, 4 * rows), ofGroups: floats.subarray(4 * rows, 4 * rows + groups) };
    this.fillBounds = functions.upperBounds;
  }

  /** `terms`: shift, scale and spread. */
  set(row: number, code: Uint8Array, [shift, scale, spread]: Float32Array): void {
    const start = Math.floor(row / GROUP) * GROUP * this.codeBytes + lane(row % GROUP);
    for (let i = 0; i < code.length; i++) this.codes[start + i * GROUP] = code[i] as number;
    this.shifts[row] = shift as number;
    this.scales[row] = scale as number;
    this.spreads[row] = spread as number;
  }

  upperBounds({ base, numbers, deviations }: BoundsQuery): UpperBounds {
    const { tables, codes, shifts, scales, spreads, bounds } = this;
    let [most, absolutes] = [0, 0];
    for (let at = 0; at < numbers.length; at += 4) {
      const four = absoluteSum(numbers, at);
      absolutes += four;
      most = Math.max(most, four);
    }
    const step = (2 * most) / MOST_OF_FOUR || 1;
    for (let at = 0; at < numbers.length; at += 4) fillTable(tables, numbers, at, step);
    this.fillBounds(
      tables.byteOffset,
      codes.byteOffset,
      shifts.byteOffset,
      scales.byteOffset,
      spreads.byteOffset,
      bounds.ofRows.byteOffset,
      bounds.ofGroups.byteOffset,
      bounds.ofGroups.length,
      this.codeBytes,
      base,
      step,
      -absolutes,
      deviations,
    );
    return bounds;
  }
}

/** Where in a group the code of its i-th row is, so that the sums of eight rows come out one after the other. */
function lane(i: number): number {
  return i < GROUP / 2 ? 2 * i : 2 * (i - GROUP / 2) + 1;
}

/** What each choice of signs of four numbers adds to a sum, in steps above the least. */
function fillTable(tables: Uint8Array, numbers: Float64Array, at: number, step: number): void {
  const [a, b, c, d] = [numbers[at] as number, numbers[at + 1] as number, numbers[at + 2] as number, numbers[at + 3] as number];
  const least = -absoluteSum(numbers, at);
  for (let bits = 0; bits < 16; bits++) {
    const sum = (bits & 1 ? a : -a) + (bits & 2 ? b : -b) + (bits & 4 ? c : -c) + (bits & 8 ? d : -d);
    tables[at * 4 + bits] = Math.round((sum - least) / step);
  }
}

/** Of four numbers. */
function absoluteSum(numbers: Float64Array, at: number): number {
  let sum = 0;
  for (let i = at; i < at + 4; i++) sum += Math.abs(numbers[i] as number);
  return sum;
}
