import type { Labels } from '../model/labels.ts';
import { compileMatcher, type Matcher } from '../model/matcher.ts';

/** A test for label sets: all matchers must hold, a missing label counts as ''. Throws AppError `matcher.bad_regexp`. */
export function compileAll(matchers: readonly Matcher[]): (labels: Labels) => boolean {
  const tests = matchers.map((matcher) => ({ name: matcher.name, test: compileMatcher(matcher) }));
  return (labels) => tests.every(({ name, test }) => test(labels.get(name)));
}

const BARE_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

/** Alertmanager's notation of matchers, sorted: `{alertname="x",job=~"a|b"}`. */
export function formatMatchers(matchers: readonly Matcher[]): string {
  const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  const sorted = [...matchers].sort((a, b) => order(a.name, b.name) || order(a.value, b.value) || order(a.type, b.type));
  const escaped = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
  return `{${sorted.map(({ name, type, value }) => `${BARE_NAME.test(name) ? name : `"${escaped(name)}"`}${type}"${escaped(value)}"`).join(',')}}`;
}
