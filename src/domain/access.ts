import { hash, timingSafeEqual } from "node:crypto";
import { LikenessError } from "./errors.js";

/** What a caller may do, and by which key. */
export interface Access {
  readonly key: "none" | "wrong" | "read" | "write";
  readonly mayRead: boolean;
  readonly mayWrite: boolean;
}

/** A shorter key could be guessed. */
export const MIN_KEY_CHARS = 16;
/** RFC 6750, section 2.1: what a bearer token is made of. */
export const KEY = new RegExp(`^[A-Za-z0-9._~+/-]{${MIN_KEY_CHARS},}=*$`);

/**
 * The keys of a gateway, which callers send as bearer tokens (RFC 6750). A key to write reads too. Without keys to write everybody
 * may write; without keys to read everybody may read.
 */
export class AccessKeys {
  private readonly read: readonly Buffer[];
  private readonly write: readonly Buffer[];

  constructor({ read, write }: { readonly read: readonly string[]; readonly write: readonly string[] }) {
    this.read = read.map(digest);
    this.write = write.map(digest);
  }

  /** What the value of a request's header `Authorization` allows. Another scheme than Bearer counts as no key. */
  accessOf(authorization: string | undefined): Access {
    if (this.write.length === 0) return { key: "none", mayRead: true, mayWrite: true };
    const given = authorization && /^bearer +(.*)$/i.exec(authorization)?.[1];
    if (given === undefined || given === "") return { key: "none", mayRead: this.read.length === 0, mayWrite: false };
    const own = digest(given.trim());
    if (has(this.write, own)) return { key: "write", mayRead: true, mayWrite: true };
    if (has(this.read, own)) return { key: "read", mayRead: true, mayWrite: false };
    return { key: "wrong", mayRead: false, mayWrite: false };
  }
}

/** Throws UNAUTHENTICATED for a caller without a key that is needed or with a wrong one, FORBIDDEN for one whose key does not do. */
export function checkAccess({ key, mayRead, mayWrite }: Access, wanted: "read" | "write"): void {
  if (wanted === "read" ? mayRead : mayWrite) return;
  if (key === "read")
    throw new LikenessError("FORBIDDEN", "The key that was sent may read only; mutations need one of LIKENESS_WRITE_KEYS.");
  const what = key === "wrong" ? "The key that was sent is none of this gateway's" : `A key is needed to ${wanted}`;
  throw new LikenessError("UNAUTHENTICATED", `${what}: send the header authorization: Bearer <key>.`);
}

/** All digests are compared, each byte of them, so that the time taken tells nothing. */
function has(keys: readonly Buffer[], own: Buffer): boolean {
  return keys.filter((key) => timingSafeEqual(key, own)).length > 0;
}

function digest(key: string): Buffer {
  return hash("sha256", key, "buffer");
}
