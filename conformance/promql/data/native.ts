// Series of native histograms: what services write, and what is unusual.
import type { CounterResetHint } from '../../../server/model/histogram.ts';
import type { Random } from '../random.ts';
import { begun, histogramOf, type Manner, newTally, observe, observeSome, type Tally } from './histograms.ts';
import { END_MS, type Sample, type Series, START_MS } from './series.ts';

const EVERY_MS = 30_000;
const COUNT = (END_MS - START_MS) / EVERY_MS;

type Step = (n: number) => Tally | number | 'stale' | 'stale float' | undefined;

/** A sample every 30 seconds: what the tally is then, a float, a stale marker, or none. */
function sampled(labels: Record<string, string>, step: Step, hint: (n: number) => CounterResetHint = () => 'unknown'): Series {
  const samples: Sample[] = [];
  for (let n = 0; n < COUNT; n++) {
    const timestampMs = START_MS + n * EVERY_MS + 7;
    const state = step(n);
    if (state === undefined) continue;
    if (state === 'stale') samples.push({ timestampMs, stale: 'histogram' });
    else if (state === 'stale float') samples.push({ timestampMs, stale: 'float' });
    else if (typeof state === 'number') samples.push({ timestampMs, value: state });
    else samples.push({ timestampMs, histogram: histogramOf(state, hint(n)) });
  }
  return { labels, samples };
}

interface Growing extends Manner {
  readonly make: () => Tally;
  readonly typical: number;
  readonly resetAt?: (n: number) => boolean;
}

function growing(labels: Record<string, string>, random: Random, { make, typical, resetAt = () => false, ...manner }: Growing): Series {
  let tally = begun(make(), typical);
  return sampled(labels, (n) => {
    if (resetAt(n)) tally = begun(make(), typical);
    observeSome(tally, random, typical, manner);
    return tally;
  });
}

/** Counters of the same name: some of other schemas and zero thresholds, one with resets, one of floats. */
export function nativeLatencies(random: Random): Series[] {
  const name = { __name__: 'native_latency_seconds' };
  return [
    growing({ ...name, job: 'api', instance: 'a:80' }, random, { make: () => newTally(3), typical: 0.3 }),
    growing({ ...name, job: 'api', instance: 'b:80' }, random, { make: () => newTally(3), typical: 0.2, resetAt: (n) => n % 70 === 69 }),
    growing({ ...name, job: 'web', instance: 'a:80' }, random, { make: () => newTally(1, 0.01), typical: 2 }),
    growing({ ...name, job: 'web', instance: 'd:80' }, random, {
      make: () => newTally(0, 0),
      typical: 0.7,
      times: () => random.below(40) / 8,
    }),
  ];
}

/** One of each schema, with values on both sides of zero and zero buckets of several widths. */
export function nativeSchemas(random: Random): Series[] {
  return [-4, -1, 0, 2, 5, 8].map((schema, i) => {
    const labels = { __name__: 'native_signed', schema: String(schema), job: i % 2 ? 'web' : 'api' };
    return growing(labels, random, {
      make: () => newTally(schema, [2 ** -128, 0.001, 0.5, 2, 0, 0.1][i] as number),
      typical: 3,
      negative: 0.4,
      spread: schema > 2 ? 4 / schema : 4,
    });
  });
}

/** Custom buckets: with the same borders, with others, without any, and with borders that change. */
export function customBuckets(random: Random): Series[] {
  const borders = [0.05, 0.1, 0.25, 0.5, 1, 2.5];
  const custom = (values: readonly number[]) => () => newTally(0, 0, values);
  const name = { __name__: 'custom_latency_seconds' };
  let changing = begun(newTally(0, 0, borders), 0.4);
  return [
    growing({ ...name, job: 'api', instance: 'a:80' }, random, { make: custom(borders), typical: 0.3 }),
    growing({ ...name, job: 'api', instance: 'b:80' }, random, { make: custom(borders), typical: 0.6, resetAt: (n) => n === 110 }),
    growing({ ...name, job: 'web', instance: 'a:80' }, random, { make: custom(borders), typical: 0.1 }),
    growing({ ...name, job: 'web', instance: 'd:80' }, random, { make: custom(borders), typical: 1, times: () => random.below(40) / 8 }),
    growing({ __name__: 'custom_borders', job: 'api', kind: 'few' }, random, { make: custom([0.1, 0.5, 3]), typical: 0.6 }),
    growing({ __name__: 'custom_borders', job: 'web', kind: 'negative' }, random, { make: custom([-1, 0, 1]), typical: 1, negative: 0.5 }),
    growing({ __name__: 'custom_borders', job: 'web', kind: 'usual' }, random, { make: custom(borders), typical: 1 }),
    growing({ __name__: 'custom_borderless', job: 'api' }, random, { make: custom([]), typical: 1 }),
    sampled({ __name__: 'custom_changing', job: 'api' }, (n) => {
      if (n === 120) changing = begun(newTally(0, 0, [0.1, 1, 10]), 0.4);
      observeSome(changing, random, 0.4);
      return changing;
    }),
  ];
}

/** Histograms that go up and down. */
export function gaugeHistograms(random: Random): Series[] {
  return ['mail', 'print'].map((queue) =>
    sampled(
      { __name__: 'native_queue_age', queue },
      (n) => {
        const tally = begun(newTally(2, 0.01), 3);
        for (let k = 5 + ((n * 7) % 11); k > 0; k--) observe(tally, (queue === 'mail' ? 3 : 8) * random.unit());
        return tally;
      },
      () => 'gauge',
    ),
  );
}

/** Floats and histograms in one series, schemas and kinds that change, gaps and stale markers, rare samples. */
export function turns(random: Random): Series[] {
  const name = { __name__: 'native_turns' };
  const tallies = [newTally(2), newTally(4), newTally(2), newTally(0, 0, [0.1, 1])].map((tally) => begun(tally, 0.5)) as [
    Tally,
    Tally,
    Tally,
    Tally,
  ];
  const grow = (tally: Tally) => {
    observeSome(tally, random, 0.5);
    return tally;
  };
  return [
    sampled({ ...name, kind: 'float then histogram' }, (n) => (n < 118 ? n * 3 : grow(tallies[0]))),
    sampled({ ...name, kind: 'histogram then float' }, (n) => (n < 121 ? grow(begun(newTally(2), 0.5)) : n * 5)),
    sampled({ ...name, kind: 'schema' }, (n) => grow(n < 122 ? tallies[1] : tallies[2])),
    sampled({ ...name, kind: 'custom' }, (n) => grow(n < 119 ? tallies[1] : tallies[3])),
    sampled({ ...name, kind: 'stale' }, (n) => (n % 20 === 15 ? 'stale' : n % 20 > 15 ? undefined : grow(tallies[2]))),
    sampled({ ...name, kind: 'stale as float' }, (n) => (n % 80 === 75 ? 'stale float' : n % 80 > 75 ? undefined : grow(tallies[2]))),
    sampled({ ...name, kind: 'gap' }, (n) => (n % 60 > 30 && n % 60 < 52 ? undefined : grow(tallies[1]))),
    sampled({ ...name, kind: 'single' }, (n) => (n === 119 ? grow(newTally(2)) : undefined)),
    sampled({ ...name, kind: 'pair' }, (n) => (n === 116 || n === 121 ? grow(tallies[2]) : undefined)),
    sampled({ ...name, kind: 'float' }, (n) => n % 23),
  ];
}

/** Nothing counted, NaN and infinities observed, buckets that vanish, counts that fall while the total grows, hints of the sender. */
export function oddHistograms(random: Random): Series[] {
  const name = { __name__: 'native_odd' };
  const special = (kind: string, values: readonly number[]) => {
    const tally = newTally(1);
    for (let n = 0; n < 120; n++) observe(tally, values[n % values.length] as number);
    return sampled({ ...name, kind }, (n) => {
      observe(tally, values[n % values.length] as number);
      return tally;
    });
  };
  const shifting = (n: number) => {
    const tally = newTally(1);
    observe(tally, 1, n + 201);
    observe(tally, n % 40 < 20 ? 5 : 9, 10);
    return tally;
  };
  const falling = (n: number) => {
    const tally = newTally(1);
    observe(tally, 1, 2 * n + 401);
    observe(tally, 5, 300 - n);
    return tally;
  };
  return [
    sampled({ ...name, kind: 'empty' }, () => newTally(1)),
    special('nan', [1, 2, Number.NaN, 4]),
    special('only nan', [Number.NaN]),
    special('zero', [0, 1e-9, -1e-9]),
    special('negative', [-1, -2, -30]),
    special('one bucket', [1.5]),
    special('huge', [1e300, 1e-300, 1e304]),
    sampled({ ...name, kind: 'shifting' }, shifting),
    sampled({ ...name, kind: 'falling' }, falling),
    sampled({ ...name, kind: 'hints' }, shifting, (n) => (n % 3 === 1 ? 'reset' : 'not_reset')),
    growing({ ...name, kind: 'wide' }, random, { make: () => newTally(4), typical: 1, negative: 0.2, times: () => 1 + random.below(50) }),
  ];
}
