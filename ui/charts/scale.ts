// Scales and ticks of charts that are drawn as SVG: time, durations, offsets within a trace.

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const TIME_STEPS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12].map((count) => count * HOUR),
  ...[1, 2, 7, 14, 28].map((count) => count * DAY),
];

export interface TimeTicks {
  readonly stepMs: number;
  readonly times: readonly number[];
}

/** Round local times in a range, at most `most` of them. */
export function timeTicks(fromMs: number, toMs: number, most: number): TimeTicks {
  const least = (toMs - fromMs) / Math.max(1, most);
  const stepMs = TIME_STEPS.find((step) => step >= least) ?? Math.ceil(least / (28 * DAY)) * 28 * DAY;
  const zoneMs = new Date(fromMs).getTimezoneOffset() * MINUTE;
  const times: number[] = [];
  for (let at = Math.ceil((fromMs - zoneMs) / stepMs) * stepMs + zoneMs; at <= toMs; at += stepMs) times.push(at);
  return { stepMs, times };
}

/** Steps of 1, 2 or 5 times a power of ten from 0 to `max`, about `most` of them; just 0 when `max` is next to nothing. */
export function plainTicks(max: number, most: number): readonly number[] {
  if (!(max > 1e-12)) return [0];
  const raw = max / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= raw * 0.999) ?? 10) * power;
  const count = Math.floor(max / step + 1e-9);
  return Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(12)));
}

/** A scale of values: share of the height from 0 (bottom) to 1, and its ticks. */
export interface ValueScale {
  readonly place: (value: number) => number;
  readonly ticks: readonly number[];
}

/** From zero to a little above the largest value. */
export function linearScale(values: readonly number[], most: number): ValueScale {
  const max = values.reduce((found, value) => Math.max(found, value), 0) || 1;
  const top = max * 1.06;
  return { place: (value) => Math.min(1, Math.max(0, value / top)), ticks: plainTicks(top, most) };
}

/** Logarithmic, from a little below the least positive value to a little above the largest; zero lies on the ground. */
export function logScale(values: readonly number[], most: number): ValueScale {
  const positive = values.filter((value) => value > 0);
  const least = positive.reduce((found, value) => Math.min(found, value), Number.POSITIVE_INFINITY);
  const max = positive.reduce((found, value) => Math.max(found, value), 0);
  const low = Math.log10(positive.length === 0 ? 1 : least) - 0.12;
  const high = Math.max(low + 0.6, Math.log10(positive.length === 0 ? 10 : max) + 0.12);
  const decades = Array.from({ length: Math.floor(high) - Math.floor(low) + 2 }, (_, index) => Math.floor(low) + index);
  const every = (factors: readonly number[]) =>
    decades
      .flatMap((decade) => factors.map((factor) => Number((factor * 10 ** decade).toPrecision(12))))
      .filter((tick) => Math.log10(tick) >= low && Math.log10(tick) <= high);
  const fine = every([1, 2, 5]);
  const thirds = every([1, 3]);
  const coarse = every([1]);
  const ticks = fine.length <= most ? fine : thirds.length <= most ? thirds : thin(coarse, most);
  return { place: (value) => (value > 0 ? Math.min(1, Math.max(0, (Math.log10(value) - low) / (high - low))) : 0), ticks };
}

function thin(ticks: readonly number[], most: number): readonly number[] {
  const every = Math.max(1, Math.ceil(ticks.length / Math.max(1, most)));
  return ticks.filter((_, index) => index % every === 0);
}

export interface OffsetTicks {
  readonly step: number;
  readonly offsets: readonly number[];
}

/** Round offsets in a part of something that begins at 0, about `most` of them. */
export function offsetTicks(from: number, to: number, most: number): OffsetTicks {
  const ticks = plainTicks(to - from, most);
  const step = ticks[1] ?? to - from;
  if (!(step > 0)) return { step: 1, offsets: [from] };
  const first = Math.ceil(from / step - 1e-9);
  const count = Math.max(0, Math.floor(to / step + 1e-9) - first + 1);
  return { step, offsets: Array.from({ length: count }, (_, index) => Number(((first + index) * step).toPrecision(12))) };
}

/** An offset in ms in a unit that suits `largest`, with the decimals that `step` needs: "12.5 ms". */
export function offsetText(offset: number, step: number, largest: number): string {
  const [unit, size] = largest < 1 ? ['µs', 1e-3] : largest < 1_000 ? ['ms', 1] : ['s', 1e3];
  const decimals = Math.min(6, Math.max(0, Math.ceil(-Math.log10(step / Number(size)) - 1e-9)));
  return `${(offset / Number(size)).toFixed(decimals)} ${unit}`;
}
