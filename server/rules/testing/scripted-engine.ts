import { AppError } from '../../model/app-error.ts';
import { Labels } from '../../model/labels.ts';
import type { InstantQuery, QueryEngine, QueryResult } from '../../promql/query.ts';

/** What an expression gives: samples, a scalar, or an error. */
export type Script = readonly (readonly [labels: Readonly<Record<string, string>>, value: number])[] | number | Error;

/** A query engine whose answers tests write down; `asked` are the instant queries in order. */
export interface ScriptedEngine extends QueryEngine {
  readonly asked: InstantQuery[];
  set(expr: string, script: Script | ((timeMs: number) => Script)): void;
}

/** The seam of the rules towards the query engine; expressions without a script give nothing. */
export function scriptedEngine(): ScriptedEngine {
  const scripts = new Map<string, Script | ((timeMs: number) => Script)>();
  const asked: InstantQuery[] = [];
  const refuse = async () => {
    throw new AppError('promql.execution', 'rules ask instant queries only');
  };
  return {
    asked,
    set: (expr, script) => scripts.set(expr, script),
    async instant(query): Promise<QueryResult> {
      asked.push(query);
      const found = scripts.get(query.expr) ?? [];
      const script = typeof found === 'function' ? found(query.timeMs) : found;
      if (script instanceof Error) throw script;
      const notes = { warnings: [], infos: [] };
      if (typeof script === 'number') return { ...notes, value: { type: 'scalar', timestampMs: query.timeMs, value: script } };
      const labels = script.map(([pairs]) => Labels.from(pairs));
      const values = Float64Array.from(script, ([, value]) => value);
      return { ...notes, value: { type: 'vector', timestampMs: query.timeMs, labels, values } };
    },
    range: refuse,
    instantJson: refuse,
    rangeJson: refuse,
    check: () => 'vector',
    async close() {
      asked.length = 0;
    },
  };
}
