import { createHash } from "node:crypto";
import { LikenessError } from "./errors.js";

/** What a cursor pins: the query it belongs to (a digest of parts, filter and model) and the rank of its hit, from 0. */
export interface Cursor {
  readonly query: string;
  readonly rank: number;
}

/** A digest that two requests share only when they ask the same of the same model. */
export function queryDigest(parts: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64url").slice(0, 16);
}

export function encodeCursor(cursor: Cursor): string {
  return Buffer.from(`1.${cursor.query}.${cursor.rank}`).toString("base64url");
}

/** The rank after which a page goes on. Throws BAD_CURSOR for a broken cursor or one of another query. */
export function rankAfter(cursor: string, query: string): number {
  const match = /^1\.([\w-]{16})\.(\d{1,6})$/.exec(Buffer.from(cursor, "base64url").toString());
  if (!match) throw new LikenessError("BAD_CURSOR", "The cursor is not one that this API gave out.", { field: ["after"] });
  if (match[1] !== query) {
    throw new LikenessError(
      "BAD_CURSOR",
      "The cursor belongs to another query, filter or model: page on with the arguments that gave it, or start anew.",
      { field: ["after"] },
    );
  }
  return Number(match[2]) + 1;
}
