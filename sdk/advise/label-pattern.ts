/** What the values of a label look like when there is no end to them. */
export type LabelPattern =
  | 'uuid'
  | 'ip address'
  | 'e-mail'
  | 'timestamp'
  | 'number'
  | 'hex id'
  | 'path with ids'
  | 'pod name'
  | 'numbered id';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?::\d{1,5})?$/;
const IPV6 = /^\[?(?=[0-9a-f:]*:[0-9a-f:]*:)[0-9a-f:]{3,39}(?:%\w+)?(?:\]:\d{1,5})?\]?$/i;
const EMAIL = /^[^\s@/]+@[^\s@/]+\.[a-z]{2,}$/i;
const DATE_TIME = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}.*)?$/;
/** Unix time from 2001 to 2286 in seconds, milliseconds, microseconds or nanoseconds. */
const UNIX_TIME = /^[1-9]\d{9}(?:\d{3}){0,3}(?:\.\d+)?$/;
const NUMBER = /^[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i;
const HEX = /^(?:0x)?(?=.*\d)(?=.*[a-f])[0-9a-f]{8,}$/i;
const POD = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?-(?=[a-z0-9]*\d)[a-z0-9]{6,10}-[a-z0-9]{5}$/;
const NUMBERED = /^[a-z]+(?:[-_.:#]?[a-z]+)*[-_.:#]?\d{2,}$/i;
const LONGEST = 2_048;

/** The pattern of one value; undefined for a word of a fixed vocabulary. */
export function patternOf(value: string): LabelPattern | undefined {
  if (value.length > LONGEST) return undefined;
  if (UUID.test(value)) return 'uuid';
  if (IPV4.test(value) || IPV6.test(value)) return 'ip address';
  if (EMAIL.test(value)) return 'e-mail';
  if (DATE_TIME.test(value) || UNIX_TIME.test(value)) return 'timestamp';
  if (NUMBER.test(value)) return 'number';
  if (HEX.test(value)) return 'hex id';
  if (value.includes('/')) return value.split('/').some(isIdSegment) ? 'path with ids' : undefined;
  if (POD.test(value)) return 'pod name';
  return NUMBERED.test(value) ? 'numbered id' : undefined;
}

function isIdSegment(segment: string): boolean {
  return UUID.test(segment) || HEX.test(segment) || /^\d+$/.test(segment) || NUMBERED.test(segment);
}

/** How many of the values must agree. A path without ids stands beside those with them. */
const SHARE: Readonly<Partial<Record<LabelPattern, number>>> = { 'path with ids': 0.5 };
const DEFAULT_SHARE = 0.8;

/** The pattern that most of the values have; undefined when they have none in common, or there are none. */
export function recognisePattern(values: Iterable<string>): LabelPattern | undefined {
  const counts = new Map<LabelPattern, number>();
  let total = 0;
  for (const value of values) {
    total++;
    const pattern = patternOf(value);
    if (pattern) counts.set(pattern, (counts.get(pattern) ?? 0) + 1);
  }
  const [best] = [...counts].sort(([, a], [, b]) => b - a);
  return best && best[1] >= total * (SHARE[best[0]] ?? DEFAULT_SHARE) ? best[0] : undefined;
}
