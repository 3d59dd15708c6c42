import sharp, { type Metadata, type Sharp } from "sharp";
import { undecodable } from "../../domain/picture.js";

/** What libvips may decode here; it could read more (SVG, PDF, TIFF), but not from strangers. */
const READABLE = new Set(["jpeg", "png", "webp", "gif", "heif"]);

/** Shorter sides to try, in pixels, until the picture fits: no CLIP-family model sees more than about 600. The last are for thin ones. */
const SHORTER_SIDES = [2048, 1448, 1024, 724, 512, 362, 256, 181, 128, 64, 32, 16];

/** JPEG takes no side longer than 65,535 pixels, and a thin picture scaled by its shorter side may be longer. */
const LONGEST_SIDE = 16_384;

const QUALITY = 95;

/**
 * A picture as an endpoint can take it: within `maxBytes`, and so plain that every decoder sees the same in it.
 * - A plain JPEG or PNG that fits goes as it is: re-encoding alone moves an embedding (cosine .997 with a quality of 95).
 * - What decoders disagree on is settled here, as the embedded encoder does: turned upright, transparency on white, first
 *   frame, sRGB in 8 bits. Losslessly (PNG) where that fits, else as a JPEG of high quality at full size.
 * - What still does not fit is scaled down in small steps.
 * Throws NOT_AN_IMAGE for bytes that cannot be decoded to their end, so that no endpoint ever sees them.
 */
export async function fitPicture(bytes: Uint8Array, maxBytes: number): Promise<Uint8Array> {
  try {
    const metadata = await sharp(bytes).metadata();
    if (!READABLE.has(metadata.format)) throw new Error(`${metadata.format} is not a photo format`);
    if (isPlain(metadata) && bytes.byteLength <= maxBytes) {
      await checkWhole(bytes);
      return bytes;
    }
    return await reencode(bytes, metadata, maxBytes);
  } catch (cause) {
    throw undecodable(cause);
  }
}

function isPlain({ format, hasAlpha, orientation = 1, space, depth, pages = 1 }: Metadata): boolean {
  const isCommon = format === "jpeg" || format === "png";
  return isCommon && !hasAlpha && orientation === 1 && (space === "srgb" || space === "b-w") && depth === "uchar" && pages === 1;
}

/** Reads the pixels to the end. A JPEG asked for at a small size is decoded at an eighth, which is cheap. */
async function checkWhole(bytes: Uint8Array): Promise<void> {
  await sharp(bytes, { failOn: "error" }).resize(16, 16, { fit: "fill" }).raw().toBuffer();
}

async function reencode(bytes: Uint8Array, { width, height }: Metadata, maxBytes: number): Promise<Uint8Array> {
  const upright = (): Sharp =>
    sharp(bytes, { failOn: "error" }).autoOrient().flatten({ background: "white" }).toColourspace("srgb").removeAlpha();
  // A photo as PNG takes about half of its pixels' bytes, so a larger one need not be tried.
  if (width * height * 3 <= 2 * maxBytes) {
    const png = await upright().png({ compressionLevel: 6 }).toBuffer();
    if (png.byteLength <= maxBytes) return png;
  }
  const sides = [Math.min(width, height), ...SHORTER_SIDES].filter((side) => side <= Math.min(width, height));
  for (const side of sides) {
    const scale = Math.min(side / Math.min(width, height), LONGEST_SIDE / Math.max(width, height));
    const longer = Math.max(1, Math.floor(Math.max(width, height) * scale));
    const fitted = upright().resize({ width: longer, height: longer, fit: "inside", withoutEnlargement: true, kernel: "cubic" });
    const jpeg = await fitted.jpeg({ quality: QUALITY, chromaSubsampling: "4:4:4" }).toBuffer();
    if (jpeg.byteLength <= maxBytes) return jpeg;
  }
  throw new Error(`it does not fit ${maxBytes} bytes at any size`);
}
