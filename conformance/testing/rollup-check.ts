import { expect } from 'vitest';
import { isOnGrid, ROLLUP_GRIDS, ROLLUP_TIERS, type RollupTier } from '../../server/storage/rollup-tiers.ts';
import type { MetricStore, SeriesSet } from '../../server/storage/store.ts';

/** Where edges of the grids are looked for: samples of the tests lie at whole seconds. */
const SECOND = 1000;
const EVERYTHING = { startMs: 0, endMs: Number.MAX_SAFE_INTEGER };

/** Holds the rollups of a metric without stale markers against all of its samples; answers how many were left out. */
export async function checkRollups(metrics: MetricStore, metric: string): Promise<number> {
  const matchers = [{ type: '=', name: '__name__', value: metric }] as const;
  const [all] = await metrics.select([{ matchers, ...EVERYTHING }], {});
  if (!all) throw new Error('no answer');
  let leftOut = 0;
  for (const tier of ROLLUP_TIERS) {
    const rollup = { tier, edgesMs: [], needsFalls: true };
    let series = 0;
    for await (const part of metrics.selectParts({ matchers, ...EVERYTHING, rollup }, 100_000, {}))
      for (let i = 0; i < part.labels.length; i++) leftOut += checkSeries(all, series++, part, i, tier);
    expect(series, `${metric}, ${tier}`).toBe(all.labels.length);
  }
  return leftOut;
}

function checkSeries(all: SeriesSet, series: number, part: SeriesSet, index: number, tier: RollupTier): number {
  expect(part.labels[index]?.toString()).toBe(all.labels[series]?.toString());
  const first = all.offsets[series] as number;
  const count = (all.offsets[series + 1] as number) - first;
  const from = part.offsets[index] as number;
  const to = part.offsets[index + 1] as number;
  const kept = new Set<number>();
  const wrong: number[] = [];
  for (let i = from; i < to; i++) {
    const ordinal = part.ordinals ? (part.ordinals[i] as number) : i - from;
    kept.add(ordinal);
    const isRight = part.timestampsMs[i] === all.timestampsMs[first + ordinal] && Object.is(part.values[i], all.values[first + ordinal]);
    if (!isRight) wrong.push(ordinal);
  }
  for (let i = 0; i < count; i++) {
    const timeMs = all.timestampsMs[first + i] as number;
    const nextMs = i + 1 < count ? (all.timestampsMs[first + i + 1] as number) : timeMs;
    if (!hasEdge(tier, timeMs, nextMs)) continue;
    for (const wanted of [i - 1, i, i + 1]) if (wanted >= 0 && !kept.has(wanted)) wrong.push(wanted);
  }
  expect({ wrong, name: all.labels[series]?.toString(), tier }).toEqual({ wrong: [], name: all.labels[series]?.toString(), tier });
  return count - (to - from);
}

/** Whether the grid has an edge from one time to before the other. */
function hasEdge(tier: RollupTier, timeMs: number, nextMs: number): boolean {
  for (let at = Math.ceil(timeMs / SECOND) * SECOND; at < nextMs; at += SECOND) if (isOnGrid(ROLLUP_GRIDS[tier], at)) return true;
  return false;
}
