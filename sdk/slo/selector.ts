// Selectors as text. The SDK has no PromQL parser: this knows just enough to add a matcher; Alidade parses the result.

/** A metric's name and the text between its braces, '' without any. */
export interface Selector {
  readonly name: string;
  readonly matchers: string;
}

const SELECTOR = /^\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(?:\{(.*)\})?\s*$/s;
const QUOTED = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`/gs;

/** A selector by name, `x{a="b"}`; undefined for anything else, also for selectors of Prometheus 3 whose name stands in quotes. */
export function parseSelector(text: string): Selector | undefined {
  const [, name, matchers = ''] = SELECTOR.exec(text) ?? [];
  if (name === undefined || /[{}()[\]"'`]/.test(matchers.replace(QUOTED, ''))) return undefined;
  return { name, matchers: matchers.trim().replace(/,$/, '').trim() };
}

/** The selector with another ending of its name and further matchers. */
export function extendSelector({ name, matchers }: Selector, suffix: string, ...more: string[]): string {
  const all = [matchers, ...more].filter((text) => text !== '');
  return `${name}${suffix}${all.length === 0 ? '' : `{${all.join(',')}}`}`;
}

/** `label="value"`, escaped. */
export function matcher(label: string, value: string): string {
  return `${label}=${JSON.stringify(value)}`;
}

/** Matches a bucket's `le` however it is written: Prometheus 3 writes whole bounds as `1.0`, older stores and clients `1`. */
export function leMatcher(bound: number): string {
  const text = String(bound);
  if (!Number.isInteger(bound)) return matcher('le', text);
  return `le=~"${text.replace('+', '[+]')}([.]0)?"`;
}

/** The matchers of a selector one by one, `a="b"`; commas within quotes do not part them. */
export function splitMatchers(matchers: string): string[] {
  const parts = matchers.match(/(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|[^,"'`])+/gs) ?? [];
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}
