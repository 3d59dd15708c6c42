import { createHmac, hash, timingSafeEqual } from "node:crypto";
import { LikenessError } from "./errors.js";
import type { ListingPosition } from "./search.js";

/**
 * Where a page ends, in a way that outlasts products that are added or removed meanwhile.
 * - `listing`: the key and id of its last product; the next page is what lies behind them.
 * - `list`: the cosine and id of its last product, and the rank it had, which tells how deep to read.
 * - `pool`: marks of all products given so far, in order. Fused ranks and BM25 shift with every write, so that nothing
 *   but what was given tells what is left.
 */
export type Position =
  | ({ readonly kind: "listing" } & ListingPosition)
  | { readonly kind: "list"; readonly score: number; readonly id: string; readonly rank: number }
  | { readonly kind: "pool"; readonly given: string };

const MAC_BYTES = 12;

/** The position, which has to be of this kind. Throws BAD_CURSOR for another: the order was changed since the cursor was given out. */
export function positionOfKind<K extends Position["kind"]>(position: Position | null, kind: K): Extract<Position, { kind: K }> | null {
  if (position === null || position.kind === kind) return position as Extract<Position, { kind: K }> | null;
  throw new LikenessError("BAD_CURSOR", "The cursor is from before the order of results was changed: start anew without it.");
}

/** A digest that two requests share only when they ask the same of the same model. */
export function queryDigest(parts: readonly unknown[]): string {
  return hash("sha256", JSON.stringify(parts, hashBytes), "base64url").slice(0, 16);
}

/** Puts a hash in place of a picture's bytes, which it takes from their holder, `this`: in `value` a Buffer has become JSON already. */
function hashBytes(this: Record<string, unknown>, key: string, value: unknown): unknown {
  const own = this[key];
  return own instanceof Uint8Array ? hash("sha256", own, "base64url") : value;
}

/**
 * Cursors as clients get them: base64url of a MAC (HMAC-SHA256, cut to 12 bytes) and of JSON that names the query's digest
 * and a position. Signed, so that a client can neither make one up nor change one.
 */
export class Cursors {
  constructor(private readonly secret: string) {}

  write(query: string, position: Position): string {
    const body = Buffer.from(JSON.stringify([query, position]));
    return Buffer.concat([this.mac(body), body]).toString("base64url");
  }

  /** Throws BAD_CURSOR for a cursor of somebody else's making, or of another query, filter, order or model. */
  read(cursor: string, query: string, field: "after" | "before"): Position {
    const bytes = Buffer.from(cursor, "base64url");
    const [mac, body] = [bytes.subarray(0, MAC_BYTES), bytes.subarray(MAC_BYTES)];
    if (mac.length < MAC_BYTES || !timingSafeEqual(mac, this.mac(body))) {
      throw new LikenessError("BAD_CURSOR", "The cursor is not one that this API gave out: start anew without it.", { field: [field] });
    }
    const [ownQuery, position] = JSON.parse(body.toString()) as [string, Position];
    if (ownQuery === query) return position;
    throw new LikenessError(
      "BAD_CURSOR",
      "The cursor belongs to another query, filter, order or model: page on with the arguments that gave it, or start anew.",
      { field: [field] },
    );
  }

  private mac(body: Uint8Array): Buffer {
    return createHmac("sha256", this.secret).update(body).digest().subarray(0, MAC_BYTES);
  }
}
