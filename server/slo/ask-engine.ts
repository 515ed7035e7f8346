import type { SloAsk, SloAskRange } from '@alidade/sdk/slo';
import type { QueryEngine } from '../promql/query.ts';
import { sloError } from './errors.ts';

/** Asks the engine as of an instant, as `askPrometheus` asks over HTTP. */
export function askEngine(engine: QueryEngine, timeMs: number): SloAsk {
  return async (expr) => {
    const { value } = await engine.instant({ expr, timeMs });
    if (value.type === 'scalar') return value.value;
    if (value.type !== 'vector' || value.values.length > 1) throw notOneSeries(expr, value.type === 'vector' ? value.values.length : 0);
    return value.values[0];
  };
}

/** Asks the engine for a value at each step. */
export function askEngineRange(engine: QueryEngine, signal?: AbortSignal): SloAskRange {
  return async (expr, range) => {
    const { value } = await engine.range({ expr, ...range, signal });
    if (value.labels.length > 1) throw notOneSeries(expr, value.labels.length);
    return Array.from({ length: value.steps }, (_, i) => (value.present[i] === 1 ? value.values[i] : undefined));
  };
}

function notOneSeries(expr: string, count: number): Error {
  return sloError('slo.not_one_series', `${expr} answers ${count} series; write the indicator so that it answers one, with sum(…)`);
}
