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

/** Matches a bucket's `le` however it is written. */
export function leMatcher(bound: number): string {
  const { value, isPattern } = leValue(bound);
  return isPattern ? `le=~${JSON.stringify(value)}` : matcher('le', value);
}

/**
 * What `le` of a bound is, as a value or a regular expression of all ways to write it: Prometheus 3 writes whole ones as `1.0`, older stores and
 * clients as `1`; very large and very small ones have an exponent where Go or Python wrote them (`1e+06`, `5e-05`), and none elsewhere.
 */
export function leValue(bound: number): { readonly value: string; readonly isPattern: boolean } {
  const text = String(bound);
  const plain = text.replace(/[.+]/g, '[$&]') + (Number.isInteger(bound) && !text.includes('e') ? '([.]0)?' : '');
  const size = Math.abs(bound);
  if (size === 0 || (size >= 1e-4 && size < 1e6))
    return Number.isInteger(bound) ? { value: plain, isPattern: true } : { value: text, isPattern: false };
  const exponent = bound
    .toExponential()
    .replace(/e([+-])(\d)$/, 'e$10$2')
    .replace(/[.+]/g, '[$&]');
  return { value: exponent === plain ? exponent : `${plain}|${exponent}`, isPattern: true };
}

/** The matchers of a selector one by one, `a="b"`; commas within quotes do not part them. */
export function splitMatchers(matchers: string): string[] {
  const parts = matchers.match(/(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|[^,"'`])+/gs) ?? [];
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}
