import type { Retention } from '../options.ts';
import type { ClickhouseLogStore } from './log-store.ts';
import type { ClickhouseMetricStore } from './metric-store.ts';
import type { RuleCuts } from './rule-cuts.ts';
import type { ClickhouseTraceStore } from './trace-store.ts';

interface Signals {
  readonly metrics: ClickhouseMetricStore;
  readonly logs: ClickhouseLogStore;
  readonly traces: ClickhouseTraceStore;
}

const NO_TIMEOUT_MS = 24 * 3_600_000;
const OLDEST_MS = -8_640_000_000_000_000;

/** Drops of each signal what is too old, what its rules say, and then what is too much. What a rule has done is noted in `cuts`. */
export async function enforceRetention(
  { metrics, logs, traces }: Signals,
  retention: Retention,
  cuts: RuleCuts,
  nowMs: number,
): Promise<void> {
  const due = <Rule extends { readonly ageMs: number }>(signal: string, rules: readonly Rule[]) =>
    rules.flatMap((rule, i) => {
      const key = `${signal} ${i}`;
      const cutMs = cuts.due(key, rule.ageMs, nowMs);
      return cutMs === undefined ? [] : [{ ...rule, key, cutMs }];
    });
  const metricRules = due('metrics', retention.rules?.metrics ?? []);
  for (const { matchers, cutMs } of metricRules)
    await metrics.deleteSamples({ matcherSets: [matchers], startMs: OLDEST_MS, endMs: cutMs - 1 }, { timeoutMs: NO_TIMEOUT_MS });
  await metrics.enforceRetention();
  const logRules = due('logs', retention.rules?.logs ?? []);
  const logBytes = retention.logsBytes ?? 0;
  if (retention.logsMs > 0 || logBytes > 0 || logRules.length > 0)
    await logs.enforceRetention({ beforeNs: nsBefore(nowMs, retention.logsMs), maxBytes: logBytes, rules: logRules });
  const traceRules = due('traces', retention.rules?.traces ?? []);
  const traceBytes = retention.tracesBytes ?? 0;
  let areDone: readonly boolean[] = [];
  if (retention.tracesMs > 0 || traceBytes > 0 || traceRules.length > 0)
    areDone = await traces.enforceRetention({ beforeNs: nsBefore(nowMs, retention.tracesMs), maxBytes: traceBytes, rules: traceRules });
  const finished = traceRules.filter((_rule, i) => areDone[i]);
  for (const { key, cutMs } of [...metricRules, ...logRules, ...finished]) cuts.done(key, cutMs);
}

function nsBefore(nowMs: number, retentionMs: number): bigint | undefined {
  return retentionMs > 0 ? BigInt(Math.max(0, nowMs - retentionMs)) * 1_000_000n : undefined;
}
