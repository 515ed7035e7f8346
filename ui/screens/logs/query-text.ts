// A log query as people change it by clicks: its stream matchers and pipeline stages with their places in the text.
// The server parses LogQL; this only finds where the parts begin and end, and gives up on what it does not know.

export type MatchOp = '=' | '!=' | '=~' | '!~';

/** One matcher of the stream selector; `from` and `to` are offsets into the query. */
export interface MatcherPart {
  readonly name: string;
  readonly op: MatchOp;
  readonly value: string;
}

/** One stage of the pipeline: a line filter (`|= "x"`) or anything else after a bar. */
export interface StagePart {
  readonly kind: 'line' | 'stage';
  readonly text: string;
}

/** `{…}` and what follows it. */
export interface QueryParts {
  readonly matchers: readonly MatcherPart[];
  readonly stages: readonly StagePart[];
}

const STRING = /"(?:[^"\\\n]|\\.)*"|`[^`]*`/y;
const SPACE = /(?:\s+|#[^\n]*(?:\n|$))*/y;
const NAME = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const OPERATOR = /=~|!~|!=|=/y;
const LINE_OPERATOR = /\|=|\|~|\|>|!=|!~|!>/y;
/** Stages after which `!=` and `!~` begin a line filter: they hold no comparison of their own. */
const WITHOUT_COMPARISON = /^\|\s*(?:json|logfmt|unpack|pattern|regexp|line_format|decolorize)\b/;

/** The parts of a log query; undefined for metric queries and for what cannot be read. */
export function splitQuery(query: string): QueryParts | undefined {
  let at = end(SPACE, query, 0) ?? 0;
  if (query[at] !== '{') return undefined;
  at += 1;
  const matchers: MatcherPart[] = [];
  for (;;) {
    at = end(SPACE, query, at) ?? at;
    if (query[at] === '}') break;
    const found = readMatcher(query, at);
    if (found === undefined) return undefined;
    matchers.push(found.matcher);
    at = end(SPACE, query, found.to) ?? found.to;
    if (query[at] === ',') at += 1;
    else if (query[at] !== '}') return undefined;
  }
  const stages = readStages(query, at + 1);
  return stages && { matchers, stages };
}

function readMatcher(query: string, at: number): { readonly matcher: MatcherPart; readonly to: number } | undefined {
  const nameEnd = end(NAME, query, at);
  if (nameEnd === undefined) return undefined;
  const opFrom = end(SPACE, query, nameEnd) ?? nameEnd;
  const opEnd = end(OPERATOR, query, opFrom);
  if (opEnd === undefined) return undefined;
  const valueFrom = end(SPACE, query, opEnd) ?? opEnd;
  const to = end(STRING, query, valueFrom);
  if (to === undefined) return undefined;
  const value = unquote(query.slice(valueFrom, to));
  return { matcher: { name: query.slice(at, nameEnd), op: query.slice(opFrom, opEnd) as MatchOp, value }, to };
}

function readStages(query: string, from: number): readonly StagePart[] | undefined {
  const stages: StagePart[] = [];
  let at = end(SPACE, query, from) ?? from;
  while (at < query.length) {
    const lineEnd = end(LINE_OPERATOR, query, at);
    if (lineEnd === undefined && query[at] !== '|') return undefined;
    const to = stageEnd(query, at, lineEnd ?? at + 1, lineEnd !== undefined);
    stages.push({ kind: lineEnd === undefined ? 'stage' : 'line', text: query.slice(at, to).trim() });
    at = end(SPACE, query, to) ?? to;
  }
  return stages;
}

/** Where the stage that begins at `from` ends: at the next bar or line filter outside of strings. */
function stageEnd(query: string, from: number, after: number, isLine: boolean): number {
  let at = after;
  while (at < query.length) {
    const next = end(STRING, query, at);
    if (next !== undefined) {
      at = next;
      continue;
    }
    const char = query[at];
    if (char === '|' || char === '#') return at;
    const isFilter = char === '!' && end(LINE_OPERATOR, query, at) !== undefined;
    if (isFilter && (isLine || WITHOUT_COMPARISON.test(query.slice(from, at)))) return at;
    at += 1;
  }
  return at;
}

/** Where the string that begins at an offset ends; undefined when none begins there. */
export function stringEnd(text: string, at: number): number | undefined {
  return end(STRING, text, at);
}

function end(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

/** The text of parts on one line. */
export function joinQuery({ matchers, stages }: QueryParts): string {
  const selector = `{${matchers.map(matcherText).join(', ')}}`;
  return [selector, ...stages.map(({ text }) => text)].join(' ');
}

/** `name="value"`. */
export function matcherText({ name, op, value }: MatcherPart): string {
  return `${name}${op}${quote(value)}`;
}

/** A Go string as LogQL reads it: backquotes where they save escapes. */
export function quote(text: string): string {
  return /["\\]/.test(text) && !/[`\n\r]/.test(text) ? `\`${text}\`` : JSON.stringify(text);
}

/** The text of a quoted string; escapes as in Go, those that JSON lacks stand for themselves. */
export function unquote(text: string): string {
  if (text.startsWith('`')) return text.slice(1, -1);
  try {
    return String(JSON.parse(text));
  } catch {
    return text.slice(1, -1); // an escape that JSON does not know
  }
}

const ANY = '.+';

/** Whether a matcher only asks that the label is there: it stands for "all". */
export function isAnyMatcher({ op, value }: MatcherPart): boolean {
  return op === '=~' && (value === ANY || value === '.*');
}

/** With a matcher more. A positive one takes the place of others of that label: two could never both hold. */
export function addMatcher(query: string, matcher: MatcherPart): string {
  const parts = splitQuery(query) ?? { matchers: [], stages: [] };
  const isPositive = matcher.op === '=' || matcher.op === '=~';
  const rest = parts.matchers.filter((one) => {
    if (one.name !== matcher.name) return true;
    return isPositive ? false : matcherText(one) !== matcherText(matcher);
  });
  const at = parts.matchers.findIndex(({ name }) => name === matcher.name);
  const matchers = isPositive && at >= 0 ? rest.toSpliced(Math.min(at, rest.length), 0, matcher) : [...rest, matcher];
  return joinQuery({ ...parts, matchers: withoutNeedlessAny(matchers) });
}

/** `{service=~".+"}` was only there because a selector may not be empty. */
function withoutNeedlessAny(matchers: readonly MatcherPart[]): readonly MatcherPart[] {
  const isBound = matchers.some((one) => !isAnyMatcher(one) && one.value !== '' && one.op === '=');
  return isBound ? matchers.filter((one) => !isAnyMatcher(one)) : matchers;
}

/** Without the matcher at `index`; when nothing would hold the selector, the label must merely exist. */
export function removeMatcher(query: string, index: number): string {
  const parts = splitQuery(query);
  const removed = parts?.matchers[index];
  if (parts === undefined || removed === undefined) return query;
  const rest = parts.matchers.toSpliced(index, 1);
  const isBound = rest.some(({ op, value }) => (op === '=' || op === '=~') && value !== '' && value !== '.*');
  const any: MatcherPart = { name: removed.name, op: '=~', value: ANY };
  return joinQuery({ ...parts, matchers: isBound ? rest : [any, ...rest] });
}

/** Without the stage at `index`. */
export function removeStage(query: string, index: number): string {
  const parts = splitQuery(query);
  return parts === undefined ? query : joinQuery({ ...parts, stages: parts.stages.toSpliced(index, 1) });
}

/** Only lines that contain a text: among the line filters in front, where it saves work. */
export function addContains(query: string, text: string): string {
  const parts = splitQuery(query);
  if (parts === undefined || text === '') return query;
  const after = parts.stages.findIndex(({ kind }) => kind !== 'line');
  const stage: StagePart = { kind: 'line', text: `|= ${quote(text)}` };
  if (parts.stages.some((one) => one.text === stage.text)) return query;
  return joinQuery({ ...parts, stages: parts.stages.toSpliced(after < 0 ? parts.stages.length : after, 0, stage) });
}

/** Where a value was found, and so how it is asked for. */
export type FieldSource = 'label' | 'metadata' | 'parsed' | 'json' | 'logfmt';

/** Only (`=`) or without (`!=`) lines that have this value. Fields of the line itself need a parser before them. */
export function filterField(
  query: string,
  field: { readonly name: string; readonly value: string; readonly source: FieldSource },
  op: '=' | '!=',
): string {
  const { name, value, source } = field;
  if (source === 'label') return addMatcher(query, { name, op, value });
  const parts = splitQuery(query);
  if (parts === undefined) return query;
  const filter: StagePart = { kind: 'stage', text: `| ${matcherText({ name, op, value })}` };
  const kept = parts.stages.filter(({ text }) => text !== filter.text);
  const needsParser = (source === 'json' || source === 'logfmt') && !kept.some(({ text }) => parserOf(text) === source);
  const parser: readonly StagePart[] = needsParser ? [{ kind: 'stage', text: `| ${source}` }] : [];
  return joinQuery({ ...parts, stages: [...kept, ...parser, filter] });
}

function parserOf(stage: string): string | undefined {
  return /^\|\s*(json|logfmt)\b/.exec(stage)?.[1];
}

/** With the levels that are wanted; none = all. On a line of its own: the query may end in a comment. */
export function withLevels(query: string, levels: readonly string[]): string {
  if (levels.length === 0) return query;
  const filter = levels.length === 1 ? `="${levels[0]}"` : `=~"${levels.join('|')}"`;
  return `${query}\n| detected_level${filter}`;
}

/** Whether a query counts lines instead of selecting them: it does not begin with a stream selector. */
export function isMetricQuery(query: string): boolean {
  const from = end(SPACE, query, 0) ?? 0;
  const text = query.slice(from).replace(/^[\s(]+/, '');
  return text !== '' && !text.startsWith('{');
}

/** The lines that a metric query counts: its first selector with the pipeline, without what only makes numbers of lines. */
export function linesOfMetric(query: string): string | undefined {
  const from = query.indexOf('{');
  if (from < 0) return undefined;
  let at = from;
  while (at < query.length && query[at] !== '[') at = end(STRING, query, at) ?? at + 1;
  const parts = splitQuery(query.slice(from, at).trim());
  return parts && joinQuery({ ...parts, stages: parts.stages.filter(({ text }) => !/^\|\s*unwrap\b/.test(text)) });
}
