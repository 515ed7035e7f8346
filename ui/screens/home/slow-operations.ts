import type { TraceSummary } from '@alidade/sdk/schema';

/** The traces that begin with one operation of one service. */
export interface Operation {
  readonly service: string;
  readonly name: string;
  readonly traces: number;
  /** Traces with a failed span. */
  readonly failed: number;
  /** Milliseconds: half of the traces, and all but one in twenty, took no longer. */
  readonly medianMs: number;
  readonly p95Ms: number;
}

/** Operations by their 95th percentile, slowest first; traces whose root has not arrived are left out. */
export function slowOperations(traces: readonly TraceSummary[], most: number): readonly Operation[] {
  const groups = new Map<string, TraceSummary[]>();
  for (const trace of traces) {
    if (trace.rootName === '') continue;
    const key = JSON.stringify([trace.rootService, trace.rootName]);
    const group = groups.get(key);
    if (group) group.push(trace);
    else groups.set(key, [trace]);
  }
  return [...groups.values()]
    .map((group): Operation => {
      const rising = group.map(({ durationMs }) => durationMs).sort((a, b) => a - b);
      const [first] = group;
      return {
        service: first?.rootService ?? '',
        name: first?.rootName ?? '',
        traces: group.length,
        failed: group.filter(({ errors }) => errors > 0).length,
        medianMs: quantile(rising, 0.5),
        p95Ms: quantile(rising, 0.95),
      };
    })
    .sort((a, b) => b.p95Ms - a.p95Ms)
    .slice(0, most);
}

/** Nearest rank: a value that really occurred. */
function quantile(rising: readonly number[], share: number): number {
  return rising[Math.max(0, Math.ceil(rising.length * share) - 1)] ?? 0;
}
