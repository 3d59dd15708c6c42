import sharp from "sharp";
import { LikenessError } from "../domain/errors.js";

const ALLOWED = "JPEG, PNG, WebP, AVIF or GIF";

/** As long as a JPEG's can be, in pixels. A PNG's can be more, and a column of millions takes ten times as long to scale as a square of as many. */
const MAX_SIDE = 65_535;

/** What a picture may be at most. */
export interface PictureLimits {
  /** As it is sent. */
  readonly maxBytes: number;
  /** Width times height. */
  readonly maxPixels: number;
}

/**
 * Throws UPLOAD_TOO_LARGE, NOT_AN_IMAGE or IMAGE_TOO_LARGE unless the bytes are a picture that may be decoded.
 * The file name and the declared media type are never asked: only the content counts. The first bytes are read by hand
 * before the decoder sees any, so that no other parser (SVG, PDF, TIFF, …) ever runs on a stranger's bytes.
 */
export async function checkPicture(bytes: Uint8Array, { maxBytes, maxPixels }: PictureLimits): Promise<void> {
  if (bytes.byteLength > maxBytes) throw tooLarge(`${bytes.byteLength} bytes`, maxBytes);
  if (!hasAllowedSignature(bytes)) {
    throw new LikenessError("NOT_AN_IMAGE", `Got ${describe(bytes)}; a picture must be ${ALLOWED}.`);
  }
  const { width, height } = await readSize(bytes);
  if (Math.max(width, height) > MAX_SIDE) {
    throw new LikenessError("IMAGE_TOO_LARGE", `Got a picture of ${width} × ${height} pixels; no side may have more than ${MAX_SIDE}.`);
  }
  if (width * height > maxPixels) {
    throw new LikenessError(
      "IMAGE_TOO_LARGE",
      `Got a picture of ${width} × ${height} = ${width * height} pixels; at most ${maxPixels} are allowed. Scale it down first.`,
    );
  }
}

/** The error of a picture of more bytes than are allowed. */
export function tooLarge(got: string, maxBytes: number): LikenessError {
  return new LikenessError("UPLOAD_TOO_LARGE", `The picture has ${got}; at most ${maxBytes} bytes are allowed.`);
}

/** Width and height in pixels of the first frame, from the header alone: nothing is decoded. */
async function readSize(bytes: Uint8Array): Promise<{ width: number; height: number }> {
  try {
    const { width, height, format, compression } = await sharp(bytes, { limitInputPixels: false }).metadata();
    if (format === "heif" && compression !== "av1") throw new Error(`HEIF with ${compression} is not AVIF`);
    return { width, height };
  } catch (cause) {
    throw new LikenessError("NOT_AN_IMAGE", `The picture's header is broken; a picture must be a whole ${ALLOWED} file.`, { cause });
  }
}

function hasAllowedSignature(bytes: Uint8Array): boolean {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 64)).toString("latin1");
  if (start.startsWith("\xff\xd8\xff") || start.startsWith("\x89PNG\r\n\x1a\n")) return true;
  if (start.startsWith("GIF87a") || start.startsWith("GIF89a")) return true;
  if (start.startsWith("RIFF") && start.slice(8, 12) === "WEBP") return true;
  // An ISO media file lists its brands from byte 8 on; AVIF's is often only among the compatible ones.
  return start.slice(4, 8) === "ftyp" && /avi[fs]/.test(start.slice(8));
}

/** What stands in place of a picture, in words that help whoever sent it. */
function describe(bytes: Uint8Array): string {
  if (bytes.byteLength === 0) return "no bytes at all";
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 256)).toString("latin1");
  if (/^\s*(?:\xef\xbb\xbf)?\s*<(?:\?xml|svg)/i.test(start)) return "SVG or other XML";
  if (/^\s*<(?:!doctype html|html)/i.test(start)) return "an HTML page";
  if (start.startsWith("%PDF")) return "a PDF";
  if (start.startsWith("II*\0") || start.startsWith("MM\0*")) return "a TIFF";
  if (start.startsWith("BM")) return "a BMP";
  if (start.slice(4, 8) === "ftyp") return `a file of the kind "${start.slice(8, 12).trim()}" (HEIC or video)`;
  const hex = Buffer.from(bytes.subarray(0, 8)).toString("hex");
  return `${bytes.byteLength} bytes that start with ${hex} (hex)`;
}
