import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino';
import { createHumanStream } from './human-stream.ts';

export type { Logger };

/** How much is logged. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** Where the log goes. `stream` is process.stderr unless given. */
export interface LoggerSettings {
  readonly level?: LogLevel;
  /** `human` lines, or one JSON object a line; by default human on a terminal. */
  readonly format?: 'human' | 'json';
  readonly stream?: DestinationStream & { readonly isTTY?: boolean };
}

/** Builds the server's logger. Messages are constant texts; what varies stands in fields. */
export function createLogger(settings: LoggerSettings = {}): Logger {
  const { level = 'info', stream = process.stderr } = settings;
  const isHuman = (settings.format ?? (stream.isTTY ? 'human' : 'json')) === 'human';
  const options: LoggerOptions = {
    level,
    base: null,
    formatters: { level: (label) => ({ level: label }) },
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  return pino(options, isHuman ? createHumanStream(stream, stream.isTTY === true) : stream);
}
