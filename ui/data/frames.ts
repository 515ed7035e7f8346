// POST /api/ui/frames: all that a screen needs now in one request; answers stream back query by query.
import type { FrameLine, FramesRequest, JsonNumber } from '@alidade/sdk/schema';
import { request } from './client.ts';
import { readNdjson } from './ndjson.ts';

/** null = no sample at this step, NaN = a sample that is not a number. */
export type FrameValues = readonly (number | null)[];

export interface FrameSeriesData {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly values: FrameValues;
}

/** One query's answer: step i is at `startMs + i × stepMs`. */
export interface Frame extends Omit<FrameLine, 'series'> {
  readonly series: readonly FrameSeriesData[];
}

/** Sends the request and calls `onFrame` for each answer as it arrives. Throws ApiError. */
export async function streamFrames(body: FramesRequest, onFrame: (frame: Frame) => void, signal: AbortSignal): Promise<void> {
  const response = await request('/api/ui/frames', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal,
  });
  if (response.body === null) throw new Error('The answer of /api/ui/frames has no body');
  for await (const line of readNdjson(response.body)) onFrame(decodeFrame(line as FrameLine));
}

/** All answers of one request, for screens that ask for one chart. */
export async function loadFrames(body: FramesRequest, signal: AbortSignal): Promise<readonly Frame[]> {
  const frames: Frame[] = [];
  await streamFrames(body, (frame) => frames.push(frame), signal);
  return frames;
}

/** Turns the strings that JSON needs for NaN and infinities into numbers. */
export function decodeFrame(line: FrameLine): Frame {
  return { ...line, series: line.series.map((series) => ({ ...series, values: series.values.map(decodeNumber) })) };
}

function decodeNumber(value: JsonNumber): number | null {
  if (typeof value !== 'string') return value;
  if (value === '+Inf') return Number.POSITIVE_INFINITY;
  return value === '-Inf' ? Number.NEGATIVE_INFINITY : Number.NaN;
}

/** Series of several frames on one time axis. */
export interface AlignedFrames {
  /** Unix milliseconds, ascending. */
  readonly times: readonly number[];
  readonly series: readonly AlignedSeries[];
}

/** `undefined` = this series has no step here (another query's step), which is not a gap; null = no sample, which is. */
export interface AlignedSeries extends Omit<FrameSeriesData, 'values'> {
  readonly refId: string;
  readonly values: readonly (number | null | undefined)[];
}

/** Joins frames whose queries have different steps. */
export function alignFrames(frames: readonly Frame[]): AlignedFrames {
  const filled = frames.filter((frame) => frame.steps > 0);
  const [first] = filled;
  if (first === undefined) return { times: [], series: [] };
  const isSame = filled.every((frame) => frame.startMs === first.startMs && frame.stepMs === first.stepMs && frame.steps === first.steps);
  if (isSame) {
    return { times: timesOf(first), series: filled.flatMap((frame) => frame.series.map((one) => ({ ...one, refId: frame.refId }))) };
  }
  const times = [...new Set(filled.flatMap(timesOf))].sort((a, b) => a - b);
  const position = new Map(times.map((time, index) => [time, index]));
  const series = filled.flatMap((frame) => {
    const places = timesOf(frame).map((time) => position.get(time) ?? 0);
    return frame.series.map((one) => {
      const values: (number | null | undefined)[] = new Array(times.length).fill(undefined);
      one.values.forEach((value, step) => {
        values[places[step] ?? 0] = value;
      });
      return { ...one, refId: frame.refId, values };
    });
  });
  return { times, series };
}

function timesOf({ startMs, stepMs, steps }: Frame): number[] {
  return Array.from({ length: steps }, (_, step) => startMs + step * stepMs);
}
