// Stores filled for tests.
import { FakeClock } from '../../model/fake-clock.ts';
import { Labels } from '../../model/labels.ts';
import { openMemoryStore } from '../../storage/memory/open.ts';
import type { AppendOutcome, MetricAppender, MetricStore, SeriesRef } from '../../storage/store.ts';
import type { TestSample, TestSeries } from './series.ts';

/** A memory store that holds the given series. Throws when one of their samples is refused. */
export async function storeWith(series: readonly TestSeries[]): Promise<MetricStore> {
  const { metrics } = openMemoryStore(new FakeClock(0));
  const appender = metrics.appender();
  for (const { labels, samples } of series) {
    const ref = appender.seriesRef(Labels.from(labels));
    for (const sample of samples) {
      const { timestampMs } = sample;
      const outcome = append(appender, ref, sample);
      if (outcome !== 'ok') throw new Error(`${outcome}: ${JSON.stringify(labels)} at ${timestampMs}`);
    }
  }
  await appender.commit();
  return metrics;
}

function append(appender: MetricAppender, ref: SeriesRef, { timestampMs, value, histogram, isStale }: TestSample): AppendOutcome {
  if (isStale) return appender.appendStale(ref, timestampMs);
  return histogram ? appender.appendHistogram(ref, timestampMs, histogram) : appender.append(ref, timestampMs, value);
}

/**
 * Series in short notation: one line each, `name{label="value"} v v v …` with a value every `stepMs` from 0 on; `_` is no
 * sample, `stale` a stale marker.
 */
export function seriesOf(notation: string, stepMs = 60_000): TestSeries[] {
  return notation
    .trim()
    .split('\n')
    .map((line) => {
      const [, name = '', labelText = '', values = ''] = /^\s*([\w:]*)(?:\{(.*?)\})?\s+(.*)$/.exec(line) ?? [];
      const pairs = [...labelText.matchAll(/(\w+)="([^"]*)"/g)].map(([, label = '', value = '']) => [label, value] as const);
      const samples = values
        .trim()
        .split(/\s+/)
        .flatMap((text, n) => {
          if (text === '_') return [];
          const timestampMs = n * stepMs;
          if (text === 'stale') return [{ timestampMs, value: Number.NaN, isStale: true }];
          return [{ timestampMs, value: Number(text.replace('Inf', 'Infinity')) }];
        });
      return { labels: Object.fromEntries([...(name === '' ? [] : [['__name__', name] as const]), ...pairs]), samples };
    });
}
