/** Quoted text, escapes, and characters of several bytes that may be missing. */
const QUANTIFIED = /\\Q[\s\S]*?(?:\\E|$)|\\[\s\S]|[^\0-\x7f](?=[*?{])/gu;

/**
 * The expression as the engine's `match` gets it right. It looks for a text that every match must have before it runs an expression, and
 * for `erroré?` takes half of the `é` into that text; written as an escape the character is left out of it.
 */
export function withSafeOptionals(expression: string): string {
  return expression.replace(QUANTIFIED, (found) => (found.startsWith('\\') ? found : `\\x{${found.codePointAt(0)?.toString(16)}}`));
}
