// Classic histograms, good and broken.
import type { Random } from '../random.ts';
import { type Series, scraped } from './series.ts';

const BOUNDS = ['0.005', '0.05', '0.1', '0.25', '0.5', '1', '2.5', '10', '+Inf'];

/** Histograms as client libraries write them: growing together, with sums and counts; one of them restarts. */
export function goodBuckets(random: Random): Series[] {
  const series: Series[] = [];
  for (const job of ['api', 'web'])
    for (const instance of ['a:80', 'b:80']) {
      const target = { job, instance };
      const counts = observed(random, BOUNDS.length, job === 'web' && instance === 'a:80' ? 300 : Number.POSITIVE_INFINITY);
      BOUNDS.forEach((le, b) => {
        series.push(scraped({ __name__: 'latency_seconds_bucket', ...target, le }, (n) => counts[n]?.[b]));
      });
      series.push(scraped({ __name__: 'latency_seconds_count', ...target }, (n) => counts[n]?.at(-1)));
      series.push(scraped({ __name__: 'latency_seconds_sum', ...target }, (n) => (counts[n]?.at(-1) ?? 0) * 0.37));
    }
  return series;
}

function observed(random: Random, buckets: number, resetAt: number): number[][] {
  const current: number[] = Array.from({ length: buckets }, () => 0);
  return Array.from({ length: 480 }, (_, n) => {
    if (n === resetAt) current.fill(0);
    for (let k = random.below(12); k > 0; k--) for (let b = random.below(buckets); b < buckets; b++) current[b]! += 1;
    return [...current];
  });
}

/** One fault by `fault`. */
export function brokenBuckets(): Series[] {
  const faults: Record<string, readonly (readonly [le: string, factor: number])[]> = {
    'no +Inf': [
      ['1', 1],
      ['2', 3],
    ],
    'only +Inf': [['+Inf', 3]],
    falling: [
      ['1', 5],
      ['2', 3],
      ['4', 9],
      ['+Inf', 8],
    ],
    'falling a little': [
      ['1', 3],
      ['2', 3 - 1e-13],
      ['+Inf', 4],
    ],
    twice: [
      ['1', 1],
      ['1.0', 2],
      ['2', 4],
      ['+Inf', 5],
    ],
    'not a number': [
      ['1', 1],
      ['many', 2],
      ['+Inf', 5],
    ],
    negative: [
      ['-5', 1],
      ['-1', 2],
      ['0', 3],
      ['2', 4],
      ['+Inf', 5],
    ],
    'all negative': [
      ['-5', 1],
      ['-1', 2],
      ['+Inf', 2],
    ],
    empty: [
      ['1', 0],
      ['2', 0],
      ['+Inf', 0],
    ],
    'nan counts': [
      ['1', 1],
      ['2', Number.NaN],
      ['+Inf', 5],
    ],
    'inf counts': [
      ['1', 1],
      ['2', Number.POSITIVE_INFINITY],
      ['+Inf', Number.POSITIVE_INFINITY],
    ],
    'minus inf': [
      ['-Inf', 1],
      ['2', 2],
      ['+Inf', 5],
    ],
    'nan border': [
      ['1', 1],
      ['NaN', 2],
      ['+Inf', 5],
    ],
    hex: [
      ['0x1p1', 1],
      ['4e0', 2],
      ['+Inf', 5],
    ],
    'infinity spelt': [
      ['1', 1],
      ['Inf', 2],
    ],
    'all in last': [
      ['1', 0],
      ['2', 0],
      ['+Inf', 5],
    ],
    'all in first': [
      ['1', 5],
      ['2', 5],
      ['+Inf', 5],
    ],
  };
  const series = Object.entries(faults).flatMap(([fault, buckets]) =>
    buckets.map(([le, factor]) => scraped({ __name__: 'broken_bucket', fault, le }, (n) => (n + 1) * factor)),
  );
  series.push(scraped({ __name__: 'broken_bucket', fault: 'no le' }, (n) => n));
  return series;
}
