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
    // Without a second argument, the value depends on time no more than the first one.
    const at = selector ? {} : { at: { kind: 'start' } as const };
    return { ...node, args: [base as Expr, { kind: 'selector', name: '', matchers, offsetMs: 0, ...at, start, end }] };
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

/** The first selector of the series that get labels: upstream reads the info series of its time. */
export function infoTimeOf({ args }: Call): Pick<VectorSelector, 'at' | 'offsetMs'> {
  const [base] = args;
  return (base && selectorsOf(base)[0]) ?? { offsetMs: 0 };
}
