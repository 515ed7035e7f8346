// The search form ⇄ TraceQL. The form can say `{ a = x && b = y }`; whatever else is typed stays as typed and the form steps back.

/** An attribute and what it must equal. */
export interface TagTerm {
  /** With scope, as TraceQL writes it: `span.http.route`, `resource.host.name`, `.x` for either. */
  readonly tag: string;
  /** A TraceQL literal: `"text"`, `500`, `1.5`, `true`. */
  readonly literal: string;
}

/** What the form says; '' = any. */
export interface TraceForm {
  readonly service: string;
  readonly operation: string;
  readonly isFailed: boolean;
  readonly tags: readonly TagTerm[];
}

export const EMPTY_FORM: TraceForm = { service: '', operation: '', isFailed: false, tags: [] };

const SERVICE = 'resource.service.name';

/** The query of a form, '' when it asks for nothing. All of it must hold for the same span. */
export function writeQuery({ service, operation, isFailed, tags }: TraceForm): string {
  const terms = [
    ...(service === '' ? [] : [`${SERVICE} = ${JSON.stringify(service)}`]),
    ...(operation === '' ? [] : [`name = ${JSON.stringify(operation)}`]),
    ...(isFailed ? ['status = error'] : []),
    ...tags.map(({ tag, literal }) => `${writeTag(tag)} = ${literal}`),
  ];
  return terms.length === 0 ? '' : `{ ${terms.join(' && ')} }`;
}

const TAG = /(?:(span|resource)?\.(?:"((?:[^"\\]|\\.)*)"|([^\s"{}()=~!<>&|^,]+)))/y;
const NAME = /(name|status)(?=\s*=)/y;
const LITERAL = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?![\w.])|true\b|false\b|error\b/y;

/** The form of a query, undefined when the form cannot say it. */
export function readQuery(query: string): TraceForm | undefined {
  const text = query.trim();
  if (text === '' || /^\{\s*\}$/.test(text)) return EMPTY_FORM;
  if (!text.startsWith('{') || !text.endsWith('}')) return undefined;
  const terms = readTerms(text.slice(1, -1));
  if (terms === undefined) return undefined;
  let form = EMPTY_FORM;
  for (const { tag, literal } of terms) {
    const string = stringOf(literal);
    if ((tag === SERVICE || tag === '.service.name') && string !== undefined && string !== '' && form.service === '')
      form = { ...form, service: string };
    else if (tag === 'name' && string !== undefined && string !== '' && form.operation === '') form = { ...form, operation: string };
    else if (tag === 'status' && literal === 'error' && !form.isFailed) form = { ...form, isFailed: true };
    else if (tag.includes('.') && literal !== 'error') form = { ...form, tags: [...form.tags, { tag, literal }] };
    else return undefined;
  }
  return form;
}

function readTerms(inner: string): readonly TagTerm[] | undefined {
  const found: TagTerm[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at;
    const match = pattern.exec(inner);
    if (match === null) return undefined;
    at += match[0].length;
    return match;
  };
  const space = /\s*/y;
  for (;;) {
    take(space);
    const word = take(NAME);
    const tag = word ?? take(TAG);
    if (tag === undefined) return undefined;
    take(space);
    if (take(/=(?!~)/y) === undefined) return undefined;
    take(space);
    const literal = take(LITERAL);
    if (literal === undefined) return undefined;
    found.push({ tag: word ? word[0] : tagOf(tag), literal: literal[0] });
    take(space);
    if (at === inner.length) return found;
    if (take(/&&/y) === undefined) return undefined;
  }
}

function tagOf([, scope = '', quoted, plain = '']: RegExpExecArray): string {
  return `${scope}.${quoted === undefined ? plain : (stringOf(`"${quoted}"`) ?? quoted)}`;
}

/** Names with what the grammar gives a meaning to stand in quotes. */
function writeTag(tag: string): string {
  const dot = tag.indexOf('.');
  const name = tag.slice(dot + 1);
  return /[\s"{}()=~!<>&|^,\\]/.test(name) ? `${tag.slice(0, dot + 1)}${JSON.stringify(name)}` : tag;
}

function stringOf(literal: string): string | undefined {
  if (!literal.startsWith('"')) return undefined;
  try {
    const text: unknown = JSON.parse(literal);
    return typeof text === 'string' ? text : undefined;
  } catch {
    return undefined; // an escape that JSON does not know
  }
}

/** `http.route=/predict` as typed into the form; undefined when there is no name or no value. Numbers, true and false stand for themselves, in quotes for texts. */
export function parseTerm(typed: string): TagTerm | undefined {
  const at = typed.indexOf('=');
  if (at <= 0) return undefined;
  const name = typed.slice(0, at).trim();
  const value = typed.slice(at + 1).trim();
  if (name === '' || name === '.' || value === '') return undefined;
  return { tag: scopedTag(name), literal: literalOf(value) };
}

/** A name as the reader writes it, with its scope. */
export function scopedTag(name: string): string {
  return /^(span|resource)\../.test(name) || name.startsWith('.') ? name : `.${name}`;
}

function literalOf(value: string): string {
  if (/^-?(0|[1-9]\d*)(\.\d+)?$/.test(value) || value === 'true' || value === 'false') return value;
  return stringOf(value) === undefined ? JSON.stringify(value) : value;
}

/** A term that finds spans with this attribute: `value` as it came with a span. Undefined for lists and objects. */
export function termOf(scope: 'span' | 'resource', name: string, value: unknown): TagTerm | undefined {
  if (typeof value === 'string') return { tag: `${scope}.${name}`, literal: JSON.stringify(value) };
  if (typeof value === 'boolean') return { tag: `${scope}.${name}`, literal: String(value) };
  if (typeof value !== 'number' || !Number.isFinite(value) || !/^-?\d+(\.\d+)?$/.test(String(value))) return undefined;
  return { tag: `${scope}.${name}`, literal: String(value) };
}

/** How a chip says a term: without the dot of "either scope", texts without quotes unless they would read as something else. */
export function termText({ tag, literal }: TagTerm): string {
  const string = stringOf(literal);
  const value = string !== undefined && literalOf(string) === literal && string.trim() === string && string !== '' ? string : literal;
  return `${tag.startsWith('.') ? tag.slice(1) : tag} = ${value}`;
}
