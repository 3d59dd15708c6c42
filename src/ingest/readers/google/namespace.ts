const DECLARED = /\sxmlns:([\w.-]+)\s*=\s*["']http:\/\/base\.google\.com\/ns\/1\.0["']/;

/** The prefix of Google's elements: the one that the beginning of a feed declares, and else `g`, which nearly all take. */
export function googlePrefix(head: string): string {
  return DECLARED.exec(head)?.[1] ?? "g";
}
