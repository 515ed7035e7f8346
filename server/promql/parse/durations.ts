// Durations in brackets and after `offset`: one number, or with promql-duration-expr arithmetic of numbers and durations.
import type { DurationExpr, DurationOperation, DurationOperator, NumberLiteral } from './ast.ts';
import { wholeMilliseconds } from './literals.ts';
import type { Token } from './token.ts';
import type { TokenStream } from './token-stream.ts';

/** What a position in the query wants, in upstream's words. */
export interface DurationPlace {
  readonly context: string;
  readonly expected: string;
  readonly isEnabled: boolean;
}

/** A duration as written, and as milliseconds when it can be told already. */
export interface ParsedDuration {
  readonly ms: number;
  /** Present when the value is known only once the query runs. */
  readonly expr?: DurationOperation | undefined;
}

const PRECEDENCE: ReadonlyMap<string, number> = new Map([
  ['+', 1],
  ['-', 1],
  ['*', 2],
  ['/', 2],
  ['%', 2],
  ['^', 3],
]);
/** As strong as a product. */
const UNARY_PRECEDENCE = 2;
const MAX_SECONDS = 2 ** 63 / 1e9;
const NOT_ENABLED = 'experimental duration expression is not enabled';
/** Deeper nesting would exhaust the stack. */
const MAX_DEPTH = 250;

/** The length of a range or the step of a subquery. */
export function parsePositiveDuration(tokens: TokenStream, place: DurationPlace): ParsedDuration {
  const expr = new DurationParser(tokens, place).parse();
  if (expr.kind === 'duration') return { ms: 0, expr };
  if (expr.value <= 0) throw tokens.fail(expr.start, 'duration must be greater than 0');
  return { ms: wholeMilliseconds(expr.value) };
}

/** An offset: without parentheses it is no longer than one number or one call. */
export function parseOffsetDuration(tokens: TokenStream, place: DurationPlace): ParsedDuration {
  const expr = new DurationParser(tokens, place).parseOffset();
  return expr.kind === 'duration' ? { ms: 0, expr } : { ms: wholeMilliseconds(expr.value) };
}

class DurationParser {
  readonly #tokens: TokenStream;
  readonly #place: DurationPlace;
  #depth = 0;

  constructor(tokens: TokenStream, place: DurationPlace) {
    this.#tokens = tokens;
    this.#place = place;
  }

  parse(): DurationExpr {
    return this.#expr(0);
  }

  parseOffset(): DurationExpr {
    const sign = this.#tokens.takeSign();
    const { kind } = this.#tokens.token;
    if (kind === '(' || (sign && this.#isSign())) return this.#continued(this.#signed(sign, this.#expr(UNARY_PRECEDENCE)), 0);
    return this.#signed(sign, this.#operand(sign?.start));
  }

  #expr(minPrecedence: number): DurationExpr {
    if (++this.#depth > MAX_DEPTH)
      throw this.#tokens.fail(this.#tokens.token.start, `expression is nested more than ${MAX_DEPTH} levels deep`);
    const sign = this.#tokens.takeSign();
    const operand = sign ? this.#signed(sign, this.#expr(UNARY_PRECEDENCE)) : this.#operand();
    const expr = this.#continued(operand, minPrecedence);
    this.#depth--;
    return expr;
  }

  /** `lhs` and the operators after it that bind more strongly than `minPrecedence`. */
  #continued(lhs: DurationExpr, minPrecedence: number): DurationExpr {
    let expr = lhs;
    for (;;) {
      const { kind, name } = this.#tokens.token;
      const precedence = kind === 'operator' ? PRECEDENCE.get(name) : undefined;
      if (precedence === undefined || precedence <= minPrecedence) return expr;
      expr = this.#binary(expr, this.#tokens.advance(), precedence);
    }
  }

  #binary(lhs: DurationExpr, operator: Token, precedence: number): DurationOperation {
    const op = operator.name as DurationOperator;
    const rhs = this.#expr(op === '^' ? precedence - 1 : precedence);
    this.#demandEnabled(lhs.start);
    if ((op === '/' || op === '%') && rhs.kind === 'number' && rhs.value === 0)
      throw this.#tokens.fail(operator.start, op === '/' ? 'division by zero' : 'modulo by zero');
    return { kind: 'duration', op, args: [lhs, rhs], isWrapped: false, start: lhs.start, end: rhs.end };
  }

  #signed(sign: Token | undefined, expr: DurationExpr): DurationExpr {
    if (!sign) return expr;
    const isNegative = sign.name === '-';
    if (expr.kind === 'number') return { ...expr, value: isNegative ? -expr.value : expr.value, start: sign.start };
    return isNegative ? { kind: 'duration', op: 'negate', args: [expr], isWrapped: false, start: sign.start, end: expr.end } : expr;
  }

  #isSign(): boolean {
    const { kind, name } = this.#tokens.token;
    return kind === 'operator' && (name === '+' || name === '-');
  }

  #operand(signStart?: number): DurationExpr {
    const { kind, start } = this.#tokens.token;
    if (kind === '(') return this.#wrapped();
    if (kind === 'number' || kind === 'duration') return this.#literal(signStart ?? start);
    if (kind === 'identifier' || kind === 'aggregator') return this.#call();
    throw this.#unexpected();
  }

  #literal(blamed: number): NumberLiteral {
    const token = this.#tokens.advance();
    const value = this.#tokens.numberOf(token);
    if (!(Math.abs(value) <= MAX_SECONDS)) throw this.#tokens.fail(blamed, 'duration out of range');
    return { kind: 'number', value, isDuration: token.kind === 'duration', start: token.start, end: token.end };
  }

  #wrapped(): DurationExpr {
    this.#tokens.advance();
    const inner = this.#expr(0);
    if (!this.#tokens.is(')')) throw this.#unexpected();
    this.#tokens.advance();
    this.#demandEnabled(inner.start);
    return inner.kind === 'duration' ? { ...inner, isWrapped: true } : inner;
  }

  /** `step()`, `range()`, or the lesser or greater of two durations. */
  #call(): DurationOperation {
    const token = this.#tokens.token;
    const op = CALLS.get(token.text);
    if (op === undefined || !this.#place.isEnabled) throw this.#unexpected();
    this.#tokens.advance();
    this.#take('(');
    const args: DurationExpr[] = [];
    if (op === 'min' || op === 'max') {
      args.push(this.#expr(0));
      this.#take(',');
      args.push(this.#expr(0));
    }
    this.#take(')');
    return { kind: 'duration', op, args, isWrapped: false, start: token.start, end: this.#tokens.lastEnd };
  }

  #take(kind: Token['kind']): void {
    if (!this.#tokens.is(kind)) throw this.#unexpected();
    this.#tokens.advance();
  }

  #demandEnabled(offset: number): void {
    if (!this.#place.isEnabled) throw this.#tokens.fail(offset, NOT_ENABLED);
  }

  #unexpected(): Error {
    return this.#tokens.unexpected(this.#place.context, this.#place.expected);
  }
}

const CALLS: ReadonlyMap<string, DurationOperator> = new Map([
  ['step', 'step'],
  ['range', 'range'],
  ['min', 'min'],
  ['min_of', 'min'],
  ['max', 'max'],
  ['max_of', 'max'],
]);
