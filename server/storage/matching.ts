import type { Labels } from '../model/labels.ts';
import { compileMatcher, type Matcher } from '../model/matcher.ts';

/** A test of a label set against all of `matchers`; an absent label is the empty string. Throws `matcher.bad_regexp`. */
export function compileMatchers(matchers: readonly Matcher[]): (labels: Labels) => boolean {
  const tests = matchers.map((matcher) => ({ name: matcher.name, test: compileMatcher(matcher) }));
  return (labels) => tests.every(({ name, test }) => test(labels.get(name)));
}

/** A test against any of the sets; no set at all matches everything. */
export function compileMatcherSets(sets: readonly (readonly Matcher[])[]): (labels: Labels) => boolean {
  if (sets.length === 0) return () => true;
  const tests = sets.map(compileMatchers);
  return (labels) => tests.some((test) => test(labels));
}
