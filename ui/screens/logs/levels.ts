// Levels of log lines: how each is called and coloured. Colour never stands alone, the word goes with it.
import type { LogLevel } from '@alidade/sdk/schema';

export interface LevelLook {
  readonly word: string;
  /** CSS colour of bars and of the mark beside a line. */
  readonly color: string;
  /** CSS colour of the word. */
  readonly ink: string;
}

const LOOKS: Readonly<Record<LogLevel, LevelLook>> = {
  fatal: { word: 'fatal', color: 'var(--named-purple)', ink: 'var(--named-purple)' },
  critical: { word: 'critical', color: 'var(--named-purple)', ink: 'var(--named-purple)' },
  error: { word: 'error', color: 'var(--bad)', ink: 'var(--bad)' },
  warn: { word: 'warn', color: 'var(--named-orange)', ink: 'var(--warn)' },
  info: { word: 'info', color: 'color-mix(in srgb, var(--series-7) 48%, var(--page))', ink: 'var(--ink-2)' },
  debug: { word: 'debug', color: 'color-mix(in srgb, var(--series-4) 58%, var(--page))', ink: 'var(--ink-3)' },
  trace: { word: 'trace', color: 'color-mix(in srgb, var(--series-10) 60%, var(--page))', ink: 'var(--ink-3)' },
  unknown: { word: 'unknown', color: 'var(--line-strong)', ink: 'var(--ink-3)' },
};

/** In order of severity. */
export const LEVELS = Object.keys(LOOKS) as readonly LogLevel[];

/** Levels that count as errors. */
export const ERROR_LEVELS: readonly LogLevel[] = ['fatal', 'critical', 'error'];

/** Word and colours of a level. */
export function levelLook(level: LogLevel): LevelLook {
  return LOOKS[level];
}

/** Whether a text names a level. */
export function isLevel(text: string): text is LogLevel {
  return Object.hasOwn(LOOKS, text);
}
