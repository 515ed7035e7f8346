import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FloatHistogram } from '../../model/histogram.ts';
import { Labels } from '../../model/labels.ts';
import { bitsOf, isStaleAt, writeStaleAt } from '../../model/stale.ts';
import { encodeHistogramMessage } from '../remote-read/histogram-message.ts';
import { EncoderV1, encodeMetadataRequest } from './encoder-v1.ts';
import { EncoderV2 } from './encoder-v2.ts';
import type { EncodableExemplar, EncodableSeries, SeriesMetadata } from './request-encoder.ts';
import { SampleColumns } from './sample-columns.ts';
import { readLabels } from './series-labels.ts';
import type { WriteProtocol, WrittenMetadata } from './write-request.ts';
import { readWriteRequest } from './write-request-v1.ts';
import { readRequestV2 } from './write-request-v2.ts';

interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly { readonly timestampMs: number; readonly value: number | 'stale' }[];
  readonly histograms?: readonly { readonly timestampMs: number; readonly histogram: FloatHistogram }[];
  readonly exemplars?: readonly EncodableExemplar[];
  readonly metadata?: SeriesMetadata;
}

const encoders = { '1.0': new EncoderV1(), '2.0': new EncoderV2() };
const HISTOGRAM: FloatHistogram = {
  hint: 'gauge',
  schema: 3,
  zeroThreshold: 0.5,
  zeroCount: 1,
  count: 8,
  sum: -1.5,
  positiveSpans: [{ offset: -5, length: 3 }],
  negativeSpans: [],
  positiveBuckets: Float64Array.of(1, 4, 2),
  negativeBuckets: new Float64Array(),
};

const encodable = (labels: Series['labels']): EncodableSeries => ({
  flat: Labels.from(labels).flat,
  labelFields: undefined,
  symbols: undefined,
  symbolsGeneration: -1,
});

function encode(all: readonly Series[], protocol: WriteProtocol, known = new Map<Series, EncodableSeries>()): Uint8Array {
  const encoder = encoders[protocol];
  encoder.begin();
  for (const series of all) {
    const { labels, samples, histograms = [], exemplars = [], metadata } = series;
    const one = known.get(series) ?? encodable(labels);
    known.set(series, one);
    encoder.startSeries(one, metadata);
    const values = new Float64Array(samples.length);
    const bits = bitsOf(values);
    samples.forEach(({ timestampMs, value }, i) => {
      if (value === 'stale') writeStaleAt(bits, i);
      else values[i] = value;
      encoder.addSample(timestampMs, bits, i);
    });
    for (const { timestampMs, histogram } of histograms) encoder.addHistogram(encodeHistogramMessage(timestampMs, histogram));
    for (const exemplar of exemplars) encoder.addExemplar(exemplar);
    encoder.endSeries();
  }
  return Uint8Array.from(encoder.finish());
}

function decode(body: Uint8Array, protocol: WriteProtocol): { series: Series[]; families: readonly WrittenMetadata[] } {
  const request = protocol === '1.0' ? readWriteRequest(body) : readRequestV2(body, { withTypeAndUnit: false });
  const columns = new SampleColumns();
  const series: Series[] = [];
  while (request.next()) {
    expect(request.labelFault).toBeUndefined();
    const samples: { timestampMs: number; value: number | 'stale' }[] = [];
    while (request.readSamples(columns))
      for (let i = 0; i < columns.count; i++)
        samples.push({
          timestampMs: columns.timesMs[i] as number,
          value: isStaleAt(columns.bits, i) ? 'stale' : (columns.values[i] as number),
        });
    const histograms = [...request.histograms()].map(({ timestampMs, histogram, fault }) => {
      expect(fault).toBeUndefined();
      return { timestampMs, histogram };
    });
    const exemplars = [...request.exemplars()].map((one) => {
      if (typeof one === 'string') throw new Error(one);
      return { flat: one.labels.flat, value: one.value, timestampMs: one.timestampMs };
    });
    const metadata = request.metadata();
    series.push({
      labels: readLabels(request.labelBytes).labels.toObject(),
      samples,
      ...(histograms.length > 0 && { histograms }),
      ...(exemplars.length > 0 && { exemplars }),
      ...(metadata && { metadata }),
    });
  }
  return { series, families: request.families() };
}

const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 200 });
const timestampMs = fc.oneof(fc.integer({ min: -(2 ** 53) + 1, max: 2 ** 53 - 1 }), fc.constantFrom(0, 127, 128, 2 ** 31, 2 ** 32, 1.7e12));
const series: fc.Arbitrary<Series> = fc.record({
  labels: fc.dictionary(text, text, { minKeys: 1, maxKeys: 5 }),
  samples: fc.array(fc.record({ timestampMs, value: fc.oneof(fc.double(), fc.constant('stale' as const)) }), { maxLength: 5 }),
});

describe.each(['1.0', '2.0'] as const)('a request of %s', (protocol) => {
  it('is read as it was meant', () => {
    fc.assert(
      fc.property(fc.array(series, { maxLength: 8 }), (all) => {
        expect(decode(encode(all, protocol), protocol).series).toEqual(all);
      }),
    );
  });

  it('has histograms, exemplars and metadata', () => {
    const all: Series[] = [
      {
        labels: { __name__: 'a' },
        samples: [],
        histograms: [{ timestampMs: 5, histogram: HISTOGRAM }],
        exemplars: [{ flat: ['trace_id', 'x', 'ü', 'y'], value: 0.25, timestampMs: 1_700_000_000_123 }],
      },
      { labels: { __name__: 'b' }, samples: [{ timestampMs: 1, value: 2 }] },
    ];
    expect(decode(encode(all, protocol), protocol).series).toEqual(all);
  });

  it('may be one of many with the same series', () => {
    const [a, b]: [Series, Series] = [
      { labels: { __name__: 'a', x: '1' }, samples: [{ timestampMs: 1, value: 1 }] },
      { labels: { __name__: 'b', x: '1' }, samples: [{ timestampMs: 1, value: 1 }] },
    ];
    const known = new Map<Series, EncodableSeries>();
    for (const all of [[a], [b], [b, a], [a, b]]) expect(decode(encode(all, protocol, known), protocol).series).toEqual(all);
  });
});

it('says in 2.0 what a series is', () => {
  const metadata: SeriesMetadata = { type: 'counter', help: 'Help.', unit: '' };
  const all: Series[] = [{ labels: { __name__: 'a' }, samples: [{ timestampMs: 1, value: 1 }], metadata }];
  expect(decode(encode(all, '2.0'), '2.0').series).toEqual(all);
});

it('says in 1.0 what families are', () => {
  const families: WrittenMetadata[] = [
    { metric: 'a', type: 'unknown', help: '', unit: '' },
    { metric: 'b', type: 'stateset', help: 'Ünit', unit: 'seconds' },
  ];
  expect(decode(encodeMetadataRequest(families), '1.0').families).toEqual(families);
});
