import { describe, expect, it } from 'vitest';
import { FakeClock } from '../model/fake-clock.ts';
import type { FloatHistogram } from '../model/histogram.ts';
import { decodeHistogram } from '../model/histogram-codec.ts';
import { Labels } from '../model/labels.ts';
import { openMemoryStore } from '../storage/memory/open.ts';
import { SeriesOutput } from './series-output.ts';

const HISTOGRAM: FloatHistogram = {
  hint: 'gauge',
  schema: 0,
  zeroThreshold: 0.001,
  zeroCount: 0.5,
  count: 2,
  sum: 3,
  positiveSpans: [{ offset: 0, length: 2 }],
  negativeSpans: [],
  positiveBuckets: Float64Array.of(0.5, 1),
  negativeBuckets: new Float64Array(),
};

describe('what recording rules write', () => {
  it('may be a histogram', async () => {
    const { metrics } = openMemoryStore(new FakeClock(0));
    const output = new SeriesOutput(metrics, 1);
    await output.write(0, [{ labels: Labels.from({ __name__: 'job:latency:rate5m' }), value: 0, histogram: HISTOGRAM }], 1_000);
    await output.write(0, [], 2_000);
    const [set] = await metrics.select([{ matchers: [], startMs: 0, endMs: 5_000 }], {});
    const { bytes, offsets } = set?.histograms ?? { bytes: new Uint8Array(), offsets: new Uint32Array(2) };
    expect(decodeHistogram(bytes.subarray(offsets[0], offsets[1]))).toEqual(HISTOGRAM);
    // The stale marker that ends the series is a float.
    expect([...offsets.subarray(1)]).toEqual([bytes.length, bytes.length]);
  });

  it('is refused when it is a histogram that cannot be', async () => {
    const { metrics } = openMemoryStore(new FakeClock(0));
    const negative = { ...HISTOGRAM, positiveBuckets: Float64Array.of(0.5, -1) };
    const written = new SeriesOutput(metrics, 1).write(
      0,
      [{ labels: Labels.from({ __name__: 'x' }), value: 0, histogram: negative }],
      1_000,
    );
    await expect(written).rejects.toMatchObject({ code: 'rules.write_failed', message: /negative/ });
    expect((await metrics.select([{ matchers: [], startMs: 0, endMs: 5_000 }], {}))[0]?.labels).toEqual([]);
  });
});
