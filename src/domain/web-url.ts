import { LikenessError } from "./errors.js";

/** A URL that a file can be fetched from, maybe relative to another. Throws URL_NOT_ALLOWED for one that is none, is not http(s), or holds a password. */
export function readWebUrl(text: string, base?: URL): URL {
  if (!URL.canParse(text, base?.href)) throw notAllowed("The URL cannot be read; give an absolute http or https URL.");
  const url = new URL(text, base);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw notAllowed(`The URL's scheme is "${url.protocol.slice(0, -1)}"; only http and https are allowed.`);
  }
  if (url.username || url.password) throw notAllowed("The URL holds a user name or password; leave them out.");
  return url;
}

/** The error of a URL that nothing is fetched from. */
export function notAllowed(message: string, cause?: unknown): LikenessError {
  return new LikenessError("URL_NOT_ALLOWED", message, { cause });
}
