// A Pratt parser for PromQL. One token of look-ahead; the first problem is thrown, as upstream reports only its first.
import { RE2JS } from 're2js';
import { messageOf } from '../../model/app-error.ts';
import type { Matcher, MatchType } from '../../model/matcher.ts';
import type { Aggregation, AtModifier, BinaryOperator, Expr, MatrixSelector, Subquery, VectorMatching, VectorSelector } from './ast.ts';
import { Lexer } from './lexer.ts';
import { type Literal, parseDuration, parseNumber, secondsToDuration } from './literals.ts';
import { parseError } from './position.ts';
import { quote } from './quote.ts';
import { SIGNATURES } from './signatures.ts';
import { type Aggregator, describe, isGroupingLabel, isMetricName, type Token } from './token.ts';

const PRECEDENCE: ReadonlyMap<string, number> = new Map([
  ['or', 1],
  ...(['and', 'unless'] as const).map((op) => [op, 2] as const),
  ...(['==', '!=', '<', '<=', '>', '>='] as const).map((op) => [op, 3] as const),
  ...(['+', '-'] as const).map((op) => [op, 4] as const),
  ...(['*', '/', '%', 'atan2'] as const).map((op) => [op, 5] as const),
  ['^', 6],
]);
const UNARY_PRECEDENCE = 5;
/** Deeper nesting would exhaust the stack. */
const MAX_DEPTH = 500;
const DURATION_EXPRESSION = 'experimental duration expression is not enabled';

/** What may be switched on beyond stable PromQL. */
export interface ParseOptions {
  /** Accept functions and aggregations that upstream keeps behind a feature flag. */
  readonly experimentalFunctions?: boolean | undefined;
}

/** The tree of `query`, types not yet checked. Throws `promql.parse` with position. */
export function parseSyntax(query: string, options: ParseOptions = {}): Expr {
  return new Parser(query, options).parse();
}

class Parser {
  readonly #query: string;
  readonly #options: ParseOptions;
  readonly #lexer: Lexer;
  #token: Token;
  /** The end of the token before `#token`. */
  #lastEnd = 0;
  #aggregationDepth = 0;
  #depth = 0;

  constructor(query: string, options: ParseOptions) {
    this.#query = query;
    this.#options = options;
    this.#lexer = new Lexer(query);
    this.#token = this.#lexer.next();
  }

  parse(): Expr {
    if (this.#is('end')) throw this.#fail(0, 'no expression found in input');
    const expr = this.#expr(0);
    if (!this.#is('end')) throw this.#unexpected();
    return expr;
  }

  #expr(minPrecedence: number): Expr {
    if (++this.#depth > MAX_DEPTH) throw this.#fail(this.#token.start, `expression is nested more than ${MAX_DEPTH} levels deep`);
    let lhs = this.#operand();
    for (;;) {
      const precedence = this.#is('operator') ? PRECEDENCE.get(this.#token.name) : undefined;
      if (precedence === undefined || precedence <= minPrecedence) break;
      lhs = this.#binary(lhs, precedence);
    }
    this.#depth--;
    return lhs;
  }

  #binary(lhs: Expr, precedence: number): Expr {
    const op = this.#advance().name as BinaryOperator;
    const returnBool = this.#takeKeyword('bool');
    const matching = this.#matching(op);
    // `^` is right-associative, everything else left-associative.
    const rhs = this.#expr(op === '^' ? precedence - 1 : precedence);
    return { kind: 'binary', op, lhs, rhs, returnBool, matching, start: lhs.start, end: rhs.end };
  }

  #matching(op: BinaryOperator): VectorMatching {
    const isSet = op === 'and' || op === 'or' || op === 'unless';
    const plain = isSet ? 'many-to-many' : 'one-to-one';
    const on = this.#isKeyword('on');
    if (!on && !this.#isKeyword('ignoring')) return { card: plain, on: false, labels: [], include: [] };
    this.#advance();
    const labels = this.#groupingLabels();
    if (!this.#isKeyword('group_left') && !this.#isKeyword('group_right')) return { card: plain, on, labels, include: [] };
    const card = this.#advance().name === 'group_left' ? 'many-to-one' : 'one-to-many';
    const include = this.#is('(') ? this.#groupingLabels() : [];
    return { card, on, labels, include };
  }

  #operand(): Expr {
    const { kind, name, start } = this.#token;
    if (kind === 'operator' && (name === '+' || name === '-')) {
      this.#advance();
      const expr = this.#expr(UNARY_PRECEDENCE);
      if (expr.kind === 'number') return { ...expr, value: name === '-' ? -expr.value : expr.value, start };
      return { kind: 'unary', op: name, expr, start, end: expr.end };
    }
    let expr = this.#primary();
    for (;;) {
      if (this.#is('[')) expr = this.#bracket(expr);
      else if (this.#isKeyword('offset')) expr = this.#offset(expr);
      else if (this.#is('@')) expr = this.#at(expr);
      else return expr;
    }
  }

  #primary(): Expr {
    const token = this.#token;
    switch (token.kind) {
      case 'number':
      case 'duration':
        this.#advance();
        return { kind: 'number', value: this.#numberOf(token), isDuration: token.kind === 'duration', start: token.start, end: token.end };
      case 'string':
        this.#advance();
        return { kind: 'string', value: token.name, start: token.start, end: token.end };
      case '(': {
        this.#advance();
        const expr = this.#expr(0);
        this.#expect(')');
        return { kind: 'paren', expr, start: token.start, end: this.#lastEnd };
      }
      case '{':
        return this.#selector(undefined);
    }
    if (!isMetricName(token)) throw this.#unexpected();
    this.#advance();
    if (token.kind === 'aggregator' && (this.#is('(') || this.#isKeyword('by') || this.#isKeyword('without')))
      return this.#aggregation(token);
    if (token.kind === 'identifier' && this.#is('(')) return this.#call(token);
    return this.#selector(token);
  }

  #call(name: Token): Expr {
    const args = this.#args();
    const fn = SIGNATURES.get(name.text);
    if (!fn) throw this.#fail(name.start, `unknown function with name ${quote(name.text)}`);
    if (fn.experimental && !this.#options.experimentalFunctions)
      throw this.#fail(name.start, `function ${quote(name.text)} is not enabled`);
    return { kind: 'call', fn, args, start: name.start, end: this.#lastEnd };
  }

  #aggregation(name: Token): Aggregation {
    this.#aggregationDepth++;
    let clause = this.#groupingClause();
    if (!this.#is('(')) throw this.#unexpected();
    const args = this.#args();
    this.#aggregationDepth--;
    clause ??= this.#groupingClause();
    const op = name.name as Aggregator;
    const wanted = ['topk', 'bottomk', 'count_values', 'quantile', 'limitk', 'limit_ratio'].includes(op) ? 2 : 1;
    if ((op === 'limitk' || op === 'limit_ratio') && !this.#options.experimentalFunctions)
      throw this.#fail(name.start, `${op}() is experimental and must be enabled with --enable-feature=promql-experimental-functions`);
    const expr = args.at(-1);
    if (!expr) throw this.#fail(name.start, 'no arguments for aggregate expression provided');
    if (args.length !== wanted)
      throw this.#fail(name.start, `wrong number of arguments for aggregate expression provided, expected ${wanted}, got ${args.length}`);
    const { without, labels } = clause ?? { without: false, labels: [] };
    const param = wanted === 2 ? args[0] : undefined;
    return { kind: 'aggregation', op, expr, param, without, grouping: labels, start: name.start, end: this.#lastEnd };
  }

  #groupingClause(): { without: boolean; labels: string[] } | undefined {
    if (!this.#isKeyword('by') && !this.#isKeyword('without')) return undefined;
    const without = this.#advance().name === 'without';
    return { without, labels: this.#groupingLabels() };
  }

  #args(): Expr[] {
    this.#expect('(');
    const args: Expr[] = [];
    if (!this.#is(')')) args.push(this.#expr(0));
    while (this.#is(',')) {
      const comma = this.#advance();
      if (!this.#canStartExpr()) throw this.#fail(comma.start, 'trailing commas not allowed in function call args');
      args.push(this.#expr(0));
    }
    this.#expect(')');
    return args;
  }

  #canStartExpr(): boolean {
    const { kind, name } = this.#token;
    if (kind === 'number' || kind === 'duration' || kind === 'string' || kind === '(' || kind === '{') return true;
    return name === '+' || name === '-' || isMetricName(this.#token);
  }

  #groupingLabels(): string[] {
    if (!this.#is('(')) throw this.#unexpected('grouping opts', '"("');
    this.#advance();
    const labels: string[] = [];
    while (!this.#is(')')) {
      const token = this.#token;
      if (token.kind !== 'string' && !isGroupingLabel(token)) throw this.#unexpected('grouping opts', 'label');
      this.#advance();
      const label = token.kind === 'string' ? token.name : token.text;
      if (label === '') throw this.#fail(token.start, `invalid label name for grouping: ${quote(label)}`);
      labels.push(label);
      if (this.#is(',')) this.#advance();
      else if (!this.#is(')')) throw this.#unexpected('grouping opts', '"," or ")"');
    }
    this.#advance();
    return labels;
  }

  #selector(name: Token | undefined): VectorSelector {
    const start = (name ?? this.#token).start;
    const matchers = this.#is('{') ? this.#matchers() : [];
    if (name) matchers.push({ type: '=', name: '__name__', value: name.text });
    return { kind: 'selector', name: name?.text ?? '', matchers, offsetMs: 0, start, end: this.#lastEnd };
  }

  #matchers(): Matcher[] {
    this.#advance();
    const matchers: Matcher[] = [];
    while (!this.#is('}')) {
      matchers.push(this.#matcher());
      if (this.#is(',')) this.#advance();
      else if (!this.#is('}')) throw this.#unexpected('label matching', '"," or "}"');
    }
    this.#advance();
    return matchers;
  }

  #matcher(): Matcher {
    const token = this.#token;
    if (token.kind !== 'identifier' && token.kind !== 'string') throw this.#unexpected('label matching', 'identifier or "}"');
    this.#advance();
    const isOperator = this.#is('=') || this.#is('operator');
    if (!isOperator) {
      // A quoted string alone is the metric name.
      if (token.kind === 'string') return { type: '=', name: '__name__', value: token.name };
      throw this.#unexpected('label matching', 'label matching operator');
    }
    const type = this.#advance().text as MatchType;
    if (!this.#is('string')) throw this.#unexpected('label matching', 'string');
    const value = this.#advance().name;
    if (type === '=~' || type === '!~') this.#checkRegexp(value, token.start);
    return { type, name: token.kind === 'string' ? token.name : token.text, value };
  }

  #checkRegexp(expression: string, offset: number): void {
    try {
      RE2JS.compile(expression);
    } catch (error) {
      throw this.#fail(offset, messageOf(error));
    }
  }

  #bracket(expr: Expr): Expr {
    const bracket = this.#advance();
    const rangeMs = this.#positiveDuration('subquery selector', 'number or duration');
    if (this.#is(':')) return this.#subquery(expr, rangeMs);
    if (!this.#is(']')) throw this.#unexpected('subquery or range', '":" or "]"');
    this.#advance();
    if (expr.kind !== 'selector') throw this.#fail(bracket.start, 'ranges only allowed for vector selectors');
    if (expr.offsetMs !== 0) throw this.#fail(bracket.start, 'no offset modifiers allowed before range');
    if (expr.at) throw this.#fail(bracket.start, 'no @ modifiers allowed before range');
    return { kind: 'range', selector: expr, rangeMs, start: expr.start, end: this.#lastEnd };
  }

  #subquery(expr: Expr, rangeMs: number): Subquery {
    this.#advance();
    const stepMs = this.#is(']') ? 0 : this.#positiveDuration('subquery selector', 'number or duration or "]"');
    if (!this.#is(']')) throw this.#unexpected('subquery selector', '"]"');
    this.#advance();
    return { kind: 'subquery', expr, rangeMs, stepMs, offsetMs: 0, start: expr.start, end: this.#lastEnd };
  }

  #positiveDuration(context: string, expected: string): number {
    const { start } = this.#token;
    const durationMs = this.#signedDuration(context, expected);
    if (this.#is('operator') && '+-*/%^'.includes(this.#token.name)) throw this.#fail(start, DURATION_EXPRESSION);
    if (durationMs.value <= 0) throw this.#fail(durationMs.start, 'duration must be greater than 0');
    return Math.trunc(durationMs.value);
  }

  #signedDuration(context: string, expected: string): { value: number; start: number } {
    const sign = this.#takeSign();
    const token = this.#token;
    if (token.kind === '(') {
      this.#advance();
      throw this.#fail(this.#token.start, DURATION_EXPRESSION);
    }
    if (token.kind !== 'number' && token.kind !== 'duration') throw this.#unexpected(context, expected);
    const start = sign?.start ?? token.start;
    this.#advance();
    const value = token.kind === 'duration' ? parseDuration(token.text) : this.#secondsOf(token);
    const durationMs = this.#valueOf(value, token.start);
    return { value: sign?.name === '-' ? -durationMs : durationMs, start };
  }

  /** Kept fractional until the sign of tiny durations has been looked at. */
  #secondsOf(token: Token): Literal<number> {
    const seconds = this.#numberOf(token);
    const duration = secondsToDuration(seconds);
    return duration.problem === undefined && duration.value === 0 && seconds > 0 ? { value: seconds * 1000 } : duration;
  }

  #offset(expr: Expr): Expr {
    this.#advance();
    const durationMs = this.#signedDuration('offset', 'number or duration');
    const offsetMs = Math.trunc(durationMs.value);
    const target = this.#modifiable(expr, 'offset modifier');
    if (target.offsetMs !== 0) throw this.#fail(expr.start, 'offset may not be set multiple times');
    return this.#modified(expr, { offsetMs });
  }

  #at(expr: Expr): Expr {
    this.#advance();
    const at = this.#atModifier(expr);
    if (this.#modifiable(expr, '@ modifier').at) throw this.#fail(expr.start, '@ <timestamp> may not be set multiple times');
    return this.#modified(expr, { at });
  }

  #atModifier(expr: Expr): AtModifier {
    if (this.#isKeyword('start') || this.#isKeyword('end')) {
      const kind = this.#advance().name as 'start' | 'end';
      for (const wanted of ['(', ')'] as const) {
        if (!this.#is(wanted)) throw this.#unexpected('@', 'timestamp');
        this.#advance();
      }
      return { kind };
    }
    const sign = this.#takeSign()?.name === '-' ? -1 : 1;
    if (!this.#is('number') && !this.#is('duration')) throw this.#unexpected('@', 'timestamp');
    const seconds = sign * this.#numberOf(this.#advance());
    if (!(Math.abs(seconds) < 9.223372036854776e15))
      throw this.#fail(expr.start, `timestamp out of bounds for @ modifier: ${goFixed(seconds)}`);
    return { kind: 'time', timeMs: Math.round(seconds * 1000) };
  }

  #modifiable(expr: Expr, what: string): VectorSelector | Subquery {
    if (expr.kind === 'selector' || expr.kind === 'subquery') return expr;
    if (expr.kind === 'range') return expr.selector;
    throw this.#fail(expr.start, `${what} must be preceded by an instant vector selector or range vector selector or a subquery`);
  }

  #modified(expr: Expr, change: { offsetMs: number } | { at: AtModifier }): Expr {
    if (expr.kind === 'range') {
      const selector = { ...expr.selector, ...change };
      return { ...expr, selector, end: this.#lastEnd } satisfies MatrixSelector;
    }
    return { ...(expr as VectorSelector | Subquery), ...change, end: this.#lastEnd };
  }

  #numberOf(token: Token): number {
    if (token.kind === 'duration') return this.#valueOf(parseDuration(token.text), token.start) / 1000;
    return this.#valueOf(parseNumber(token.text), token.start);
  }

  #valueOf<T>(literal: Literal<T>, offset: number): T {
    if (literal.problem !== undefined) throw this.#fail(offset, literal.problem);
    return literal.value;
  }

  #takeSign(): Token | undefined {
    const isSign = this.#is('operator') && (this.#token.name === '+' || this.#token.name === '-');
    return isSign ? this.#advance() : undefined;
  }

  #is(kind: Token['kind']): boolean {
    return this.#token.kind === kind;
  }

  #isKeyword(name: string): boolean {
    return this.#is('keyword') && this.#token.name === name;
  }

  #takeKeyword(name: string): boolean {
    const isThere = this.#isKeyword(name);
    if (isThere) this.#advance();
    return isThere;
  }

  #expect(kind: Token['kind']): void {
    if (!this.#is(kind)) throw this.#unexpected();
    this.#advance();
  }

  #advance(): Token {
    const token = this.#token;
    this.#lastEnd = token.end;
    this.#token = this.#lexer.next();
    return token;
  }

  /** Without a context of its own, a problem is blamed on the enclosing aggregation, if any. */
  #unexpected(context: string = this.#aggregationDepth > 0 ? 'aggregation' : '', expected = ''): Error {
    const where = context === '' ? '' : ` in ${context}`;
    const wanted = expected === '' ? '' : `, expected ${expected}`;
    return this.#fail(this.#token.start, `unexpected ${describe(this.#token)}${where}${wanted}`);
  }

  #fail(offset: number, message: string): Error {
    return parseError(this.#query, offset, message);
  }
}

/** Go's `%f` for a number beyond the range of time. */
function goFixed(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return `${BigInt(value)}.000000`;
}
