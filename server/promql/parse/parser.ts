// A Pratt parser for PromQL. One token of look-ahead; the first problem is thrown, as upstream reports only its first.
import type { LanguageFeatures } from '../../model/language-features.ts';
import type { Aggregation, BinaryOperator, Expr, VectorMatching } from './ast.ts';
import { parseFill } from './fill.ts';
import { parseAt, parseBoundary, parseBracket, parseOffset } from './modifiers.ts';
import { quote } from './quote.ts';
import { parseGroupingLabels, parseSelector } from './selectors.ts';
import { SIGNATURES } from './signatures.ts';
import { type Aggregator, isMetricName, type Token } from './token.ts';
import { TokenStream } from './token-stream.ts';

const PRECEDENCE: ReadonlyMap<string, number> = new Map([
  ['or', 1],
  ...(['and', 'unless'] as const).map((op) => [op, 2] as const),
  ...(['==', '!=', '<', '<=', '>', '>='] as const).map((op) => [op, 3] as const),
  ...(['</', '>/'] as const).map((op) => [op, 4] as const),
  ...(['+', '-'] as const).map((op) => [op, 5] as const),
  ...(['*', '/', '%', 'atan2'] as const).map((op) => [op, 6] as const),
  ['^', 7],
]);
const UNARY_PRECEDENCE = 6;
/** Deeper nesting would exhaust the stack. */
const MAX_DEPTH = 250;
/** Every operation makes the tree one level deeper. */
const MAX_OPERATIONS = 500;

/** What is switched on beyond stable PromQL. */
export type ParseOptions = Partial<LanguageFeatures>;

/** The tree of `query`, types not yet checked. Throws `promql.parse` with position. */
export function parseSyntax(query: string, options: ParseOptions = {}): Expr {
  return new Parser(query, options).parse();
}

class Parser {
  readonly #options: ParseOptions;
  readonly #tokens: TokenStream;
  #depth = 0;
  #operations = 0;

  constructor(query: string, options: ParseOptions) {
    this.#options = options;
    this.#tokens = new TokenStream(query, options.durationExpressions);
  }

  parse(): Expr {
    if (this.#tokens.is('end')) throw this.#tokens.fail(0, 'no expression found in input');
    const expr = this.#expr(0);
    if (!this.#tokens.is('end')) throw this.#tokens.unexpected();
    return expr;
  }

  #expr(minPrecedence: number): Expr {
    if (++this.#depth > MAX_DEPTH)
      throw this.#tokens.fail(this.#tokens.token.start, `expression is nested more than ${MAX_DEPTH} levels deep`);
    let lhs = this.#operand();
    for (;;) {
      const precedence = this.#tokens.is('operator') ? PRECEDENCE.get(this.#tokens.token.name) : undefined;
      if (precedence === undefined || precedence <= minPrecedence) break;
      this.#countOperation();
      lhs = this.#binary(lhs, precedence);
    }
    this.#depth--;
    return lhs;
  }

  /** Loops build deep trees without recursion of their own. */
  #countOperation(): void {
    if (++this.#operations > MAX_OPERATIONS)
      throw this.#tokens.fail(this.#tokens.token.start, `expression has more than ${MAX_OPERATIONS} operations`);
  }

  #binary(lhs: Expr, precedence: number): Expr {
    const op = this.#tokens.advance().name as BinaryOperator;
    const returnBool = this.#tokens.takeKeyword('bool');
    const matching = { ...this.#matching(op), ...(this.#options.fillModifiers ? parseFill(this.#tokens) : {}) };
    // `^` is right-associative, everything else left-associative.
    const rhs = this.#expr(op === '^' ? precedence - 1 : precedence);
    return { kind: 'binary', op, lhs, rhs, returnBool, matching, start: lhs.start, end: rhs.end };
  }

  #matching(op: BinaryOperator): VectorMatching {
    const isSet = op === 'and' || op === 'or' || op === 'unless';
    const plain = isSet ? 'many-to-many' : 'one-to-one';
    const on = this.#tokens.isKeyword('on');
    if (!on && !this.#tokens.isKeyword('ignoring')) return { card: plain, on: false, labels: [], include: [] };
    this.#tokens.advance();
    const labels = parseGroupingLabels(this.#tokens);
    if (!this.#tokens.isKeyword('group_left') && !this.#tokens.isKeyword('group_right')) return { card: plain, on, labels, include: [] };
    const card = this.#tokens.advance().name === 'group_left' ? 'many-to-one' : 'one-to-many';
    const include = this.#tokens.is('(') || !this.#canStartExpr() ? parseGroupingLabels(this.#tokens) : [];
    return { card, on, labels, include };
  }

  #operand(): Expr {
    const { kind, name, start } = this.#tokens.token;
    if (kind === 'operator' && (name === '+' || name === '-')) {
      this.#tokens.advance();
      const expr = this.#expr(UNARY_PRECEDENCE);
      if (expr.kind === 'number') return { ...expr, value: name === '-' ? -expr.value : expr.value, start };
      return { kind: 'unary', op: name, expr, start, end: expr.end };
    }
    let expr = this.#primary();
    for (; ; this.#countOperation()) {
      if (this.#tokens.is('[')) expr = parseBracket(this.#tokens, expr, this.#options.durationExpressions === true);
      else if (this.#tokens.isKeyword('offset')) expr = parseOffset(this.#tokens, expr, this.#options.durationExpressions === true);
      else if (this.#tokens.is('@')) expr = parseAt(this.#tokens, expr);
      else if (this.#options.extendedRangeSelectors && this.#isBoundary()) expr = parseBoundary(this.#tokens, expr);
      else return expr;
    }
  }

  #isBoundary(): boolean {
    const { kind, name } = this.#tokens.token;
    return kind === 'identifier' && (name === 'anchored' || name === 'smoothed');
  }

  #primary(): Expr {
    const token = this.#tokens.token;
    switch (token.kind) {
      case 'number':
      case 'duration':
        this.#tokens.advance();
        return {
          kind: 'number',
          value: this.#tokens.numberOf(token),
          isDuration: token.kind === 'duration',
          start: token.start,
          end: token.end,
        };
      case 'string':
        this.#tokens.advance();
        return { kind: 'string', value: token.name, raw: token.raw, start: token.start, end: token.end };
      case '(': {
        this.#tokens.advance();
        const expr = this.#expr(0);
        this.#tokens.expect(')');
        return { kind: 'paren', expr, start: token.start, end: this.#tokens.lastEnd };
      }
      case '{':
        return parseSelector(this.#tokens, undefined);
    }
    if (!isMetricName(token)) throw this.#tokens.unexpected();
    this.#tokens.advance();
    if (token.kind === 'aggregator' && (this.#tokens.is('(') || this.#tokens.isKeyword('by') || this.#tokens.isKeyword('without')))
      return this.#aggregation(token);
    const isFunction =
      token.kind === 'identifier' || (this.#options.experimentalFunctions && (token.name === 'start' || token.name === 'end'));
    if (isFunction && this.#tokens.is('(')) return this.#call(token);
    return parseSelector(this.#tokens, token);
  }

  #call(name: Token): Expr {
    const args = this.#args();
    const fn = SIGNATURES.get(name.text);
    if (!fn) throw this.#tokens.fail(name.start, `unknown function with name ${quote(name.text)}`);
    if (fn.experimental && !this.#options.experimentalFunctions)
      throw this.#tokens.fail(name.start, `function ${quote(name.text)} is not enabled`);
    return { kind: 'call', fn, args, start: name.start, end: this.#tokens.lastEnd };
  }

  #aggregation(name: Token): Aggregation {
    const [clauseBefore, args] = this.#tokens.insideAggregation(() => [this.#groupingClause(), this.#args()] as const);
    const clause = clauseBefore ?? this.#groupingClause();
    const op = name.name as Aggregator;
    const wanted = ['topk', 'bottomk', 'count_values', 'quantile', 'limitk', 'limit_ratio'].includes(op) ? 2 : 1;
    if ((op === 'limitk' || op === 'limit_ratio') && !this.#options.experimentalFunctions)
      throw this.#tokens.fail(
        name.start,
        `${op}() is experimental and must be enabled with --enable-feature=promql-experimental-functions`,
      );
    const expr = args.at(-1);
    if (!expr) throw this.#tokens.fail(name.start, 'no arguments for aggregate expression provided');
    if (args.length !== wanted)
      throw this.#tokens.fail(
        name.start,
        `wrong number of arguments for aggregate expression provided, expected ${wanted}, got ${args.length}`,
      );
    const { without, labels } = clause ?? { without: false, labels: [] };
    const param = wanted === 2 ? args[0] : undefined;
    return { kind: 'aggregation', op, expr, param, without, grouping: labels, start: name.start, end: this.#tokens.lastEnd };
  }

  #groupingClause(): { without: boolean; labels: string[] } | undefined {
    if (!this.#tokens.isKeyword('by') && !this.#tokens.isKeyword('without')) return undefined;
    const without = this.#tokens.advance().name === 'without';
    return { without, labels: parseGroupingLabels(this.#tokens) };
  }

  #args(): Expr[] {
    this.#tokens.expect('(');
    const args: Expr[] = [];
    if (!this.#tokens.is(')')) args.push(this.#expr(0));
    while (this.#tokens.is(',')) {
      const comma = this.#tokens.advance();
      if (!this.#canStartExpr()) throw this.#tokens.fail(comma.start, 'trailing commas not allowed in function call args');
      args.push(this.#expr(0));
    }
    this.#tokens.expect(')');
    return args;
  }

  #canStartExpr(): boolean {
    const { kind, name } = this.#tokens.token;
    if (kind === 'number' || kind === 'duration' || kind === 'string' || kind === '(' || kind === '{') return true;
    return name === '+' || name === '-' || isMetricName(this.#tokens.token);
  }
}
