import type { SeriesForecast } from '@alidade/sdk/schema';

const DAY_MS = 86_400_000;

/** A straight line through the series of the past, by least squares. Without a day of history there are only points. */
export function forecastSeries(points: SeriesForecast['points']): SeriesForecast {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last || last.timeMs - first.timeMs < DAY_MS) return { points };
  const xs = points.map(({ timeMs }) => (timeMs - first.timeMs) / DAY_MS);
  const ys = points.map(({ series }) => series);
  const [meanX, meanY] = [mean(xs), mean(ys)];
  let [xy, xx, yy] = [0, 0, 0];
  for (let i = 0; i < xs.length; i++) {
    const [dx, dy] = [(xs[i] as number) - meanX, (ys[i] as number) - meanY];
    xy += dx * dy;
    xx += dx * dx;
    yy += dy * dy;
  }
  const seriesPerDay = xy / xx;
  const after = (days: number) => Math.max(0, Math.round(last.series + seriesPerDay * days));
  return { points, seriesPerDay, in30Days: after(30), in90Days: after(90), fit: yy === 0 ? 1 : (xy * xy) / (xx * yy) };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
