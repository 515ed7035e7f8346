// How labels are compared, in PromQL and in Alertmanager's routes alike.

/** Comparison of a label with anything but one equal value. */
export interface LabelMatcher {
  readonly op: '=' | '!=' | '=~' | '!~';
  readonly value: string;
}

/** Label → the value it must have, or another comparison. */
export type Matchers<L extends string = string> = { readonly [Label in L]?: string | LabelMatcher };

/** The label has another value, or none. */
export function not(value: string): LabelMatcher {
  return { op: '!=', value };
}

/** The whole value matches the regular expression (RE2, anchored), or is one of several values. */
export function matches(pattern: string | readonly string[]): LabelMatcher {
  return { op: '=~', value: toPattern(pattern) };
}

/** The value does not match the regular expression (RE2, anchored), or is none of several values. */
export function matchesNot(pattern: string | readonly string[]): LabelMatcher {
  return { op: '!~', value: toPattern(pattern) };
}

/** The matchers in writing order: `status="error"`. */
export function formatMatchers(matchers: Matchers): string[] {
  return Object.entries(matchers).flatMap(([label, wanted]) => {
    if (wanted === undefined) return [];
    const { op, value } = typeof wanted === 'string' ? { op: '=', value: wanted } : wanted;
    return [`${formatLabel(label)}${op}${quote(value)}`];
  });
}

/** The name of a label as PromQL takes it: bare, or quoted where it has other characters than the classic ones. */
export function formatLabel(label: string): string {
  return /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label) ? label : quote(label);
}

/** A double-quoted string of PromQL. */
export function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`;
}

function toPattern(pattern: string | readonly string[]): string {
  return typeof pattern === 'string' ? pattern : pattern.map((value) => value.replace(/[\\^$*+?.()|[\]{}]/g, '\\$&')).join('|');
}
