import { compileSearch } from '../line-filter.ts';
import type { LineFilter } from '../store.ts';
import type { BoundValue } from './driver.ts';
import { withSafeOptionals } from './regexp.ts';

/** Conditions on the column `line`, to be joined by AND, and the values of their placeholders. */
export interface CompiledLineFilters {
  readonly conditions: readonly string[];
  readonly values: Readonly<Record<string, BoundValue>>;
}

/** LogQL's line filters in SQL. Throws `matcher.bad_regexp`. */
export function compileLineFilters(filters: readonly LineFilter[]): CompiledLineFilters {
  const values: Record<string, BoundValue> = {};
  const conditions = filters.map(({ type, values: wanted }, i) => {
    const isRegexp = type === '|~' || type === '!~';
    const tests = wanted.map((value, k) => {
      const name = `line${i}_${k}`;
      // The same expressions are refused as by the other store, and none that only the engine knows is taken.
      if (isRegexp) compileSearch(value);
      values[name] = isRegexp ? `(?-s)${withSafeOptionals(value)}` : value;
      return isRegexp ? `match(line, {${name}:String})` : `position(line, {${name}:String}) > 0`;
    });
    const any = tests.length === 0 ? '0' : `(${tests.join(' OR ')})`;
    return type === '|=' || type === '|~' ? any : `NOT ${any}`;
  });
  return { conditions, values };
}
