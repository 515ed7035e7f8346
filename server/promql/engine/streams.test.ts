// Aggregations that take rows as they come: which they are, and that nobody can tell by their answers.
import type { Worker } from 'node:worker_threads';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { FakeClock } from '../../model/fake-clock.ts';
import { Labels } from '../../model/labels.ts';
import { ALL_FEATURES, type LanguageFeatures } from '../../model/language-features.ts';
import { randomFrom } from '../../model/seeded-random.ts';
import type { Store } from '../../storage/store.ts';
import { chdb, memory, NOW } from '../../storage/testing/implementations.ts';
import { histogramOf } from '../../storage/testing/metric-samples.ts';
import { parseQuery } from '../parse/parse.ts';
import type { Matrix, QueryEngine } from '../query.ts';
import { Interrupt } from './interrupt.ts';
import type { Job } from './job.ts';
import { WorkerPool } from './pool.ts';
import { createQueryEngine } from './query-engine.ts';
import { QueryStream } from './query-stream.ts';
import { streamingAggregations } from './streams.ts';

const LANGUAGE: LanguageFeatures = { ...ALL_FEATURES, delayedNameRemoval: false, typeAndUnitLabels: false };
const FOLDS = ['sum', 'avg', 'count', 'min', 'max', 'group', 'stddev', 'stdvar'];

/** The operator that takes the rows of each reduction. */
function takers(expr: string, features = LANGUAGE): (string | undefined)[] {
  const parsed = parseQuery(expr, features, { stepMs: 60_000, rangeMs: 3_600_000 });
  return streamingAggregations(parsed, features).map((aggregation) => aggregation?.op);
}

describe('rows are taken as they come', () => {
  it.each([
    ...FOLDS.map((op): [string, string[]] => [`${op}(x)`, [op]]),
    ['sum by (job) ((rate(x[5m])))', ['sum']],
    ['((sum without (i) (x offset 1m)))', ['sum']],
    ['-sum(x) + 1', ['sum']],
    ['max(sum by (job) (x))', ['sum']],
    ['sum(x) / on () count(y)', ['sum', 'count']],
    ['sum(x) / scalar(avg(rate(x[5m])))', ['sum', 'avg']],
    ['topk(5, x)', ['topk']],
    ['(bottomk by (job) ((5.7), (x)))', ['bottomk']],
    ['topk(100, x)', ['topk']],
    ['topk(2, sum by (job) (x))', ['sum']],
    ['quantile(0.5, sum by (job) (x))', ['sum']],
    ['topk(scalar(count(x)), sum by (job) (y))', ['count', 'sum']],
    ['label_replace(sum by (job) (x), "a", "b", "", "")', ['sum']],
    ['histogram_quantile(0.9, sum by (le) (rate(x[5m])))', ['sum']],
  ])('by %s', (expr, expected) => {
    expect(takers(expr)).toEqual(expected);
  });

  it.each([
    ['x', 1],
    ['-x', 1],
    ['sum(-x)', 1],
    ['sum(+x)', 1],
    ['sum(x * 1)', 1],
    ['sum(abs(x))', 1],
    ['sum(x + y)', 2],
    ['quantile(0.5, x)', 1],
    ['count_values("a", x)', 1],
    ['limitk(3, x)', 1],
    ['limit_ratio(0.5, x)', 1],
    // Not known before it is evaluated, none, or very many.
    ['topk(5 + 0, x)', 1],
    ['topk(scalar(y), x)', 2],
    ['topk(0, x)', 1],
    ['topk(0.9, x)', 1],
    ['topk(-1, x)', 1],
    ['topk(NaN, x)', 1],
    ['topk(Inf, x)', 1],
    ['topk(101, x)', 1],
    // What is left out is missed further up.
    ['topk(5, x) + 1', 1],
    ['sum(topk(5, x))', 1],
    ['-topk(5, x)', 1],
    ['sort(topk(5, x))', 1],
    ['topk(5, x) or y', 2],
    // Evaluated once, or read by steps.
    ['sum(x @ 0)', 0],
    ['sum(max_over_time(x[1h:1m]))', 0],
    ['sum({job="a"})', 0],
    ['sum(absent_over_time(x[5m]))', 0],
  ])('not by %s', (expr, reductions) => {
    expect(takers(expr)).toEqual(new Array(reductions).fill(undefined));
  });

  it.each([{ delayedNameRemoval: true }, { typeAndUnitLabels: true }])('not with %j', (feature) => {
    expect(takers('sum(x) + sum(y)', { ...LANGUAGE, ...feature })).toEqual([undefined, undefined]);
  });
});

const SERIES = 21_000;
const SAMPLES = 4;
const STEP = 15_000;
const START = NOW - SAMPLES * STEP;
const ODD = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0, 1.5e308, 1.5e308, 1, 1, 2];

/**
 * x{kind=""} has many series, whose sums depend on their order, some of them odd, with gaps and stale markers; x has histograms after all these.
 * y has few.
 */
async function fill({ metrics }: Store): Promise<void> {
  const random = randomFrom(Number(process.env.ALIDADE_SEED ?? 1));
  const appender = metrics.appender();
  for (let i = 0; i < SERIES; i++) {
    const job = i % 7;
    const ref = appender.seriesRef(Labels.from({ __name__: 'x', i: `${i}`, job: `${job}` }));
    for (let at = START; at < NOW; at += STEP) {
      const dice = random();
      if (dice < 0.02) continue;
      const value = job === 0 ? (ODD[Math.floor(random() * ODD.length)] as number) : (random() - 0.5) * 10 ** Math.floor(random() * 12);
      if (dice < 0.04) appender.appendStale(ref, at);
      else appender.append(ref, at, job === 1 ? Math.round(random() * 9) : value);
    }
  }
  for (let i = 0; i < 60; i++) {
    const few = appender.seriesRef(Labels.from({ __name__: 'y', i: `${i}`, job: `${i % 9}` }));
    const last = appender.seriesRef(Labels.from({ __name__: 'x', i: `z${i}`, job: `${i % 9}`, kind: 'histogram' }));
    for (let at = START; at < NOW; at += STEP) {
      appender.append(few, at, i + at / 3);
      appender.appendHistogram(last, at, histogramOf(i));
    }
  }
  await appender.commit();
}

const MANY = 'x{kind=""}';
/** Several operators at once: label_replace keeps their answers apart. */
const folded = (operators: readonly string[], vector: string) =>
  operators.map((op) => `label_replace(${op} by (job) (${vector}), "op", "${op}", "", "")`).join(' or ');

type Kind = 'instant' | 'range';
/** Expressions, and the same written so that all rows are there before any is aggregated. */
const QUESTIONS: readonly (readonly [kind: Kind, streaming: string, whole: string])[] = [
  ['instant', folded(['avg', 'count', 'stddev'], MANY), folded(['avg', 'count', 'stddev'], `(${MANY} * 1)`)],
  ['range', folded(['sum', 'min'], MANY), folded(['sum', 'min'], `(${MANY} * 1)`)],
  ['instant', `sum(rate(${MANY}[1m])) / sum(y)`, `sum(rate(${MANY}[1m]) * 1) / sum(y * 1)`],
  ['range', `sum by (job) (y) - on (job) count without (i) (${MANY})`, `sum by (job) (y * 1) - on (job) count without (i) (${MANY} * 1)`],
  ['range', `max(stdvar by (job) (${MANY} offset 15s))`, `max(stdvar by (job) (${MANY} offset 15s * 1))`],
  ['instant', `topk(5, ${MANY})`, `topk(5 + 0, ${MANY})`],
  ['instant', `(bottomk by (job) (3.5, (${MANY})))`, `bottomk by (job) (3 + 0, ${MANY})`],
  ['range', `(bottomk by (job) (3.5, (last_over_time(${MANY}[40s]))))`, `bottomk by (job) (3 + 0, last_over_time(${MANY}[40s]))`],
];
/** Evaluated otherwise, as there are histograms. */
const MIXED: typeof QUESTIONS = [
  ['instant', 'sum by (job) (x)', 'sum by (job) (x * 1)'],
  ['instant', 'topk(5, x)', 'topk(5 + 0, x)'],
];
/** With so many steps, the histograms come when many rows were taken. */
const SHORT_STEP = 500;
const LATE = [
  'sum by (job) (y) - on (job) count without (i, kind) (x)',
  'sum by (job) (y * 1) - on (job) count without (i, kind) (x * 1)',
] as const;
const MANY_GROUPS = `topk by (i) (1, ${MANY})`;
/** What the memory store answers to the second form of each. */
const expected: string[] = [];

describe.each([
  ['memory', memory, [0]],
  ['chdb', chdb('chdb'), [1, 2]],
] as const)('aggregations of many series, in %s', (_, implementation, counts) => {
  let store: Store;
  let end: () => Promise<void>;
  const clock = new FakeClock(NOW);
  const engines = new Map<number, QueryEngine>();

  beforeAll(async () => {
    const place = await implementation.start();
    end = place.end;
    store = await place.open({ clock });
    await fill(store);
    if (expected.length > 0) return;
    const add = vi.spyOn(QueryStream.prototype, 'add');
    for (const [kind, , whole] of [...QUESTIONS, ...MIXED]) expected.push(await ask(engineWith(0), kind, whole));
    expect(add).not.toHaveBeenCalled();
    for (const answer of expected) expect(answer).toContain('"metric"');
  }, 60_000);

  afterEach(() => {
    vi.restoreAllMocks();
  });

  afterAll(async () => {
    for (const engine of engines.values()) await engine.close();
    await store?.close();
    await end?.();
  });

  function engineWith(workers: number): QueryEngine {
    const engine = engines.get(workers) ?? createQueryEngine({ store: store.metrics, clock, workers });
    engines.set(workers, engine);
    return engine;
  }

  /** The answer, with its annotations but for where in the expression they are about. */
  async function ask(engine: QueryEngine, kind: Kind, expr: string, stepMs = STEP, signal?: AbortSignal): Promise<string> {
    const asked =
      kind === 'instant'
        ? engine.instantJson({ expr, timeMs: NOW, signal })
        : engine.rangeJson({ expr, startMs: START, endMs: NOW - 1, stepMs, signal });
    const { dataJson, warnings, infos } = await asked;
    return [Buffer.concat(dataJson).toString(), ...warnings, ...infos].join('\n').replaceAll(/ \(\d+:\d+\)/g, '');
  }

  it.each(counts)('are what they are when all rows are there at once, with %i workers', async (workers) => {
    const engine = engineWith(workers);
    const add = vi.spyOn(QueryStream.prototype, 'add');
    for (const [i, [kind, streaming]] of [...QUESTIONS, ...MIXED].entries()) {
      // With one worker, what streams differs in nothing but where it waits.
      if (workers === 1 && i % 3 !== 1) continue;
      add.mockClear();
      const answer = await ask(engine, kind, streaming);
      // Long texts, which are not worth a comparison line by line.
      expect(answer === expected[i], `${streaming}: ${answer.slice(0, 300)} … instead of ${expected[i]?.slice(0, 300)} …`).toBe(true);
      expect(add.mock.calls.length > 0, streaming).toBe(i < QUESTIONS.length);
    }
  });

  if (counts.length > 1) {
    /** What was given to workers, and what came of it. */
    const watched = () => {
      const run = vi.spyOn(WorkerPool.prototype, 'run');
      const jobs = () => run.mock.calls.map(([job, , , binding], i) => ({ job, binding, outcome: run.mock.results[i]?.value }));
      const ofKind = <K extends Job['kind']>(kind: K) => jobs().filter(({ job }) => job.kind === kind);
      /** What the worker still has of the aggregations that have taken rows. */
      const leftovers = async (): Promise<unknown> => {
        const [{ job, binding } = { job: undefined, binding: undefined }] = ofKind('stream');
        await vi.waitFor(() => expect(ofKind('drop')).toHaveLength(1), 20_000);
        const combine = {
          ...job,
          kind: 'combine',
          queryKind: 'range',
          rows: [],
          parts: [],
          maxSamples: 1e9,
          counts: false,
          output: 'value',
        };
        const pool = run.mock.contexts[0] as WorkerPool;
        const { value } = await pool.run(combine as unknown as Job, new Interrupt(), false, binding);
        return (value as Matrix).labels;
      };
      return { ofKind, leftovers };
    };
    it('are evaluated otherwise when histograms come late', async () => {
      const engine = engineWith(2);
      const [add, finish] = [vi.spyOn(QueryStream.prototype, 'add'), vi.spyOn(QueryStream.prototype, 'finish')];
      const answer = await ask(engine, 'range', LATE[0], SHORT_STEP);
      expect(add).toHaveBeenCalled();
      // Nothing that was taken is used.
      expect(finish.mock.results.map(({ value }) => value)).toEqual([undefined]);
      expect(answer === (await ask(engine, 'range', LATE[1], SHORT_STEP))).toBe(true);
    });

    it('are evaluated otherwise when so many groups would take more memory than the rows', async () => {
      const engine = engineWith(1);
      const add = vi.spyOn(QueryStream.prototype, 'add');
      const answer = await ask(engine, 'range', MANY_GROUPS, STEP / 5);
      expect(await Promise.allSettled(add.mock.results.map(({ value }) => value))).toContainEqual(
        expect.objectContaining({ status: 'rejected', reason: expect.objectContaining({ code: 'vector.too_many_groups' }) }),
      );
      expect(answer === (await ask(engine, 'range', MANY, STEP / 5))).toBe(true);
    });

    const question = QUESTIONS[1] as (typeof QUESTIONS)[number];

    it('take all rows in one worker, which then forgets them', async () => {
      const engine = engineWith(2);
      const { ofKind, leftovers } = watched();
      await ask(engine, question[0], question[1]);
      const bound = [...ofKind('stream'), ...ofKind('combine'), ...ofKind('drop')];
      expect(ofKind('stream').length).toBeGreaterThan(0);
      expect(new Set(bound.map(({ binding }) => binding?.slot)).size).toBe(1);
      expect(new Set(bound.map(({ job }) => 'stream' in job && job.stream)).size).toBe(1);
      expect(await leftovers()).toEqual([]);
    });

    it.each(['rows are on their way', 'rows were taken'])('leave nothing behind when they are cancelled while %s', async (when) => {
      const engine = engineWith(1);
      const { leftovers } = watched();
      const stop = new AbortController();
      const { add } = QueryStream.prototype;
      vi.spyOn(QueryStream.prototype, 'add').mockImplementation(async function (this: QueryStream, pieces) {
        const taken = add.call(this, pieces);
        if (when === 'rows were taken') await taken;
        stop.abort();
        await taken;
      });
      await expect(ask(engine, question[0], question[1], STEP, stop.signal)).rejects.toMatchObject({ code: 'promql.cancelled' });
      expect(await leftovers()).toEqual([]);
      vi.restoreAllMocks();
      expect((await ask(engine, question[0], question[1])) === expected[1]).toBe(true);
    });

    it('fail when their worker is gone, and others do not', async () => {
      const engine = engineWith(2);
      const { ofKind } = watched();
      const { add } = QueryStream.prototype;
      vi.spyOn(QueryStream.prototype, 'add').mockImplementationOnce(async function (this: QueryStream, pieces) {
        await add.call(this, pieces);
        const slot = ofKind('stream')[0]?.binding?.slot as { readonly worker: Worker } | undefined;
        await slot?.worker.terminate();
      });
      await expect(ask(engine, question[0], question[1])).rejects.toMatchObject({ message: 'the query worker ended unexpectedly' });
      expect((await ask(engine, question[0], question[1])) === expected[1]).toBe(true);
    });
  }
});
