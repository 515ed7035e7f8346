// The same series in a real Prometheus 3.5 and in the built server, the same questions to both over HTTP: values, labels, order,
// annotations and errors must be the same. Some hundreds of expressions here, thousands with `npm run test:full`.
import { describe, expect, it } from 'vitest';
import { findPrometheus } from './peers/prometheus.ts';
import { dataset } from './promql/data/dataset.ts';
import { type Case, generate } from './promql/grammar/areas.ts';
import { startPair } from './promql/pair.ts';
import { report } from './promql/report.ts';
import { run } from './promql/run.ts';
import { TABLES } from './promql/tables/all.ts';

const binary = findPrometheus();
const isFull = process.env.ALIDADE_FULL !== undefined;
const GENERATED = isFull ? 3_000 : 250;
/** Of the hand-made ones, every how-many-eth is asked. */
const EVERY = isFull ? 1 : 30;
/** Another one asks other questions. */
const SEED = Number(process.env.ALIDADE_SEED ?? 20_260_101);

interface Variant {
  readonly name: string;
  readonly features: readonly string[];
  readonly cases: readonly Case[];
}

const VARIANTS: readonly Variant[] = [
  {
    name: 'names dropped step by step',
    features: ['promql-experimental-functions'],
    cases: [...everyNth(TABLES, EVERY), ...generate(SEED, GENERATED)],
  },
  {
    name: 'names dropped at the end',
    features: ['promql-experimental-functions', 'promql-delayed-name-removal'],
    cases: [...everyNth(TABLES, EVERY * 4), ...generate(SEED + 1, GENERATED / 4)],
  },
];

describe.skipIf(!binary)(`PromQL against Prometheus 3.5${binary ? '' : ' (left out: run scripts/peers.mjs to fetch it)'}`, () => {
  it.each(VARIANTS)('answers alike: $name', { timeout: 1_800_000 }, async ({ name, features, cases }) => {
    const pair = await startPair(binary as string, features, dataset());
    try {
      const { text, unjustified, emptyShare } = report(await run(pair, cases));
      console.log(`PromQL against Prometheus 3.5, ${name}\n${text}`);
      expect(unjustified).toEqual([]);
      expect(emptyShare).toBeLessThan(0.25);
    } finally {
      await pair.close();
    }
  });
});

/** Spread evenly over all areas, since those stand in a row. */
function everyNth<T>(items: readonly T[], n: number): T[] {
  return items.filter((_, index) => index % n === 0);
}
