// Names of OpenTelemetry as names of Prometheus, by https://prometheus.io/docs/guides/opentelemetry and the OpenTelemetry specification
// "Prometheus and OpenMetrics compatibility". The rules for names in any UTF-8 differ from those for escaped ones: a unit counts as part of
// a name when the name ends with it, not when it is a word of it.

import type { TranslationStrategy } from '../../config/otlp-section.ts';

/** What decides about suffixes besides the unit: counters end with `_total`, gauges of unit 1 with `_ratio`. */
export type NamedKind = 'counter' | 'gauge' | 'other';

const WORD_BREAKS = /[^A-Za-z0-9:]+/;
const LEGACY_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

const UNITS: Readonly<Record<string, string>> = {
  d: 'days',
  h: 'hours',
  min: 'minutes',
  s: 'seconds',
  ms: 'milliseconds',
  us: 'microseconds',
  ns: 'nanoseconds',
  By: 'bytes',
  KiBy: 'kibibytes',
  MiBy: 'mebibytes',
  GiBy: 'gibibytes',
  TiBy: 'tibibytes',
  KBy: 'kilobytes',
  MBy: 'megabytes',
  GBy: 'gigabytes',
  TBy: 'terabytes',
  m: 'meters',
  V: 'volts',
  A: 'amperes',
  J: 'joules',
  W: 'watts',
  g: 'grams',
  Cel: 'celsius',
  Hz: 'hertz',
  '1': '',
  '%': 'percent',
};

const PER_UNITS: Readonly<Record<string, string>> = {
  s: 'second',
  m: 'minute',
  h: 'hour',
  d: 'day',
  w: 'week',
  mo: 'month',
  y: 'year',
};

/** Whether a strategy writes names in the letters of Prometheus 2. */
export function escapesNames(strategy: TranslationStrategy): boolean {
  return strategy.startsWith('UnderscoreEscaping');
}

/** The name of a metric in Prometheus, '' when nothing of it is left. */
export function metricName(name: string, unit: string, kind: NamedKind, strategy: TranslationStrategy): string {
  switch (strategy) {
    case 'NoTranslation':
      return name;
    case 'UnderscoreEscapingWithoutSuffixes':
      return LEGACY_NAME.test(name) ? name : fromWords(wordsOf(name));
    case 'NoUTF8EscapingWithSuffixes':
      return withSuffixes(name, unit, kind);
    case 'UnderscoreEscapingWithSuffixes':
      return escapedWithSuffixes(name, unit, kind);
  }
}

/** A unit as metadata and names have it: `By/s` is `bytes_per_second`, one in braces is none. */
export function unitName(unit: string, strategy: TranslationStrategy): string {
  const { main, per } = partsOf(unit);
  const parts = per === '' ? [main] : [main, `per_${per}`];
  const cleaned = escapesNames(strategy) ? parts.map((part) => wordsOf(part).join('_')) : parts;
  return cleaned.filter((part) => part !== '').join('_');
}

function escapedWithSuffixes(name: string, unit: string, kind: NamedKind): string {
  let words = wordsOf(name);
  const { main, per } = partsOf(unit);
  for (const part of [main, per === '' ? '' : `per_${per}`]) {
    const suffix = wordsOf(part).join('_');
    if (suffix !== '' && !words.includes(suffix)) words.push(suffix);
  }
  const last = lastWord(unit, kind);
  if (last !== '') words = [...words.filter((word) => word !== last), last];
  return fromWords(words);
}

function withSuffixes(name: string, unit: string, kind: NamedKind): string {
  const last = lastWord(unit, kind);
  const { main, per } = partsOf(unit);
  let text = last === '' ? name : withoutEnd(name, last);
  if (per !== '') text = withoutEnd(text, `per_${per}`);
  if (main !== '' && !text.endsWith(main)) text += `_${main}`;
  if (per !== '') text += `_per_${per}`;
  return last === '' ? text : `${text}_${last}`;
}

function lastWord(unit: string, kind: NamedKind): string {
  if (kind === 'counter') return 'total';
  return kind === 'gauge' && unit === '1' ? 'ratio' : '';
}

/** Without `end` and what divides it from the rest, unless there is no rest or nothing divides them. */
function withoutEnd(text: string, end: string): string {
  const cut = text.length - end.length - 1;
  return cut > 0 && text.endsWith(end) && !/[A-Za-z0-9]/.test(text.charAt(cut)) ? text.slice(0, cut) : text;
}

/** What is in braces is for people. */
function partsOf(unit: string): { readonly main: string; readonly per: string } {
  const slash = unit.indexOf('/');
  const [main, per] = (slash < 0 ? [unit, ''] : [unit.slice(0, slash), unit.slice(slash + 1)]).map((part) => {
    const text = part.trim();
    return /[{}]/.test(text) ? '' : text;
  }) as [string, string];
  return { main: wordFor(UNITS, main), per: wordFor(PER_UNITS, per) };
}

function wordFor(words: Readonly<Record<string, string>>, unit: string): string {
  return Object.hasOwn(words, unit) ? (words[unit] as string) : unit;
}

function wordsOf(text: string): string[] {
  return text.split(WORD_BREAKS).filter((word) => word !== '');
}

function fromWords(words: readonly string[]): string {
  const name = words.join('_');
  return /^\d/.test(name) ? `_${name}` : name;
}
