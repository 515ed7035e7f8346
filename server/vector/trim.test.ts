import { describe, expect, it } from 'vitest';
import type { FloatHistogram } from '../model/histogram.ts';
import { Labels } from '../model/labels.ts';
import { vectorVector } from './binary.ts';
import type { HistogramNote } from './histogram-cells.ts';
import type { Rows } from './rows.ts';
import { scalarScalar, vectorScalar } from './vector-scalar.ts';

/** Four observations up to 1, two up to 2, one above. */
const HISTOGRAM: FloatHistogram = {
  hint: 'gauge',
  schema: -53,
  zeroThreshold: 0,
  zeroCount: 0,
  count: 7,
  sum: 8,
  positiveSpans: [{ offset: 0, length: 3 }],
  positiveBuckets: Float64Array.of(4, 2, 1),
  negativeSpans: [],
  negativeBuckets: new Float64Array(0),
  customValues: Float64Array.of(1, 2),
};

const latency: Rows = {
  steps: 1,
  labels: [Labels.from({ __name__: 'latency', path: 'a' }), Labels.from({ __name__: 'latency', path: 'b' })],
  values: Float64Array.of(0, 5),
  present: Uint8Array.of(1, 1),
  histograms: [HISTOGRAM, undefined],
};

describe('trimming', () => {
  it('takes observations out of histograms; floats are left out, and told about', () => {
    const notes: HistogramNote[] = [];
    const below = vectorScalar(latency, Float64Array.of(2), '</', false, false, (note) => notes.push(note));
    expect(below.labels.map(String)).toEqual(['{path="a"}', '{path="b"}']);
    expect([...below.present]).toEqual([1, 0]);
    expect(below.histograms?.[0]?.count).toBe(6);
    const above = vectorScalar(latency, Float64Array.of(1), '>/', false, false);
    expect(above.histograms?.[0]?.count).toBe(3);
    expect(notes).toEqual([{ kind: 'incompatible_types', left: 'float', right: 'float' }]);
  });

  it('takes limits from matching series, too', () => {
    const limits: Rows = { ...latency, values: Float64Array.of(1, 1), histograms: undefined };
    const result = vectorVector(latency, limits, {
      op: '</',
      card: 'one-to-one',
      on: false,
      labels: [],
      include: [],
      returnBool: false,
    });
    expect(result.labels.map(String)).toEqual(['{path="a"}']);
    expect(result.histograms?.[0]?.count).toBe(4);
  });

  it('has no meaning between numbers', () => {
    expect(() => scalarScalar(Float64Array.of(1), Float64Array.of(2), '</')).toThrow('operator "</" not allowed for Scalar operations');
  });
});
