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
    const pairs = Object.entries(rest).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
    return values.map((value, i) => `${name}{${pairs.join(',')}} ${value} ${(startMs + i * stepMs) / 1000}`);
  });
  return `${lines.join('\n')}\n# EOF\n`;
}
