/** Roughly what a value takes in memory, in bytes: two for a character, eight for a number. */
export function bytesIn(value: unknown): number {
  if (typeof value === "string") return 2 * value.length;
  if (typeof value !== "object" || value === null) return 8;
  if (ArrayBuffer.isView(value)) return value.byteLength;
  let bytes = 0;
  for (const each of Object.values(value)) bytes += bytesIn(each);
  return bytes;
}
