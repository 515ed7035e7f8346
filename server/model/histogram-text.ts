// Histograms as text: for people and label values, and as the HTTP API answers them.
import { formatG, formatShort } from './go-number.ts';
import type { FloatHistogram } from './histogram.ts';
import { forEachBucket } from './histogram-buckets.ts';

/** `{count:10, sum:5, [-0.001,0.001]:3, (1,2]:4}`: populated buckets, lowest first. */
export function histogramText(h: FloatHistogram): string {
  let text = `{count:${formatG(h.count)}, sum:${formatG(h.sum)}`;
  forEachBucket(
    h,
    (lower, upper, lowerInclusive, upperInclusive, count) => {
      text += `, ${lowerInclusive ? '[' : '('}${formatG(lower)},${formatG(upper)}${upperInclusive ? ']' : ')'}:${formatG(count)}`;
    },
    { raw: true },
  );
  return `${text}}`;
}

/** `{"count":"10","sum":"5","buckets":[[0,"1","2","4"]]}`; a bucket begins with 0: open left, 1: open right, 2: open, 3: closed. */
export function histogramJson(h: FloatHistogram): string {
  let buckets = '';
  forEachBucket(h, (lower, upper, lowerInclusive, upperInclusive, count) => {
    const rule = lowerInclusive ? (upperInclusive ? 3 : 1) : upperInclusive ? 0 : 2;
    buckets += `${buckets && ','}[${rule},"${formatShort(lower)}","${formatShort(upper)}","${formatShort(count)}"]`;
  });
  return `{"count":"${formatShort(h.count)}","sum":"${formatShort(h.sum)}"${buckets && `,"buckets":[${buckets}]`}}`;
}
