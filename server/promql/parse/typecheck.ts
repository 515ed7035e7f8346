import { compileMatcher } from '../../model/matcher.ts';
import {
  type Aggregation,
  type Binary,
  type Call,
  type Expr,
  isComparison,
  isSetOperator,
  typeOf,
  type ValueType,
  type VectorSelector,
} from './ast.ts';
import { typeError } from './position.ts';
import { quote } from './quote.ts';

const TYPE_NAMES: Readonly<Record<ValueType, string>> = {
  scalar: 'scalar',
  vector: 'instant vector',
  matrix: 'range vector',
  string: 'string',
};

/** Throws `promql.type` at the first place where a value has the wrong type, with upstream's texts. */
export function checkTypes(query: string, expr: Expr): void {
  const fail = (offset: number, message: string) => typeError(query, offset, message);

  function check(node: Expr): ValueType {
    switch (node.kind) {
      case 'aggregation':
        checkAggregation(node);
        break;
      case 'binary':
        checkBinary(node);
        break;
      case 'call':
        checkCall(node);
        break;
      case 'paren':
        check(node.expr);
        break;
      case 'unary': {
        const type = check(node.expr);
        if (type !== 'scalar' && type !== 'vector')
          throw fail(
            node.start,
            `unary expression only allowed on expressions of type scalar or instant vector, got "${TYPE_NAMES[type]}"`,
          );
        break;
      }
      case 'subquery': {
        const type = check(node.expr);
        if (type !== 'vector') throw fail(node.start, `subquery is only allowed on instant vector, got ${type} instead`);
        break;
      }
      case 'range':
        check(node.selector);
        break;
      case 'selector':
        checkSelector(node);
        break;
    }
    return typeOf(node);
  }

  function expectType(node: Expr, wanted: ValueType, context: string): void {
    const type = check(node);
    if (type !== wanted) throw fail(node.start, `expected type ${TYPE_NAMES[wanted]} in ${context}, got ${TYPE_NAMES[type]}`);
  }

  function checkAggregation({ op, expr: operand, param }: Aggregation): void {
    expectType(operand, 'vector', 'aggregation expression');
    if (param) expectType(param, op === 'count_values' ? 'string' : 'scalar', 'aggregation parameter');
  }

  function checkBinary(node: Binary): void {
    const { op, matching, returnBool } = node;
    const left = check(node.lhs);
    const right = check(node.rhs);
    const at = operatorOffset(query, node);
    if (returnBool && !isComparison(op)) throw fail(at, 'bool modifier can only be used on comparison operators');
    if (isComparison(op) && !returnBool && left === 'scalar' && right === 'scalar')
      throw fail(at, 'comparisons between scalars must use BOOL modifier');
    const twice = matching.on ? matching.labels.find((label) => matching.include.includes(label)) : undefined;
    if (twice !== undefined) throw fail(at, `label ${quote(twice)} must not occur in ON and GROUP clause at once`);
    for (const [side, type] of [
      [node.lhs, left],
      [node.rhs, right],
    ] as const)
      if (type !== 'scalar' && type !== 'vector')
        throw fail(side.start, 'binary expression must contain only scalar and instant vector types');
    const hasScalar = left === 'scalar' || right === 'scalar';
    if (hasScalar && matching.labels.length > 0) throw fail(node.start, 'vector matching only allowed between instant vectors');
    const isFilled = matching.fillLeft !== undefined || matching.fillRight !== undefined;
    if (isFilled && hasScalar) throw fail(node.start, 'filling in missing series only allowed between instant vectors');
    if (!isSetOperator(op)) return;
    if (isFilled) throw fail(node.start, 'filling in missing series not allowed for set operators');
    if (hasScalar) throw fail(node.start, `set operator "${op}" not allowed in binary scalar expression`);
    if (matching.card !== 'many-to-many') throw fail(node.start, `no grouping allowed for "${op}" operation`);
  }

  function checkCall({ fn, args, start }: Call): void {
    const required = fn.variadic === 0 ? fn.args.length : fn.args.length - 1;
    const most = fn.variadic === 0 ? required : fn.variadic > 0 ? required + fn.variadic : Number.POSITIVE_INFINITY;
    if (args.length < required || args.length > most) {
      const bound = fn.variadic === 0 ? '' : args.length < required ? 'at least ' : 'at most ';
      const count = args.length < required ? required : most;
      throw fail(start, `expected ${bound}${count} argument(s) in call to "${fn.name}", got ${args.length}`);
    }
    const context = `call to function "${fn.name}"`;
    const [, selector] = args;
    const isInfo = fn.name === 'info';
    if (isInfo && selector) checkLabelSelector(selector, context);
    args.forEach((arg, i) => {
      if (!isInfo || i !== 1) expectType(arg, (fn.args[i] ?? fn.args.at(-1)) as ValueType, context);
    });
  }

  /** The second argument of info() may match everything, for it selects no series by itself. It is looked at before the first. */
  function checkLabelSelector(arg: Expr, context: string): void {
    const type = typeOf(arg);
    if (type !== 'vector') throw fail(arg.start, `expected type ${TYPE_NAMES.vector} in ${context}, got ${TYPE_NAMES[type]}`);
    if (arg.kind !== 'selector') throw fail(arg.start, `expected label selectors only, got ${arg.kind} instead`);
    if (arg.name !== '') throw fail(arg.start, 'expected label selectors only, got vector selector instead');
  }

  function checkSelector({ name, matchers, start }: VectorSelector): void {
    const inBraces = name === '' ? matchers : matchers.slice(0, -1);
    const names = inBraces.filter((matcher) => matcher.name === '__name__');
    const other = names[0];
    if (name !== '' && other) throw fail(start, `metric name must not be set twice: ${quote(name)} or ${quote(other.value)}`);
    if (name === '' && matchers.every((matcher) => compileMatcher(matcher)('')))
      throw fail(start, 'vector selector must contain at least one non-empty matcher');
  }

  check(expr);
}

/** Where the operator of a binary expression stands. */
function operatorOffset(query: string, node: Binary): number {
  let at = node.lhs.end;
  while (/\s/.test(query[at] ?? '')) at++;
  return at;
}
