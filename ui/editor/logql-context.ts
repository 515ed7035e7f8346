// What can be completed at a place in a LogQL text that is still being written, from the text before it.

/** What is wanted at the end of a text; `from` is the offset where the word to complete begins. */
export type LogqlContext =
  | { readonly kind: 'start'; readonly from: number }
  | { readonly kind: 'label name'; readonly from: number }
  /** Inside or before the string of a matcher; `quoted` tells whether the quote is there already. `selector` is what else stands in the braces. */
  | { readonly kind: 'label value'; readonly from: number; readonly name: string; readonly quoted: boolean; readonly selector: string }
  | { readonly kind: 'operator'; readonly from: number }
  | { readonly kind: 'stage'; readonly from: number }
  | { readonly kind: 'grouping'; readonly from: number }
  | { readonly kind: 'range'; readonly from: number }
  | { readonly kind: 'nothing' };

interface Scan {
  /** Brackets that are open, innermost last. */
  readonly open: readonly { readonly char: string; readonly at: number }[];
  /** Where a string begins that is not closed. */
  readonly stringAt: number | undefined;
  readonly isComment: boolean;
  /** The last bar outside of strings since the innermost bracket was opened. */
  readonly barAt: number | undefined;
}

/** The context at the end of `before`. */
export function logqlContext(before: string): LogqlContext {
  const { open, stringAt, isComment, barAt } = scan(before);
  if (isComment) return { kind: 'nothing' };
  const inner = open.at(-1);
  const wordFrom = before.length - (/[a-zA-Z_][\w]*$/.exec(before)?.[0].length ?? 0);
  if (inner?.char === '{') return selectorContext(before, inner.at, stringAt, wordFrom);
  if (stringAt !== undefined) return { kind: 'nothing' };
  if (inner?.char === '[') return { kind: 'range', from: inner.at + 1 };
  if (inner?.char === '(' && /\b(?:by|without|on|ignoring)\s*$/i.test(before.slice(0, inner.at)))
    return { kind: 'grouping', from: wordFrom };
  if (barAt !== undefined && /^\|\s*$/.test(before.slice(barAt, wordFrom))) return { kind: 'stage', from: wordFrom };
  if (barAt !== undefined) return { kind: 'nothing' };
  const ahead = before.slice(0, wordFrom).trimEnd();
  if (ahead.endsWith('}') || ahead.endsWith(']') || ahead.endsWith('"') || ahead.endsWith('`')) return { kind: 'nothing' };
  return { kind: 'start', from: wordFrom };
}

function selectorContext(before: string, openAt: number, stringAt: number | undefined, wordFrom: number): LogqlContext {
  const inside = before.slice(openAt + 1, stringAt ?? wordFrom);
  const value = /([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*$/.exec(inside);
  if (value !== null) {
    const others = inside.slice(0, value.index).trim().replace(/,$/, '').trim();
    const from = stringAt === undefined ? wordFrom : stringAt + 1;
    return {
      kind: 'label value',
      from,
      name: value[1] ?? '',
      quoted: stringAt !== undefined,
      selector: others === '' ? '' : `{${others}}`,
    };
  }
  if (stringAt !== undefined) return { kind: 'nothing' };
  if (/(?:^|,)\s*$/.test(inside)) return { kind: 'label name', from: wordFrom };
  return /[a-zA-Z_]\w*\s+$/.test(inside) ? { kind: 'operator', from: before.length } : { kind: 'nothing' };
}

function scan(text: string): Scan {
  const open: { char: string; at: number; barAt: number | undefined }[] = [];
  let barAt: number | undefined;
  let at = 0;
  while (at < text.length) {
    const char = text[at] ?? '';
    if (char === '"' || char === '`') {
      const close = closingQuote(text, at, char);
      if (close === undefined) return { open, stringAt: at, isComment: false, barAt };
      at = close;
    } else if (char === '#') {
      const newline = text.indexOf('\n', at);
      if (newline < 0) return { open, stringAt: undefined, isComment: true, barAt };
      at = newline;
    } else if ('{[('.includes(char)) {
      open.push({ char, at, barAt });
      barAt = undefined;
    } else if ('}])'.includes(char)) {
      barAt = open.pop()?.barAt;
    } else if (char === '|') {
      barAt = at;
    }
    at += 1;
  }
  return { open, stringAt: undefined, isComment: false, barAt };
}

function closingQuote(text: string, from: number, quote: string): number | undefined {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === quote) return at;
    if (quote === '"' && text[at] === '\\') at += 1;
  }
  return undefined;
}
