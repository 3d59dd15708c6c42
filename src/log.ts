import { type Logger, pino } from "pino";

export type { Logger };

/** Structured logs on stdout, one JSON object a line; secrets never reach it because requests are logged by name only. */
export function createLog(level: string): Logger {
  return logTo(process.stdout.fd, level);
}

/** The same on stderr, for a command whose stdout is its result. */
export function createCommandLog(level: string): Logger {
  return logTo(process.stderr.fd, level);
}

/** Tells an error that nobody caught as a line of the log too, before it ends the process: Node writes it to stderr alone, as plain text. */
export function logCrash(log: Logger): void {
  process.once("uncaughtExceptionMonitor", (error) => log.fatal({ err: error }, "an error that nobody caught ends the process"));
}

function logTo(fd: number, level: string): Logger {
  return pino({ level, base: undefined, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination(fd));
}
