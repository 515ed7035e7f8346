// Selectors, their modifiers, and windows.
import { END_MS, START_MS } from '../data/series.ts';
import type { Random } from '../random.ts';
import { COUNTERS, type Family, GAUGES, MONTHLY, ODDITIES, QUOTED } from './vocabulary.ts';

const WINDOWS = ['1m', '90s', '2m30s', '5m', '5m', '5m', '10m', '17m', '30m', '1h', '301', '15.5', '0x100', '1m1ms'];

export function family(random: Random): Family {
  return random.weighted([
    [5, () => random.pick(COUNTERS)],
    [5, () => random.pick(GAUGES)],
    [3, () => random.pick(ODDITIES)],
    [0.6, () => random.pick(QUOTED)],
  ]);
}

/** An instant selector without modifiers. */
export function selector(random: Random, of: Family = family(random)): string {
  const matchers = random.chance(0.5)
    ? []
    : random.some(Object.keys(of.labels), 2).map((name) => matcher(random, name, of.labels[name] ?? []));
  if (random.chance(0.03)) matchers.push('absent=""');
  if (!isPlainName(of.name)) return `{${[quote(of.name), ...matchers].join(', ')}}`;
  if (random.chance(0.05)) return `{${[`__name__="${of.name}"`, ...matchers].join(', ')}}`;
  if (random.chance(0.03)) return `{${[`__name__=~"${of.name}|absent"`, ...matchers].join(', ')}}`;
  return of.name + (matchers.length > 0 ? `{${matchers.join(random.pick([',', ', ']))}}` : '');
}

function matcher(random: Random, name: string, values: readonly string[]): string {
  const label = isPlainName(name) ? name : quote(name);
  const value = random.pick(values);
  return random.weighted([
    [5, () => `${label}=${quote(value)}`],
    [3, () => `${label}!=${quote(value)}`],
    [2, () => `${label}=~${quote(random.some(values, 3).map(escapeRegexp).join('|') || '.+')}`],
    [1, () => `${label}=~${quote(`${escapeRegexp(value.slice(0, 1))}.*`)}`],
    [1, () => `${label}!~${quote(`${escapeRegexp(value)}|other`)}`],
    [0.5, () => `${label}!=""`],
  ]);
}

/** Any instant selector, sometimes with modifiers. */
export function instant(random: Random, of?: Family): string {
  return selector(random, of) + modifiers(random);
}

/** Mostly nothing; else `offset` or `@` or both in either order. */
export function modifiers(random: Random, chance = 0.12): string {
  if (!random.chance(chance)) return '';
  const offset = `offset ${random.pick(['5m', '1m', '30s', '-2m', '-30s', '7', '1m1ms', '0', '10m30s'])}`;
  const at = `@ ${random.pick(['start()', 'end()', String(instantSeconds(random)), `${instantSeconds(random)}.5`])}`;
  return random.pick([` ${offset}`, ` ${offset}`, ` ${at}`, ` ${at} ${offset}`, ` ${offset} ${at}`]);
}

function instantSeconds(random: Random): number {
  return (START_MS + random.below(END_MS - START_MS)) / 1000 - 0.5 * random.below(2) - random.below(2);
}

/** A range selector, over days where samples are that far apart. */
export function range(random: Random, of: Family = family(random)): string {
  return `${selector(random, of)}[${random.pick(WINDOWS)}]${modifiers(random)}`;
}

export function monthlyRange(random: Random): string {
  return `${selector(random, random.pick(MONTHLY))}[${random.pick(['30d', '30d', '7d', '1d', '6h', '4w', '31d'])}]${random.pick(['', '', ' offset 1h', ' offset 1d'])}`;
}

export function isPlainName(name: string): boolean {
  return /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name);
}

export function quote(text: string): string {
  return JSON.stringify(text);
}

function escapeRegexp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
