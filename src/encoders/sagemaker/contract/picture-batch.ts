/** Bytes that each picture adds to its own size. */
export const PICTURE_OVERHEAD_BYTES = 4;

/**
 * Lays out many pictures in one body: of each its length (unsigned 32-bit, big-endian), then its bytes. Base64 in JSON
 * would need a third more of an endpoint's payload limit.
 */
export function packPictures(pictures: readonly Uint8Array[]): Uint8Array {
  const parts = pictures.flatMap((picture) => {
    const length = Buffer.alloc(PICTURE_OVERHEAD_BYTES);
    length.writeUInt32BE(picture.byteLength);
    return [length, picture];
  });
  return Buffer.concat(parts);
}

/**
 * The pictures of such a body, as views of it; null where the lengths do not add up. Of more than `most` only one more is read: a
 * body of zeros says that it holds millions of empty ones.
 */
export function unpackPictures(body: Uint8Array, most = Number.POSITIVE_INFINITY): Uint8Array[] | null {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const pictures: Uint8Array[] = [];
  for (let at = 0; at < body.byteLength && pictures.length <= most; ) {
    if (at + PICTURE_OVERHEAD_BYTES > body.byteLength) return null;
    const start = at + PICTURE_OVERHEAD_BYTES;
    at = start + view.getUint32(at);
    if (at > body.byteLength) return null;
    pictures.push(body.subarray(start, at));
  }
  return pictures;
}
