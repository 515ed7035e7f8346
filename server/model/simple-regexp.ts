// Regular expressions that need no engine: alternatives of plain text, and plain text with `.*` or `.+` before or after it. Most
// matchers that people and dashboards write are of these kinds, and some lists are so long that compiling them takes seconds.

/** Text without any character that means something to RE2. */
const PLAIN = /^[^\\.+*?()|[\]{}^$]*$/;
const WITH_DOTS = /^(\.[*+])?([^\\.+*?()|[\]{}^$]*)(\.[*+])?$/;

/** A test for the whole of a text, the dot matching newlines as well; undefined when `expression` is not that simple. */
export function simpleTest(expression: string): ((text: string) => boolean) | undefined {
  const alternatives = alternativesOf(expression);
  if (alternatives) return (text) => alternatives.has(text);
  const [, before, plain = '', after] = WITH_DOTS.exec(expression) ?? [];
  if (plain === '') return before && !after ? anything(before) : after && !before ? anything(after) : undefined;
  // Characters that `.+` takes at least.
  const extra = (before === '.+' ? 1 : 0) + (after === '.+' ? 1 : 0);
  if (before && after) return extra === 0 ? (text) => text.includes(plain) : undefined;
  if (before) return (text) => text.length >= plain.length + extra && text.endsWith(plain);
  if (after) return (text) => text.length >= plain.length + extra && text.startsWith(plain);
  return undefined;
}

/** Whether `expression` is simple, and so valid. */
export function isSimple(expression: string): boolean {
  return PLAIN.test(expression.replaceAll('|', '')) || simpleTest(expression) !== undefined;
}

function alternativesOf(expression: string): ReadonlySet<string> | undefined {
  return PLAIN.test(expression.replaceAll('|', '')) ? new Set(expression.split('|')) : undefined;
}

function anything(dots: string): (text: string) => boolean {
  return dots === '.*' ? () => true : (text) => text !== '';
}
