// A refresh asks only for the newest steps and lays them over what is known already. The step and `$__range` still follow from
// the whole range, and steps lie on a fixed grid, so the result is the same as asking for everything.
import type { FrameQuery } from '@alidade/sdk/schema';
import type { Frame, FrameSeriesData } from './frames.ts';
import type { AbsoluteRange } from './time-range.ts';

/** Samples may come late (remote write, recording rules): this much is asked for again each time. */
const OVERLAP_MS = 2 * 60_000;
/** At least this often everything is asked for again. */
const FULL_EVERY_MS = 5 * 60_000;

/** These depend on the ends of the range themselves: every step changes when the range moves. */
const BOUND_TO_RANGE = /@|(\$\{?|\[\[)__(from|to|range)/;

/** What is known of a panel: the frames, the range they answer, and the end of the last range that was asked for as a whole. */
export interface KnownFrames {
  readonly frames: readonly Frame[];
  readonly range: AbsoluteRange;
  readonly fullToMs: number;
}

/** From where a refresh has to ask, undefined for everything. */
export function tailStart(known: KnownFrames, range: AbsoluteRange, queries: readonly FrameQuery[]): number | undefined {
  const { frames } = known;
  const isSameSpan = range.toMs - range.fromMs === known.range.toMs - known.range.fromMs && range.toMs >= known.range.toMs;
  if (!isSameSpan || range.toMs - known.fullToMs > FULL_EVERY_MS) return undefined;
  if (frames.length !== queries.length || frames.some(({ error }) => error !== undefined)) return undefined;
  if (queries.some(({ expr }) => BOUND_TO_RANGE.test(expr))) return undefined;
  const ends = frames.filter(({ stepMs }) => stepMs > 0).map((frame) => lastStepMs(frame) - Math.max(OVERLAP_MS, 2 * frame.stepMs));
  const sinceMs = Math.min(...ends);
  return ends.length > 0 && sinceMs > range.fromMs ? sinceMs : undefined;
}

/** New frames completed with known steps; undefined when they do not fit together and everything has to be asked for. */
export function mergeTails(known: readonly Frame[], fresh: readonly Frame[], range: AbsoluteRange): readonly Frame[] | undefined {
  const merged = fresh.map((frame) =>
    mergeTail(
      known.find(({ refId }) => refId === frame.refId),
      frame,
      range,
    ),
  );
  return merged.some((frame) => frame === undefined) ? undefined : (merged as Frame[]);
}

function mergeTail(known: Frame | undefined, fresh: Frame, range: AbsoluteRange): Frame | undefined {
  const { stepMs } = fresh;
  if (fresh.error !== undefined || stepMs === 0) return fresh;
  const startMs = Math.floor(range.fromMs / stepMs) * stepMs;
  if (fresh.startMs <= startMs) return fresh;
  if (known === undefined || known.stepMs !== stepMs) return undefined;
  const skipped = (startMs - known.startMs) / stepMs;
  const kept = (fresh.startMs - startMs) / stepMs;
  if (!Number.isInteger(skipped) || skipped < 0 || skipped + kept > known.steps) return undefined;
  const head = (series: FrameSeriesData) => series.values.slice(skipped, skipped + kept);
  return { ...fresh, startMs, steps: kept + fresh.steps, series: mergeSeries(known.series, fresh.series, head, kept, fresh.steps) };
}

function mergeSeries(
  known: readonly FrameSeriesData[],
  fresh: readonly FrameSeriesData[],
  head: (series: FrameSeriesData) => readonly (number | null)[],
  kept: number,
  steps: number,
): FrameSeriesData[] {
  const freshByKey = new Map(fresh.map((one) => [keyOf(one), one]));
  const order = mergedOrder(known.map(keyOf), fresh.map(keyOf));
  const knownByKey = new Map(known.map((one) => [keyOf(one), one]));
  return order.flatMap((key) => {
    const before = knownByKey.get(key);
    const after = freshByKey.get(key);
    const values = [...(before ? head(before) : nulls(kept)), ...(after ? after.values : nulls(steps))];
    const one = after ?? before;
    return one === undefined || values.every((value) => value === null) ? [] : [{ ...one, values }];
  });
}

/** Known series keep their order, and with it their colours; a new one comes after its neighbour in the answer. */
function mergedOrder(known: readonly string[], fresh: readonly string[]): string[] {
  const order = [...known];
  const placed = new Set(known);
  let at = -1;
  for (const key of fresh) {
    if (placed.has(key)) at = order.indexOf(key);
    else order.splice(++at, 0, key);
  }
  return order;
}

function keyOf({ name, labels }: FrameSeriesData): string {
  return JSON.stringify([name, Object.entries(labels).sort()]);
}

function nulls(count: number): null[] {
  return new Array<null>(count).fill(null);
}

function lastStepMs({ startMs, stepMs, steps }: Frame): number {
  return startMs + (steps - 1) * stepMs;
}
