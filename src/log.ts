import { type Logger, pino } from "pino";

export type { Logger };

/** Structured logs on stdout, one JSON object a line; secrets never reach it because requests are logged by name only. */
export function createLog(level: string): Logger {
  return pino({ level, base: undefined, timestamp: pino.stdTimeFunctions.isoTime });
}
