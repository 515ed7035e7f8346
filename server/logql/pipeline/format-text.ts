// Functions on text that the templates of line_format and label_format have. Signatures are those of Loki's documentation; names in
// upper case take Go's order of arguments, the others the text last, for pipelines.
import type { RE2JS } from 're2js';
import { templateError } from '../../template/errors.ts';
import { escapeQuery } from '../../template/escape.ts';
import { compileRegexp, replaceAll } from '../../template/regexp.ts';
import { titleCase } from '../../template/text-functions.ts';
import type { GoFunction, GoValue } from '../../template/value.ts';

type Functions = Record<string, GoFunction>;

const MAX_REPEAT = 1 << 20;
const texts = (count: number, call: (...args: string[]) => GoValue): GoFunction => ({
  params: new Array<string>(count).fill('string'),
  call: (...args) => call(...(args as string[])),
});
const counted = (call: (count: number, text: string) => GoValue): GoFunction => ({
  params: ['int', 'string'],
  call: (count, text) => call(Number(count), text as string),
});

/** Go's strings.Replace; a negative count is all. */
function replaceSome(text: string, old: string, replacement: string, count: number): string {
  if (count < 0) return text.replaceAll(old, () => replacement);
  let out = '';
  let at = 0;
  for (let i = 0; i < count; i++) {
    const found = text.indexOf(old, at);
    if (found < 0) break;
    out += text.slice(at, found) + replacement;
    at = found + old.length;
    if (old === '') {
      if (at >= text.length) break;
      out += text[at];
      at++;
    }
  }
  return out + text.slice(at);
}

function trimSet(text: string, cutset: string, isLeft: boolean, isRight: boolean): string {
  const chars = [...text];
  let start = 0;
  let end = chars.length;
  while (isLeft && start < end && cutset.includes(chars[start] as string)) start++;
  while (isRight && end > start && cutset.includes(chars[end - 1] as string)) end--;
  return chars.slice(start, end).join('');
}

const trimPrefix = (text: string, prefix: string) => (text.startsWith(prefix) ? text.slice(prefix.length) : text);
const trimSuffix = (text: string, suffix: string) =>
  suffix !== '' && text.endsWith(suffix) ? text.slice(0, text.length - suffix.length) : text;

function truncate(count: number, text: string): string {
  const chars = [...text];
  if (count < 0) return chars.length + count > 0 ? chars.slice(count).join('') : text;
  return chars.length > count ? chars.slice(0, count).join('') : text;
}

function substring(start: number, end: number, text: string): string {
  const chars = [...text];
  if (start < 0) return chars.slice(0, Math.max(0, end)).join('');
  return chars.slice(start, end < 0 || end > chars.length ? undefined : end).join('');
}

function bounded(count: number): number {
  if (count < 0 || count > MAX_REPEAT) throw templateError('template.function', `count ${count} is not between 0 and ${MAX_REPEAT}`);
  return count;
}

const indent = (count: number, text: string) => {
  const pad = ' '.repeat(bounded(count));
  return pad + text.replaceAll('\n', `\n${pad}`);
};

function repeat(count: number, text: string): string {
  bounded(count * text.length);
  return text.repeat(count);
}

const lengthOf = (text: string) => [...text].length;

function align(count: number, text: string, isRight: boolean): string {
  const missing = bounded(count) - lengthOf(text);
  if (missing < 0) return isRight ? [...text].slice(-missing).join('') : truncate(count, text);
  return isRight ? ' '.repeat(missing) + text : text + ' '.repeat(missing);
}

function decodeQuery(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch (cause) {
    throw templateError('template.function', `invalid URL escape in ${JSON.stringify(text)}`, { cause });
  }
}

function decodeBase64(text: string): string {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) return `illegal base64 data: ${JSON.stringify(text)}`;
  return Buffer.from(text, 'base64').toString();
}

const PLAIN: Functions = {
  lower: texts(1, (text) => text.toLowerCase()),
  upper: texts(1, (text) => text.toUpperCase()),
  title: texts(1, titleCase),
  ToLower: texts(1, (text) => text.toLowerCase()),
  ToUpper: texts(1, (text) => text.toUpperCase()),
  Replace: {
    params: ['string', 'string', 'string', 'int'],
    call: (text, old, replacement, count) => replaceSome(text as string, old as string, replacement as string, Number(count)),
  },
  replace: texts(3, (old, replacement, text) => replaceSome(text, old, replacement, -1)),
  Trim: texts(2, (text, cutset) => trimSet(text, cutset, true, true)),
  TrimLeft: texts(2, (text, cutset) => trimSet(text, cutset, true, false)),
  TrimRight: texts(2, (text, cutset) => trimSet(text, cutset, false, true)),
  TrimPrefix: texts(2, trimPrefix),
  TrimSuffix: texts(2, trimSuffix),
  TrimSpace: texts(1, (text) => text.trim()),
  trim: texts(1, (text) => text.trim()),
  trimSpace: texts(1, (text) => text.trim()),
  trimAll: texts(2, (cutset, text) => trimSet(text, cutset, true, true)),
  trimPrefix: texts(2, (prefix, text) => trimPrefix(text, prefix)),
  trimSuffix: texts(2, (suffix, text) => trimSuffix(text, suffix)),
  trunc: counted(truncate),
  substr: { params: ['int', 'int', 'string'], call: (start, end, text) => substring(Number(start), Number(end), text as string) },
  indent: counted(indent),
  nindent: counted((count, text) => `\n${indent(count, text)}`),
  repeat: counted(repeat),
  alignLeft: counted((count, text) => align(count, text, false)),
  alignRight: counted((count, text) => align(count, text, true)),
  contains: texts(2, (part, text) => text.includes(part)),
  hasPrefix: texts(2, (prefix, text) => text.startsWith(prefix)),
  hasSuffix: texts(2, (suffix, text) => text.endsWith(suffix)),
  urlencode: texts(1, escapeQuery),
  urldecode: texts(1, decodeQuery),
  b64enc: texts(1, (text) => Buffer.from(text).toString('base64')),
  b64dec: texts(1, decodeBase64),
};

/** All of them; expressions are compiled once. */
export function textFunctions(): Functions {
  const compiled = new Map<string, RE2JS>();
  const compile = (expression: string) => {
    const known = compiled.get(expression);
    if (known) return known;
    const pattern = compileRegexp(expression);
    // An expression may come out of a label.
    if (compiled.size >= 100) compiled.clear();
    compiled.set(expression, pattern);
    return pattern;
  };
  return {
    ...PLAIN,
    count: texts(2, (expression, text) => {
      const matcher = compile(expression).matcher(text);
      let count = 0n;
      while (matcher.find()) count++;
      return count;
    }),
    regexReplaceAll: texts(3, (expression, text, replacement) => replaceAll(compile(expression), replacement, text)),
    regexReplaceAllLiteral: texts(3, (expression, text, replacement) =>
      replaceAll(
        compile(expression),
        replacement.replaceAll('$', () => '$$'),
        text,
      ),
    ),
  };
}
