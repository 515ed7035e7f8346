// What info() reads: the series with labels to add.
import type { Matcher } from '../../model/matcher.ts';
import type { Call, Expr, VectorSelector } from './ast.ts';
import { mapExpr } from './map-expr.ts';
import { selectorsOf } from './selectors-of.ts';

const DEFAULT_NAME: Matcher = { type: '=', name: '__name__', value: 'target_info' };
/** Where only is said which names are not wanted. */
const ANY_INFO: Matcher = { type: '=~', name: '__name__', value: '.+_info' };

/** The expression with a second argument in every call of info(), which selects all series that may have labels to add. */
export function withInfoSelectors(expr: Expr): Expr {
  return mapExpr(expr, (node) => {
    if (node.kind !== 'call' || node.fn.name !== 'info') return node;
    const [base, selector] = node.args;
    const given = selector?.kind === 'selector' ? selector.matchers : [];
    const { start, end } = selector ?? node;
    const matchers = [...nameMatchers(given), ...given];
    return { ...node, args: [base as Expr, { kind: 'selector', name: '', matchers, ...timeOf(base as Expr), start, end }] };
  });
}

function nameMatchers(given: readonly Matcher[]): Matcher[] {
  const ofName = given.filter(({ name }) => name === '__name__');
  if (ofName.length === 0) return [DEFAULT_NAME];
  return ofName.every(({ type }) => type === '!=' || type === '!~') ? [ANY_INFO] : [];
}

/** The second argument of a call of info(), undefined for any other call. */
export function infoSelectorOf({ fn, args }: Call): VectorSelector | undefined {
  const selector = fn.name === 'info' ? args[1] : undefined;
  return selector?.kind === 'selector' ? selector : undefined;
}

/** When the info series are looked at: with the series that get their labels, if those are all of one time. */
function timeOf(base: Expr): Pick<VectorSelector, 'at' | 'offsetMs'> {
  const times = selectorsOf(base).map(({ at, offsetMs }) => ({ offsetMs, ...(at && { at }) }));
  const [first] = times;
  const keys = new Set(times.map((time) => JSON.stringify(time)));
  return first && keys.size === 1 ? first : { offsetMs: 0 };
}
