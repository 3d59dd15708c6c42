/** Decoded pixels, row by row, three bytes (R, G, B) each. */
export interface Pixels {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** How far a kernel reaches to each side, and its weight at a distance, both in source pixels. */
interface Kernel {
  readonly reach: 1 | 2;
  readonly weigh: (distance: number) => number;
}

const KERNELS: Record<"linear" | "cubic", Kernel> = { linear: { reach: 1, weigh: triangle }, cubic: { reach: 2, weigh: catmullRom } };

/**
 * Enlarges the sides of a picture that are too small, as PIL does, edges included. libvips enlarges by another way than it
 * shrinks (the cosine with the reference fell to .90), so this one direction is done here; sources are small by nature.
 */
export function enlarge(source: Pixels, width: number, height: number, kernel: keyof typeof KERNELS): Pixels {
  const rows = width > source.width ? stretchRows(source, width, KERNELS[kernel]) : source;
  return height > source.height ? stretchColumns(rows, height, KERNELS[kernel]) : rows;
}

function stretchRows({ data, width, height }: Pixels, newWidth: number, kernel: Kernel): Pixels {
  const out = new Uint8ClampedArray(newWidth * height * 3);
  const { first, count, weights } = taps(width, newWidth, kernel);
  let to = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < newWidth; x++) {
      let at = (y * width + (first[x] as number)) * 3;
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let i = x * TAPS; i < x * TAPS + (count[x] as number); i++, at += 3) {
        const weight = weights[i] as number;
        red += weight * (data[at] as number);
        green += weight * (data[at + 1] as number);
        blue += weight * (data[at + 2] as number);
      }
      out[to++] = red;
      out[to++] = green;
      out[to++] = blue;
    }
  }
  return { data: new Uint8Array(out.buffer), width: newWidth, height };
}

function stretchColumns({ data, width, height }: Pixels, newHeight: number, kernel: Kernel): Pixels {
  const stride = width * 3;
  const out = new Uint8ClampedArray(newHeight * stride);
  const { first, count, weights } = taps(height, newHeight, kernel);
  let to = 0;
  for (let y = 0; y < newHeight; y++) {
    for (let start = (first[y] as number) * stride, end = start + stride; start < end; start++) {
      let sum = 0;
      for (let i = 0; i < (count[y] as number); i++) sum += (weights[y * TAPS + i] as number) * (data[start + i * stride] as number);
      out[to++] = sum;
    }
  }
  return { data: new Uint8Array(out.buffer), width, height: newHeight };
}

/** The most source pixels that one new pixel is made of. */
const TAPS = 4;

/** For each new pixel of a row or column: its first source pixel, how many follow, and their weights (shape `[to, TAPS]`), which sum to 1. */
function taps(from: number, to: number, { reach, weigh }: Kernel): { first: Int32Array; count: Int32Array; weights: Float64Array } {
  const first = new Int32Array(to);
  const count = new Int32Array(to);
  const weights = new Float64Array(to * TAPS);
  for (let x = 0; x < to; x++) {
    const centre = ((x + 0.5) * from) / to;
    const start = Math.max(0, Math.floor(centre - reach + 0.5));
    const end = Math.min(from, Math.floor(centre + reach + 0.5));
    first[x] = start;
    count[x] = end - start;
    let total = 0;
    for (let at = start; at < end; at++) total += weigh(at + 0.5 - centre);
    for (let at = start; at < end; at++) weights[x * TAPS + at - start] = weigh(at + 0.5 - centre) / total;
  }
  return { first, count, weights };
}

function triangle(distance: number): number {
  return Math.max(0, 1 - Math.abs(distance));
}

/** The cubic kernel with a = -0.5. */
function catmullRom(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
}
