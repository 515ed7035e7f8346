import type { Span } from './position.ts';
import { quote } from './quote.ts';

/** What a token is; punctuation is its own kind. */
export type TokenKind =
  | 'end'
  | 'identifier'
  | 'metric identifier'
  | 'number'
  | 'duration'
  | 'string'
  | 'operator'
  | 'keyword'
  | 'aggregator'
  | '('
  | ')'
  | '{'
  | '}'
  | '['
  | ']'
  | ','
  | ':'
  | '='
  | '@';

/** One token. `name` is the lower-cased keyword, operator or aggregator; for a string it is the value between the quotes. */
export interface Token extends Span {
  readonly kind: TokenKind;
  readonly name: string;
  readonly text: string;
  /** Of a string with bytes that are no UTF-8, as in GoString. */
  readonly raw?: string | undefined;
}

const KEYWORDS = ['offset', 'by', 'without', 'on', 'ignoring', 'group_left', 'group_right', 'bool', 'start', 'end'] as const;
const WORD_OPERATORS = ['and', 'or', 'unless', 'atan2'] as const;

/** The aggregation operators. */
export const AGGREGATORS = [
  'sum',
  'avg',
  'count',
  'min',
  'max',
  'group',
  'stddev',
  'stdvar',
  'topk',
  'bottomk',
  'count_values',
  'quantile',
  'limitk',
  'limit_ratio',
] as const;
export type Aggregator = (typeof AGGREGATORS)[number];

const WORDS: ReadonlyMap<string, TokenKind> = new Map<string, TokenKind>([
  ...KEYWORDS.map((word) => [word, 'keyword'] as const),
  ...WORD_OPERATORS.map((word) => [word, 'operator'] as const),
  ...AGGREGATORS.map((word) => [word, 'aggregator'] as const),
  ['inf', 'number'],
  ['nan', 'number'],
]);

/** The kind of a word outside braces; keywords are recognised in any case. */
export function wordKind(word: string): TokenKind {
  return WORDS.get(word.toLowerCase()) ?? (word.includes(':') ? 'metric identifier' : 'identifier');
}

const NOT_METRIC_NAMES = new Set(['atan2', 'bool', 'on', 'ignoring', 'group_left', 'group_right']);

/** Whether the word of this token may stand as a metric name. */
export function isMetricName(token: Token): boolean {
  if (token.kind === 'identifier' || token.kind === 'metric identifier' || token.kind === 'aggregator') return true;
  return isWord(token) && !NOT_METRIC_NAMES.has(token.name);
}

/** Whether the word of this token may stand as a label name in `by (…)` and its like. */
export function isGroupingLabel(token: Token): boolean {
  if (token.kind === 'identifier' || token.kind === 'metric identifier' || token.kind === 'aggregator') return true;
  return isWord(token) && token.name !== 'without';
}

function isWord(token: Token): boolean {
  return token.kind === 'keyword' || (token.kind === 'operator' && /^[a-z]/.test(token.name));
}

/** The token as upstream names it in `unexpected …`. */
export function describe(token: Token): string {
  switch (token.kind) {
    case 'end':
      return 'end of input';
    case 'operator':
      return `<op:${token.text}>`;
    case '@':
      // Upstream has no name for this token but its number.
      return '"<Item 57400>" <op:@>';
    case 'keyword':
      return token.name === 'start' || token.name === 'end' ? shortQuote(token.text) : `<${token.text}>`;
    case 'aggregator':
      return `<aggr:${token.text}>`;
    case 'identifier':
    case 'metric identifier':
      return `${token.kind} ${quote(token.text)}`;
    case 'number':
    case 'duration':
    case 'string':
      return `${token.kind} ${shortQuote(token.text)}`;
    default:
      return quote(token.text);
  }
}

function shortQuote(text: string): string {
  const chars = [...text];
  return new TextEncoder().encode(text).length > 10 ? `${quote(chars.slice(0, 10).join(''))}...` : quote(text);
}
