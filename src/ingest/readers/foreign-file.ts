const UNPACK = "Unpack it, and send the catalogue itself or as gzip or zip.";
const SAVE = "Save it as CSV UTF-8, and send that.";

/** Files that are sent for catalogues and are none: what their bytes hold from `at` on, what they are, and what to do. */
const FOREIGN: readonly { readonly at: number; readonly bytes: string; readonly kind: string; readonly cure: string }[] = [
  { at: 257, bytes: "ustar", kind: "a tar archive", cure: UNPACK },
  { at: 0, bytes: "\x1f\x8b", kind: "packed by gzip twice", cure: UNPACK },
  { at: 0, bytes: "PK\x03\x04", kind: "a zip archive packed by gzip", cure: UNPACK },
  { at: 4, bytes: "1AY&SY", kind: "packed by bzip2", cure: UNPACK },
  { at: 0, bytes: "\xfd7zXZ\0", kind: "packed by xz", cure: UNPACK },
  { at: 0, bytes: "\x28\xb5\x2f\xfd", kind: "packed by zstd", cure: UNPACK },
  { at: 0, bytes: "7z\xbc\xaf\x27\x1c", kind: "a 7z archive", cure: UNPACK },
  { at: 0, bytes: "Rar!\x1a\x07", kind: "a RAR archive", cure: UNPACK },
  { at: 0, bytes: "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", kind: "an Excel workbook", cure: SAVE },
  { at: 0, bytes: "PAR1\x15", kind: "a Parquet file", cure: SAVE },
];

/** How much of a file tells. */
export const FOREIGN_BYTES = 512;

/** What is wrong with a file that is packed, or written, in a way that is not read, told by its first bytes; null for any other. */
export function foreignFile(name: string, head: Buffer): string | null {
  const found = FOREIGN.find(({ at, bytes }) => head.toString("latin1", at, at + bytes.length) === bytes);
  return found ? `${name} is ${found.kind}, which is not read. ${found.cure}` : null;
}
