// Series that selectors match, for tests: an event that fails and one that does not.
import { type Pattern, parsePattern } from './pattern.ts';
import { parseSelector, splitMatchers } from './selector.ts';

/** A series by its name and labels. */
export interface ExampleSeries {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

interface Condition {
  readonly label: string;
  /** A value to try. */
  readonly example: string | undefined;
  holds(value: string): boolean;
}

const MATCHER = /^([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*(["'])(.*)\3$/s;
/** Values to try where a matcher names none: what labels of events often hold. */
const COMMON = ['', '200', '500', 'ok', 'error', 'x'];

/** A series that all selectors of `matched` match and none of `unmatched` does; undefined when none is found. They must share one name. */
export function exampleSeries(matched: readonly string[], unmatched: readonly string[] = []): ExampleSeries | undefined {
  const wanted = matched.map(readSelector);
  const refused = unmatched.map(readSelector);
  const [first] = wanted;
  if (!first || wanted.some((one) => one?.name !== first.name) || refused.includes(undefined)) return undefined;
  const conditions = wanted.flatMap((one) => one?.conditions ?? []);
  const labels = choose(conditions, []);
  if (!labels) return undefined;
  const isRefused = (all: Readonly<Record<string, string>>) =>
    refused.some((one) => one && one.name === first.name && matchesAll(one.conditions, all));
  if (!isRefused(labels)) return { name: first.name, labels: present(labels) };
  // Another value of one label is enough to get away from what is refused.
  for (const { label } of refused.flatMap((one) => one?.conditions ?? [])) {
    const other = choose(
      conditions,
      refused.flatMap((one) => one?.conditions.filter((condition) => condition.label === label) ?? []),
      label,
    );
    if (other && !isRefused(other)) return { name: first.name, labels: present(other) };
  }
  return undefined;
}

/** `name{a="b"}` */
export function seriesText({ name, labels }: ExampleSeries): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return pairs.length === 0 ? name : `${name}{${pairs.join(',')}}`;
}

function readSelector(text: string): { name: string; conditions: Condition[] } | undefined {
  const selector = parseSelector(text);
  if (!selector) return undefined;
  const conditions = splitMatchers(selector.matchers).map(readMatcher);
  return conditions.includes(undefined) ? undefined : { name: selector.name, conditions: conditions as Condition[] };
}

function readMatcher(text: string): Condition | undefined {
  const [, label = '', op, quote, inner = ''] = MATCHER.exec(text) ?? [];
  if (op === undefined) return undefined;
  const value = quote === '"' ? unquoted(inner) : inner;
  if (value === undefined) return undefined;
  if (op === '=') return { label, example: value, holds: (other) => other === value };
  if (op === '!=') return { label, example: undefined, holds: (other) => other !== value };
  const pattern: Pattern | undefined = parsePattern(value);
  if (!pattern) return undefined;
  return op === '=~'
    ? { label, example: pattern.example, holds: (other) => pattern.matches(other) }
    : { label, example: undefined, holds: (other) => !pattern.matches(other) };
}

function unquoted(inner: string): string | undefined {
  try {
    return JSON.parse(`"${inner}"`) as string;
  } catch {
    return undefined; // an escape that JSON lacks
  }
}

/** A value for each label that all conditions hold of; of `label` one that those of `avoided` do not hold of. */
function choose(conditions: readonly Condition[], avoided: readonly Condition[], avoidedLabel = ''): Record<string, string> | undefined {
  const labels: Record<string, string> = {};
  for (const label of new Set([...conditions, ...avoided].map((one) => one.label))) {
    const own = conditions.filter((one) => one.label === label);
    const away = label === avoidedLabel ? avoided : [];
    const tries = [...own.flatMap(({ example }) => example ?? []), ...COMMON];
    const found = tries.find((value) => own.every((one) => one.holds(value)) && !away.some((one) => one.holds(value)));
    if (found === undefined) return undefined;
    labels[label] = found;
  }
  return labels;
}

function matchesAll(conditions: readonly Condition[], labels: Readonly<Record<string, string>>): boolean {
  return conditions.every(({ label, holds }) => holds(labels[label] ?? ''));
}

function present(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ''));
}
