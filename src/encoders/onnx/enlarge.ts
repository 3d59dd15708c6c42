/** Decoded pixels, row by row, three bytes (R, G, B) each. */
export interface Pixels {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/**
 * Enlarges a small picture by Catmull-Rom, as PIL does, edges included. libvips enlarges by another way than it
 * shrinks (the cosine with the reference fell to .90), so this one direction is done here; sources are small by nature.
 */
export function enlarge(source: Pixels, width: number, height: number): Pixels {
  const wide = stretchRows(source, width);
  return transpose(stretchRows(transpose(wide), height));
}

function stretchRows({ data, width, height }: Pixels, newWidth: number): Pixels {
  const out = new Uint8ClampedArray(newWidth * height * 3);
  const step = width / newWidth;
  for (let x = 0; x < newWidth; x++) {
    const centre = (x + 0.5) * step;
    const first = Math.max(0, Math.floor(centre - 2 + 0.5));
    const last = Math.min(width, Math.floor(centre + 2 + 0.5));
    const weights = Array.from({ length: last - first }, (_, i) => catmullRom(first + i + 0.5 - centre));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    for (let y = 0; y < height; y++) {
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        for (let i = 0; i < weights.length; i++) {
          sum += (weights[i] as number) * (data[(y * width + first + i) * 3 + channel] as number);
        }
        out[(y * newWidth + x) * 3 + channel] = sum / total;
      }
    }
  }
  return { data: new Uint8Array(out.buffer), width: newWidth, height };
}

function transpose({ data, width, height }: Pixels): Pixels {
  const out = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * 3;
      out.set(data.subarray(from, from + 3), (x * height + y) * 3);
    }
  }
  return { data: out, width: height, height: width };
}

/** The cubic kernel with a = -0.5, over distances in source pixels. */
function catmullRom(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
}
