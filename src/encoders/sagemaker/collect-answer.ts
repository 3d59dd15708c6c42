import type { Readable } from "node:stream";
import { readBytes } from "../../read-bytes.js";
import { CallFailure } from "./call-failure.js";

/**
 * How the AWS SDK is to read the bodies of answers, of errors too: whole, but none without end. Throws a CallFailure past `maxBytes`, and
 * the connection ends.
 */
export function collectUpTo(maxBytes: number): (body: Readable) => Promise<Uint8Array> {
  return (body) => readBytes(body, maxBytes, () => tooLarge(maxBytes));
}

/** With `$metadata`, as the SDK's own errors have it: to the message of any other it adds words of its own. */
function tooLarge(maxBytes: number): CallFailure {
  return Object.assign(new CallFailure("malformed", `its answer has more than ${maxBytes} bytes`), { $metadata: {} });
}
