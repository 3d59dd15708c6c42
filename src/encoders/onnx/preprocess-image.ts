import sharp, { type KernelEnum } from "sharp";
import { asError, LikenessError } from "../../domain/errors.js";
import { undecodable } from "../../domain/picture.js";
import { enlarge, type Pixels } from "./enlarge.js";

/** A model's `preprocessor_config.json`, resolved once. Sizes are in pixels. */
export interface ImageSettings {
  /** Scale so that the shorter side has this length, or to exactly this size; null leaves the size alone. */
  readonly resize: { readonly shortestEdge: number } | { readonly width: number; readonly height: number } | null;
  readonly kernel: keyof KernelEnum;
  /** What the graph takes. */
  readonly width: number;
  readonly height: number;
  /** Shape `[3, 256]`: what each byte of a channel becomes, rescaled and normalised. */
  readonly values: readonly Float32Array[];
}

/** By PIL's resampling numbers, which the configs use; sharp has none like its 4 and 5. PIL's bicubic and sharp's "cubic" are both Catmull-Rom. */
const KERNELS: readonly (keyof KernelEnum)[] = ["nearest", "lanczos3", "linear", "cubic"];

/** More pixels than any model of this kind sees; one picture is 200 MB as a graph's input then. */
const MAX_SIDE = 4096;

type Size = number | { shortest_edge?: number; width?: number; height?: number };

/** Reads the words of Hugging Face's image processors, old configs (plain numbers for sizes) and new ones (null for what is not done) included. */
export function readImageSettings(config: Record<string, unknown>, file = "preprocessor_config.json"): ImageSettings {
  try {
    return readSettings(config);
  } catch (cause) {
    throw new LikenessError("ENCODER_UNAVAILABLE", `${file} ${asError(cause).message}.`, { cause });
  }
}

function readSettings(config: Record<string, unknown>): ImageSettings {
  const isDone = (word: string): boolean => {
    const given = config[word] ?? !(word in config);
    if (typeof given !== "boolean") throw new Error(`needs true or false as ${word}`);
    return given;
  };
  const cropSize = isDone("do_center_crop") ? (config.crop_size as Size | null | undefined) : null;
  const crop = cropSize == null ? null : toBox(cropSize, "crop_size");
  const size = isDone("do_resize") ? (config.size as Size | null | undefined) : null;
  const resize = size == null ? null : toResize(size, crop !== null);
  const target = crop ?? (resize && "width" in resize ? resize : null);
  if (!target) throw new Error('fixes no picture size: it needs "crop_size", or "size" with width and height');
  const rescale = isDone("do_rescale") ? ((config.rescale_factor as number | null | undefined) ?? 1 / 255) : 1;
  const normalizes = isDone("do_normalize");
  const mean = normalizes ? (config.image_mean as number[]) : [0, 0, 0];
  const std = normalizes ? (config.image_std as number[]) : [1, 1, 1];
  if (mean?.length !== 3 || std?.length !== 3) throw new Error("needs image_mean and image_std of three numbers");
  const values = std.map((each, i) =>
    Float32Array.from({ length: 256 }, (_, byte) => byte * (rescale / each) - (mean[i] as number) / each),
  );
  const areNumbers = [...mean, ...std, rescale].every((each: unknown) => typeof each === "number");
  if (!areNumbers || rescale === 0 || !values.every((channel) => channel.every(Number.isFinite))) {
    throw new Error("needs numbers as image_mean, image_std (none of them 0) and rescale_factor (not 0)");
  }
  const kernel = KERNELS[(config.resample as number | null | undefined) ?? 3];
  if (!kernel) throw new Error("needs 0 (nearest), 1 (Lanczos), 2 (bilinear) or 3 (bicubic) as resample");
  return { resize, kernel, ...target, values };
}

function toBox(size: Size, name: string): { width: number; height: number } {
  const { width, height, shortest_edge: edge } = typeof size === "number" ? { shortest_edge: size } : size;
  return { width: toSide(width ?? edge, name), height: toSide(height ?? edge, name) };
}

function toResize(size: Size, crops: boolean): ImageSettings["resize"] {
  // A plain number meant the shorter side where a crop followed (CLIP), a square where none did (ViT).
  const edge = typeof size === "number" ? (crops ? size : undefined) : size.shortest_edge;
  return edge == null ? toBox(size, "size") : { shortestEdge: toSide(edge, "size") };
}

function toSide(side: unknown, name: string): number {
  if (Number.isInteger(side) && (side as number) > 0 && (side as number) <= MAX_SIDE) return side as number;
  throw new Error(`needs whole numbers of pixels in "${name}", at most ${MAX_SIDE}: one, "shortest_edge", or "width" and "height"`);
}

/**
 * Turns an encoded picture into a graph's input: float32, shape `[3, height, width]`, channel by channel (R, G, B).
 * Transparent parts become white, as in most product photos; an animation counts by its first frame.
 * Throws NOT_AN_IMAGE for bytes that cannot be decoded.
 */
export async function preprocessImage(bytes: Uint8Array, settings: ImageSettings): Promise<Float32Array> {
  try {
    return cropToTensor(await resized(bytes, settings), settings);
  } catch (cause) {
    if (cause instanceof LikenessError) throw cause;
    throw undecodable(cause);
  }
}

/** How much more than the crop is kept of a long, thin picture before it is scaled: the filter needs a margin. */
const MARGIN = 2;

/**
 * Decodes to 8-bit RGB at full size first, then scales: letting the JPEG decoder shrink while it decodes is faster but
 * moves embeddings (cosine .976 with the reference where this gives .998).
 */
async function resized(bytes: Uint8Array, settings: ImageSettings): Promise<Pixels> {
  // `pages` defaults to 1: the first frame.
  const source = sharp(bytes, { failOn: "error" }).autoOrient();
  const { format, autoOrient } = await source.metadata();
  if (format === "svg" || format === "pdf") throw new LikenessError("NOT_AN_IMAGE", `${format.toUpperCase()} is not a photo format.`);
  const { resize } = settings;
  const { width, height } = autoOrient;
  const edge = resize && "shortestEdge" in resize ? resize.shortestEdge / Math.min(width, height) : null;
  // Without this, 1 × 1,000,000 pixels would be scaled to a size that no machine can hold, and then cropped.
  const kept = edge === null ? autoOrient : { width: keep(width, settings.width, edge), height: keep(height, settings.height, edge) };
  let image = source.flatten({ background: "white" });
  if (kept.width < width || kept.height < height) {
    image = image.extract({ left: (width - kept.width) / 2, top: (height - kept.height) / 2, width: kept.width, height: kept.height });
  }
  const decoded = toRgb(await image.toColourspace("srgb").removeAlpha().raw({ depth: "uchar" }).toBuffer({ resolveWithObject: true }));
  if (!resize) return decoded;
  const target =
    edge === null ? (resize as { width: number; height: number }) : { width: scaled(kept.width, edge), height: scaled(kept.height, edge) };
  const { kernel } = settings;
  if (kernel !== "cubic" && kernel !== "linear") return scaleBySharp(decoded, target.width, target.height, kernel);
  // Where one side shrinks and the other grows, it shrinks first: a line of a million pixels must not be made broad.
  const smaller = await scaleBySharp(decoded, Math.min(kept.width, target.width), Math.min(kept.height, target.height), kernel);
  return enlarge(smaller, target.width, target.height, kernel);
}

async function scaleBySharp(source: Pixels, width: number, height: number, kernel: keyof KernelEnum): Promise<Pixels> {
  if (width === source.width && height === source.height) return source;
  const raw = { width: source.width, height: source.height, channels: 3 } as const;
  const scaled = sharp(source.data, { raw }).resize({ width, height, fit: "fill", kernel });
  return toRgb(await scaled.raw().toBuffer({ resolveWithObject: true }));
}

/** Rounded down, as the reference does; the tiny addend makes up for 224 / 240 * 240 = 223.999…. */
function scaled(side: number, scale: number): number {
  return Math.max(1, Math.floor(side * scale + 1e-6));
}

/** Some greyscale pictures come out of the decoder with one channel. */
function toRgb({ data, info }: { data: Uint8Array; info: { width: number; height: number; channels: number } }): Pixels {
  const { width, height, channels } = info;
  if (channels === 3) return { data, width, height };
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0; i < rgb.length; i++) rgb[i] = data[Math.floor(i / 3) * channels] as number;
  return { data: rgb, width, height };
}

/** How many source pixels of one side to keep: all, or enough around the middle; an even number is cut off. */
function keep(side: number, crop: number, scale: number): number {
  const enough = Math.ceil((crop * MARGIN) / scale) + 2 * MARGIN;
  return enough >= side ? side : enough + ((side - enough) % 2);
}

/** Crops around the middle (black where the picture is smaller, as in the reference), rescales and normalises. */
function cropToTensor({ data, width, height }: Pixels, settings: ImageSettings): Float32Array {
  const plane = settings.width * settings.height;
  const left = Math.floor((width - settings.width) / 2);
  const top = Math.floor((height - settings.height) / 2);
  const columns = { from: Math.max(0, -left), to: Math.min(settings.width, width - left) };
  const rows = { from: Math.max(0, -top), to: Math.min(settings.height, height - top) };
  const tensor = new Float32Array(3 * plane);
  for (let channel = 0; channel < 3; channel++) {
    const values = settings.values[channel] as Float32Array;
    if (width < settings.width || height < settings.height) tensor.fill(values[0] as number, channel * plane, (channel + 1) * plane);
    for (let y = rows.from; y < rows.to; y++) {
      let from = ((y + top) * width + columns.from + left) * 3 + channel;
      const start = channel * plane + y * settings.width;
      for (let to = start + columns.from; to < start + columns.to; to++, from += 3) tensor[to] = values[data[from] as number] as number;
    }
  }
  return tensor;
}
