import { compileMatcher, type Matcher } from '../../model/matcher.ts';
import { meaningError } from '../errors.ts';
import type { Extraction, LineFilterOp, LineFilterStage, LineFilterValue, LogExpr, Stage, Unwrap } from './ast.ts';
import { checkRegexp, isMatchType, parseIp, parseLabelFilter } from './label-filters.ts';
import type { TokenStream } from './token-stream.ts';

const LINE_FILTERS = ['|=', '!=', '|~', '!~', '|>', '!>'] as const;
const EMPTY_COMPATIBLE =
  'queries require at least one regexp or equality matcher that does not have an empty-compatible value. ' +
  'For instance, app=~".*" does not meet this requirement, but app=~".+" will';

/** `{app="x", level=~"e.*"}`. */
export function parseMatchers(tokens: TokenStream): Matcher[] {
  const matchers: Matcher[] = [];
  tokens.expect('{');
  while (!tokens.isOp('}')) {
    if (matchers.length > 0) tokens.expect(',');
    const name = tokens.expectKind('identifier').text;
    const op = tokens.next;
    if (op.kind !== 'op' || !isMatchType(op.text)) tokens.unexpected('=', '!=', '=~', '!~');
    tokens.take();
    const value = tokens.expectKind('string');
    checkRegexp(tokens, op.text, value);
    matchers.push({ type: op.text, name, value: value.text });
  }
  tokens.expect('}');
  return matchers;
}

/** Refuses a selector that every stream without labels would match: it means everything. */
export function checkMatchers(matchers: readonly Matcher[]): void {
  const isSelective = ({ type, name, value }: Matcher) => (type === '=' || type === '=~') && !compileMatcher({ type, name, value })('');
  if (!matchers.some(isSelective)) throw meaningError(EMPTY_COMPATIBLE);
}

/** `{app="x"} |= "y" | json`; with brackets around it any number of times. */
export function parseLog(tokens: TokenStream): LogExpr {
  const start = tokens.next.start;
  if (tokens.accept('(')) {
    const log = tokens.nested(() => parseLog(tokens));
    tokens.expect(')');
    return log;
  }
  const matchers = parseMatchers(tokens);
  const stages: Stage[] = [];
  while (startsStage(tokens)) stages.push(parseStage(tokens));
  return { kind: 'log', matchers, stages, start, end: tokens.lastEnd };
}

/** Whether a stage comes next: a line filter, or `|` with anything but `unwrap` behind it. */
export function startsStage(tokens: TokenStream): boolean {
  return tokens.isOp(...LINE_FILTERS) || (tokens.isOp('|') && tokens.peek().text !== 'unwrap');
}

export function parseStage(tokens: TokenStream): Stage {
  const start = tokens.next.start;
  if (tokens.isOp(...LINE_FILTERS)) return parseLineFilter(tokens);
  tokens.expect('|');
  const place = () => ({ start, end: tokens.lastEnd });
  const word = tokens.next.kind === 'identifier' && !isOperatorBehind(tokens) ? tokens.next.text : '';
  switch (word) {
    case 'json':
      tokens.take();
      return { kind: 'json', extractions: parseExtractions(tokens), ...place() };
    case 'logfmt':
      tokens.take();
      return { kind: 'logfmt', ...parseFlags(tokens), extractions: parseExtractions(tokens), ...place() };
    case 'pattern':
    case 'regexp': {
      tokens.take();
      return { kind: word, pattern: tokens.expectKind('string').text, ...place() };
    }
    case 'unpack':
    case 'decolorize':
      tokens.take();
      return { kind: word, ...place() };
    case 'drop':
    case 'keep':
      tokens.take();
      return { kind: word, labels: parsePicks(tokens), ...place() };
    case 'line_format':
      tokens.take();
      return { kind: 'line_format', template: tokens.expectKind('string').text, ...place() };
    case 'label_format':
      tokens.take();
      return { kind: 'label_format', assignments: parseAssignments(tokens), ...place() };
    default:
      return { kind: 'label_filter', filter: parseLabelFilter(tokens), ...place() };
  }
}

/** A label may have the name of a stage: `| json="x"`. */
function isOperatorBehind(tokens: TokenStream): boolean {
  const behind = tokens.peek();
  return behind.kind === 'op' && ['=', '==', '>', '>=', '<', '<=', '=~'].includes(behind.text);
}

function parseLineFilter(tokens: TokenStream): LineFilterStage {
  const { start, text } = tokens.take();
  const op = text as LineFilterOp;
  const values: LineFilterValue[] = [];
  do {
    if (tokens.isWord('ip') && (op === '|=' || op === '!=')) values.push({ text: parseIp(tokens), isIp: true });
    else {
      const literal = tokens.expectKind('string');
      checkRegexp(tokens, op === '|~' || op === '!~' ? '=~' : '', literal);
      values.push({ text: literal.text, isIp: false });
    }
  } while (tokens.acceptWord('or'));
  return { kind: 'line_filter', op, values, start, end: tokens.lastEnd };
}

function parseFlags(tokens: TokenStream): { strict: boolean; keepEmpty: boolean } {
  const flags = { strict: false, keepEmpty: false };
  while (tokens.next.kind === 'flag') {
    if (tokens.next.text === '--strict') flags.strict = true;
    else if (tokens.next.text === '--keep-empty') flags.keepEmpty = true;
    else tokens.unexpected('--strict', '--keep-empty');
    tokens.take();
  }
  return flags;
}

function parseExtractions(tokens: TokenStream): Extraction[] {
  const extractions: Extraction[] = [];
  while (tokens.next.kind === 'identifier') {
    const label = tokens.take().text;
    extractions.push({ label, expression: tokens.accept('=') ? tokens.expectKind('string').text : label });
    if (!tokens.accept(',')) break;
    if (tokens.next.kind !== 'identifier') tokens.unexpected('IDENTIFIER');
  }
  return extractions;
}

function parsePicks(tokens: TokenStream): { name: string; matcher?: Matcher }[] {
  const picks: { name: string; matcher?: Matcher }[] = [];
  do {
    const name = tokens.expectKind('identifier').text;
    const op = tokens.next;
    if (op.kind === 'op' && isMatchType(op.text)) {
      tokens.take();
      const value = tokens.expectKind('string');
      checkRegexp(tokens, op.text, value);
      picks.push({ name, matcher: { type: op.text, name, value: value.text } });
    } else picks.push({ name });
  } while (tokens.accept(','));
  return picks;
}

function parseAssignments(tokens: TokenStream): { label: string; from?: string; template?: string }[] {
  const assignments: { label: string; from?: string; template?: string }[] = [];
  do {
    const target = tokens.expectKind('identifier');
    const label = target.text;
    tokens.expect('=');
    if (assignments.some((other) => other.label === label))
      tokens.fail(target, `multiple label name '${label}' not allowed in a single format operation`);
    const source = tokens.next;
    if (source.kind === 'string') assignments.push({ label, template: tokens.take().text });
    else if (source.kind === 'identifier') assignments.push({ label, from: tokens.take().text });
    else tokens.unexpected('IDENTIFIER', 'STRING');
  } while (tokens.accept(','));
  return assignments;
}

/** `| unwrap duration(latency) | __error__=""`. */
export function parseUnwrap(tokens: TokenStream): Unwrap {
  const { start } = tokens.expect('|');
  tokens.take();
  const first = tokens.expectKind('identifier');
  let unwrap: Pick<Unwrap, 'label' | 'conversion'> = { label: first.text, conversion: '' };
  if (tokens.accept('(')) {
    const conversion = first.text;
    if (conversion !== 'duration' && conversion !== 'duration_seconds' && conversion !== 'bytes')
      return tokens.fail(first, `syntax error: unexpected ${conversion}, expecting bytes or duration or duration_seconds`);
    unwrap = { label: tokens.expectKind('identifier').text, conversion };
    tokens.expect(')');
  }
  const filters = [];
  while (tokens.isOp('|') && tokens.peek().text !== 'unwrap') {
    tokens.take();
    filters.push(parseLabelFilter(tokens));
  }
  return { ...unwrap, filters, start, end: tokens.lastEnd };
}
