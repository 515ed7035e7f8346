import { Labels } from '../../model/labels.ts';
import type { MetricStore } from '../../storage/store.ts';

/** One series and its samples at `startMs`, `startMs + stepMs`, … */
export interface TestSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly values: readonly number[];
}

/** Appends series at a fixed step. */
export async function appendSamples(store: MetricStore, series: readonly TestSeries[], startMs: number, stepMs: number): Promise<void> {
  const appender = store.appender();
  for (const { labels, values } of series) {
    const ref = appender.seriesRef(Labels.from(labels));
    values.forEach((value, i) => {
      appender.append(ref, startMs + i * stepMs, value);
    });
  }
  await appender.commit();
}

/** The same samples in the OpenMetrics text that `promtool tsdb create-blocks-from openmetrics` reads. */
export function toOpenMetrics(series: readonly TestSeries[], startMs: number, stepMs: number): string {
  const lines = series.flatMap(({ labels, values }) => {
    const { __name__: name, ...rest } = labels;
    const pairs = Object.entries(rest).map(([label, value]) => `${quotedIfOdd(label)}=${JSON.stringify(value)}`);
    const isOdd = quotedIfOdd(name ?? '') !== name;
    const series = isOdd ? `{${[JSON.stringify(name), ...pairs].join(',')}}` : `${name}{${pairs.join(',')}}`;
    return values.map((value, i) => `${series} ${value} ${(startMs + i * stepMs) / 1000}`);
  });
  return `${lines.join('\n')}\n# EOF\n`;
}

function quotedIfOdd(name: string): string {
  return /^[a-zA-Z_:][\w:]*$/.test(name) ? name : JSON.stringify(name);
}
