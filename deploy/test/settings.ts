import { describeConfig, loadConfig } from "../../src/config.js";

const KNOWN = new Set(Array.from(describeConfig().matchAll(/^ {2}([A-Z][A-Z0-9_]*) /gm), ([, name]) => name));

/** What is wrong with these settings of a gateway: names that `likeness --help` does not print, and values it refuses. */
export function mistakesOf(settings: Readonly<Record<string, string>>): string[] {
  const unknown = Object.keys(settings).filter((name) => !KNOWN.has(name));
  try {
    loadConfig(settings);
    return unknown;
  } catch (error) {
    return [...unknown, (error as Error).message];
  }
}
