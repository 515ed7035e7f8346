// What can be said about an RE2 expression without running it. Every answer is safe: where in doubt, there is none.

const META = /[\\.+*?()|[\]{}^$]/;
const ESCAPED_PUNCTUATION = /^[!-/:-@[-`{-~]$/;

/** The texts of an expression that is an alternation of plain texts (`a`, `a|b`, `.*a.*`, `\.x`); it matches where one of them occurs. */
export function literalsOf(expression: string): string[] | undefined {
  const parts: string[] = [];
  let part = '';
  // Not anchored, so `.*` at the ends says nothing; behind a newline or not.
  const body = expression.includes('|') ? expression : expression.replace(/^\.\*/, '').replace(/(?<!\\)\.\*$/, '');
  for (let i = 0; i < body.length; i++) {
    const char = body[i] as string;
    if (char === '|') {
      parts.push(part);
      part = '';
    } else if (char === '\\') {
      const next = body[++i] ?? '';
      if (!ESCAPED_PUNCTUATION.test(next)) return undefined;
      part += next;
    } else if (META.test(char)) return undefined;
    else part += char;
  }
  return [...parts, part];
}

/** The longest text that must occur in every match; '' when none is known. */
export function requiredLiteral(expression: string): string {
  // Flags change what letters mean, and an alternative need not occur.
  if (expression.includes('(?') || expression.includes('|') || expression.includes('\\Q')) return '';
  let longest = '';
  let run = '';
  const endRun = () => {
    if (run.length > longest.length) longest = run;
    run = '';
  };
  for (let i = 0; i < expression.length; i++) {
    const char = expression[i] as string;
    if (char === '\\') {
      const next = expression[++i] ?? '';
      if (ESCAPED_PUNCTUATION.test(next)) run += next;
      else if (/[wWdDsSbBAz]/.test(next)) endRun();
      else return longest;
    } else if (char === '*' || char === '?' || char === '{') {
      // The character before it may be missing.
      run = dropLast(run);
      endRun();
      if (char === '{') i = skipTo(expression, i, '}');
    } else if (char === '+' || char === '.' || char === '^' || char === '$') endRun();
    else if (char === '[' || char === '(') {
      endRun();
      // A class or group may be optional; nothing is known about what stands in it.
      const end = char === '[' ? classEnd(expression, i) : groupEnd(expression, i);
      if (end < 0) return longest;
      i = end;
    } else run += char;
  }
  endRun();
  return longest;
}

function dropLast(run: string): string {
  return [...run].slice(0, -1).join('');
}

function skipTo(expression: string, at: number, close: string): number {
  const end = expression.indexOf(close, at);
  return end < 0 ? expression.length : end;
}

function classEnd(expression: string, at: number): number {
  let i = at + 1;
  if (expression[i] === '^') i++;
  if (expression[i] === ']') i++;
  for (; i < expression.length; i++) {
    if (expression[i] === '\\') i++;
    else if (expression[i] === '[') return -1;
    else if (expression[i] === ']') return i;
  }
  return -1;
}

function groupEnd(expression: string, at: number): number {
  let level = 0;
  for (let i = at; i < expression.length; i++) {
    if (expression[i] === '\\') i++;
    else if (expression[i] === '[') {
      i = classEnd(expression, i);
      if (i < 0) return -1;
    } else if (expression[i] === '(') level++;
    else if (expression[i] === ')' && --level === 0) return i;
  }
  return -1;
}
