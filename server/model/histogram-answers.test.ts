// Histograms of all schemas beside what Prometheus 3.5.3 answered about them: 26 drawn at random, all numbers as it wrote them.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { formatShort } from './go-number.ts';
import type { FloatHistogram } from './histogram.ts';
import { addHistograms, divideHistogram, type HistogramResult, negateHistogram, subtractHistograms } from './histogram-arithmetic.ts';
import { isCounterReset } from './histogram-compare.ts';
import { histogramFraction, histogramQuantile, histogramStddev, histogramStdvar } from './histogram-quantile.ts';
import { histogramJson, histogramText } from './histogram-text.ts';

type Pairs = readonly (readonly [number, number])[];

interface WrittenHistogram {
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly count: number;
  readonly sum: string;
  readonly positiveSpans: Pairs;
  readonly negativeSpans: Pairs;
  readonly positiveBuckets: readonly number[];
  readonly negativeBuckets: readonly number[];
  readonly customValues?: readonly number[];
}

interface Case {
  readonly histogram: WrittenHistogram;
  readonly other: WrittenHistogram;
  readonly answers: Readonly<Record<string, string>>;
}

const CASES = JSON.parse(readFileSync(new URL('./testdata/histogram-answers.json', import.meta.url), 'utf8')) as Case[];

function read({ customValues, ...written }: WrittenHistogram): FloatHistogram {
  const spans = (pairs: Pairs) => pairs.map(([offset, length]) => ({ offset, length }));
  return {
    ...written,
    hint: 'gauge',
    sum: Number(written.sum),
    positiveSpans: spans(written.positiveSpans),
    negativeSpans: spans(written.negativeSpans),
    positiveBuckets: Float64Array.from(written.positiveBuckets),
    negativeBuckets: Float64Array.from(written.negativeBuckets),
    ...(customValues && { customValues: Float64Array.from(customValues) }),
  };
}

function jsonOf(result: HistogramResult): string {
  return result.problem === undefined ? histogramJson(result.histogram) : result.problem;
}

const border = (text: string | undefined) => Number(text?.replace('Inf', 'Infinity'));

function answer(question: string, h: FloatHistogram, other: FloatHistogram): string {
  const [name, ...borders] = question.split(' ');
  switch (name) {
    case 'json':
      return histogramJson(h);
    case 'text':
      return histogramText(h);
    case 'sum':
      return jsonOf(addHistograms(h, other));
    case 'difference':
      return jsonOf(subtractHistograms(h, other));
    case 'third':
      return histogramJson(divideHistogram(h, 3));
    case 'negated':
      return histogramJson(negateHistogram(h));
    case 'stddev':
      return formatShort(histogramStddev(h));
    case 'stdvar':
      return formatShort(histogramStdvar(h));
    case 'resets':
      return isCounterReset(h, other) ? '1' : '0';
    case 'quantile':
      return formatShort(histogramQuantile(border(borders[0]), h).value);
    case 'fraction':
      return formatShort(histogramFraction(border(borders[0]), border(borders[1]), h).value);
    default:
      throw new Error(`nobody was asked ${question}`);
  }
}

describe('histograms as Prometheus 3.5 has them', () => {
  it.each(CASES.map((one, i) => [i, one.histogram.schema, one] as const))(
    'case %d, schema %d',
    (_, _schema, { histogram, other, answers }) => {
      const [h, second] = [read(histogram), read(other)];
      const ours = Object.fromEntries(Object.keys(answers).map((question) => [question, answer(question, h, second)]));
      expect(ours).toEqual(answers);
    },
  );
});
