// Which level a line has, where nobody said so in a label: Loki's order, labels, then keys of the line, then words in the text.
import type { LineLabels } from './line-labels.ts';

/** What a level can be. */
export const LOG_LEVELS = ['fatal', 'critical', 'error', 'warn', 'info', 'debug', 'trace', 'unknown'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const LABELS = [
  'detected_level',
  'level',
  'severity',
  'lvl',
  'log_level',
  'loglevel',
  'severity_text',
  'levelname',
  'LEVEL',
  'Level',
  'SEVERITY',
  'Severity',
];
const WORDS: ReadonlyMap<string, LogLevel> = new Map([
  ...(['fatal', 'ftl', 'emerg', 'emergency', 'panic'] as const).map((word) => [word, 'fatal'] as const),
  ...(['critical', 'crit', 'alert'] as const).map((word) => [word, 'critical'] as const),
  ...(['error', 'err', 'eror', 'e'] as const).map((word) => [word, 'error'] as const),
  ...(['warn', 'warning', 'wrn', 'w'] as const).map((word) => [word, 'warn'] as const),
  ...(['info', 'information', 'informational', 'inf', 'notice', 'i'] as const).map((word) => [word, 'info'] as const),
  ...(['debug', 'dbg', 'd'] as const).map((word) => [word, 'debug'] as const),
  ...(['trace', 'trc', 'verbose'] as const).map((word) => [word, 'trace'] as const),
  // pino's and bunyan's numbers.
  ...([
    ['60', 'fatal'],
    ['50', 'error'],
    ['40', 'warn'],
    ['30', 'info'],
    ['20', 'debug'],
    ['10', 'trace'],
  ] as const),
]);
/** A key of JSON or logfmt and what stands behind it. */
const KEY = /["']?\b(?:level|lvl|severity|log[._]?level|severity_text|levelname|log\.level)["']?\s*[=:]\s*["']?([A-Za-z]+|\d{2}\b)/i;
const IN_TEXT = /\b(?:fatal|panic|critical|error|warn(?:ing)?|info|notice|debug|trace)\b|\b(?:ERR|CRIT|EMERG|WRN|INF|DBG|TRC)\b/i;
/** How far levels are looked for: they stand in front, and lines may be long. */
const LOOK = 1024;

/** The level of a word, `WARNING` or `warn`; undefined when it is none. */
export function levelOf(word: string): LogLevel | undefined {
  return WORDS.get(word) ?? WORDS.get(word.toLowerCase());
}

/** The level of a line: what a label says, what a key in the line says, or what its words suggest. */
export function detectLevel({ line, labels }: { readonly line: string; readonly labels: Pick<LineLabels, 'get'> }): LogLevel {
  for (const name of LABELS) {
    const value = labels.get(name);
    const level = value === '' ? undefined : levelOf(value);
    if (level) return level;
  }
  return levelOfText(line);
}

function levelOfText(line: string): LogLevel {
  const head = line.length > LOOK ? line.slice(0, LOOK) : line;
  const key = KEY.exec(head);
  const named = key ? levelOf(key[1] as string) : undefined;
  if (named) return named;
  const word = IN_TEXT.exec(head);
  return (word && levelOf(word[0])) || 'unknown';
}
