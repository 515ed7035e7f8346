// Groups shared out among threads: which expressions allow that, that each row is in one share, and that nobody can tell by the answers.
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { FakeClock } from '../../model/fake-clock.ts';
import { Labels } from '../../model/labels.ts';
import { ALL_FEATURES, type LanguageFeatures } from '../../model/language-features.ts';
import { randomFrom } from '../../model/seeded-random.ts';
import type { Store } from '../../storage/store.ts';
import { chdb, NOW } from '../../storage/testing/implementations.ts';
import { histogramOf } from '../../storage/testing/metric-samples.ts';
import { parseQuery } from '../parse/parse.ts';
import type { EncodedResult, QueryEngine, RangeQuery } from '../query.ts';
import { joinTexts } from './matrix-json.ts';
import { WorkerPool } from './pool.ts';
import { createQueryEngine } from './query-engine.ts';
import { shareLabels, takeShare } from './shares.ts';

const LANGUAGE: LanguageFeatures = { ...ALL_FEATURES, delayedNameRemoval: false, typeAndUnitLabels: false };

function labelsOf(expr: string, features = LANGUAGE): readonly string[] | undefined {
  return shareLabels(parseQuery(expr, features, { stepMs: 60_000, rangeMs: 3_600_000 }), features);
}

describe('groups are shared out', () => {
  it.each([
    ['sum by (a) (x)', ['a']],
    ['avg by (b, a, b) (rate(x[5m]))', ['a', 'b']],
    ['(quantile by (a) ((0.9), (x)))', ['a']],
    ['-sum by (a) (-x * 2)', ['a']],
    ['100 - (avg by (a) (irate(x[5m])) * 100)', ['a']],
    ['sum by (a) (x) / sum by (a) (y)', ['a']],
    ['sum by (b, a) (x) > bool sum by (a, b) (y)', ['a', 'b']],
    ['histogram_quantile(0.95, sum by (le, a) (rate(x[5m])))', ['a']],
    ['sum by (a) (x > 5)', ['a']],
  ])('of %s', (expr, labels) => {
    expect(labelsOf(expr)).toEqual(labels);
  });

  it.each([
    // One group, all of them, or other labels than those it is grouped by.
    'sum(x)',
    'x',
    'sum without (a) (x)',
    'sum by (__name__) (x)',
    'histogram_quantile(0.95, sum by (le) (rate(x[5m])))',
    'histogram_quantile(scalar(y), sum by (le, a) (rate(x[5m])))',
    'topk by (a) (1, x)',
    'count_values by (a) ("b", x)',
    'limitk by (a) (1, x)',
    'quantile by (a) (scalar(y), x)',
    'sum by (a) (x + y)',
    'sum by (a) (sum by (a, b) (x))',
    'sum by (a) (label_replace(x, "a", "b", "", ""))',
    'sum by (a) (max_over_time(x[1h:1m]))',
    'sum by (a) (x @ 0)',
    'label_replace(sum by (a) (x), "b", "c", "", "")',
    'sort(sum by (a) (x))',
    'absent(sum by (a) (x))',
    'sum by (a) (x) / sum by (b) (x)',
    'sum by ("a,b") (x) / sum by (a, b) (x)',
    'sum by (a) (x) / on (a) sum by (a) (y)',
    'sum by (a) (x) / ignoring (b) sum by (a) (y)',
    'sum by (a) (x) * on (a) group_left () sum by (a) (y)',
    'sum by (a) (x) and sum by (a) (y)',
    'sum by (a) (x) or sum by (a) (y)',
    'sum by (a) (x) + scalar(y)',
    'sum by (a) (x) + time()',
  ])('not of %s', (expr) => {
    expect(labelsOf(expr)).toBeUndefined();
  });

  it.each([{ delayedNameRemoval: true }, { typeAndUnitLabels: true }])('not with %j', (feature) => {
    expect(labelsOf('sum by (a) (x)', { ...LANGUAGE, ...feature })).toBeUndefined();
  });

  it('so that each row is in one share with all of its group, groups follow each other, and all have something to do', () => {
    const random = randomFrom(Number(process.env.ALIDADE_SEED ?? 1));
    const steps = 3;
    const pieceOf = (rows: number, first: number) => ({
      steps,
      labels: Array.from({ length: rows }, (_, i) => {
        const a = `${Math.floor(random() * 12)}`;
        return Labels.from({ i: `${first + i}`, ...(random() < 0.1 ? {} : { a }) });
      }),
      values: Float64Array.from({ length: rows * steps }, (_, i) => first * steps + i),
      present: new Uint8Array(rows * steps).fill(1),
    });
    const pieces = [pieceOf(50, 0), pieceOf(1, 50), pieceOf(49, 51)];
    const shares = Array.from({ length: 3 }, (_, index) => takeShare(pieces, { labels: ['a'], index, of: 3 }));
    const rows = shares.map((share) => share.flatMap(({ labels }) => labels));
    expect(
      rows
        .flat()
        .map((labels) => labels.get('i'))
        .sort(),
    ).toEqual(Array.from({ length: 100 }, (_, i) => `${i}`).sort());
    for (const share of shares)
      for (const { labels, values } of share)
        labels.forEach((each, row) => {
          expect(values[row * steps]).toBe(Number(each.get('i')) * steps);
        });
    const groups = rows.map((share) => [...new Set(share.map((labels) => labels.get('a') ?? ''))].sort());
    expect(groups.flat()).toEqual([...new Set(groups.flat())].sort());
    for (const share of rows) expect(share.length).toBeGreaterThan(10);
  });
});

describe('texts of matrices', () => {
  const text = (result: string) => Buffer.from(`{"resultType":"matrix","result":[${result}]}`);

  it.each([
    [['a', 'b', 'c'], 'a,b,c'],
    [['', 'b', ''], 'b'],
    [['a', '', 'c'], 'a,c'],
    [['a'], 'a'],
    [['', ''], ''],
  ])('%j become one', (parts, whole) => {
    expect(Buffer.concat(joinTexts(parts.map(text))).toString()).toBe(text(whole).toString());
  });
});

const STEP = 60_000;
const SPAN = 6 * 3_600_000;
const LONG = 24 * 3_600_000;
const QUESTIONS = [
  'sum by (job) (rate(x[5m]))',
  'avg by (job, kind) (x)',
  'stddev by (job) (rate(x[5m])) / sum by (job) (rate(x[5m]))',
  'histogram_quantile(0.9, sum by (le, job) (rate(x[5m])))',
  'quantile by (job) (1.5, x)',
  '100 - (max by (job) (x) * 100)',
  'sum by (nothing) (x)',
  // Said of both sides, of each share, but not of all alike.
  'histogram_quantile(0.9, sum by (le, job) (x)) / histogram_quantile(0.5, sum by (le, job) (-x))',
  'sum by (job) (x) > 1e15',
  'count by (i) (x)',
];

describe('answers of shares', () => {
  let store: Store;
  let end: () => Promise<void>;
  const clock = new FakeClock(NOW);
  const engines: QueryEngine[] = [];

  beforeAll(async () => {
    const place = await chdb('chdb').start();
    end = place.end;
    store = await place.open({ clock });
    const random = randomFrom(Number(process.env.ALIDADE_SEED ?? 1));
    const appender = store.metrics.appender();
    for (let i = 0; i < 160; i++) {
      const name = { __name__: 'x', i: `${i}`, le: `${i % 4 === 3 ? '+Inf' : i % 4}` };
      const ref = appender.seriesRef(
        Labels.from({ ...name, ...(i % 11 === 0 ? {} : { job: `j${i % 11}` }), kind: `${i % 3}`, uneven: `${i % 6 > 0}` }),
      );
      let value = 0;
      for (let at = NOW - SPAN - 300_000; at < NOW; at += 15_000) {
        value = random() < 0.01 ? 0 : value + random() * 10 ** (i % 9);
        if (random() > 0.05) appender.append(ref, at, value);
      }
    }
    const mixed = appender.seriesRef(Labels.from({ __name__: 'mixed', job: 'a' }));
    appender.append(mixed, NOW - 60_000, 1);
    appender.appendHistogram(appender.seriesRef(Labels.from({ __name__: 'mixed', job: 'b' })), NOW - 60_000, histogramOf(1));
    // More than six parts: floats are not packed into less than eight bytes.
    for (let i = 0; i < 20; i++) {
      const ref = appender.seriesRef(Labels.from({ __name__: 'much', a: `${i % 5}`, i: `${i}`, job: `j${i % 4}` }));
      for (let at = NOW - LONG - 300_000, k = 0; at < NOW; at += 2_000, k++) appender.append(ref, at, k * 0.3);
    }
    await appender.commit();
    for (const workers of [0, 1, 2, 3]) engines.push(createQueryEngine({ store: store.metrics, clock, workers }));
    // Workers are started by the first questions.
    await Promise.all(engines.map((engine) => ask(engine, QUESTIONS[0] as string)));
  }, 60_000);

  afterEach(() => {
    vi.restoreAllMocks();
  });

  afterAll(async () => {
    for (const engine of engines) await engine.close();
    await store?.close();
    await end?.();
  });

  const ask = (engine: QueryEngine, expr: string, more: Partial<RangeQuery> = {}) =>
    engine.rangeJson({ expr, startMs: NOW - SPAN, endMs: NOW, stepMs: STEP, noCache: true, ...more });
  const textOf = ({ dataJson, warnings, infos }: EncodedResult) => [Buffer.concat(dataJson), ...warnings, ...infos].join('\n');

  it.each(QUESTIONS)('are those of one thread: %s', async (expr) => {
    const run = vi.spyOn(WorkerPool.prototype, 'run');
    const [here, ...others] = engines as [QueryEngine, ...QueryEngine[]];
    const expected = textOf(await ask(here, expr));
    for (const [i, engine] of others.entries()) {
      run.mockClear();
      const answer = await ask(engine, expr);
      expect(textOf(answer)).toBe(expected);
      // As many as there are workers, and none for one.
      const shares = run.mock.calls.flatMap(([job]) => (job.kind === 'combine' && job.share ? [job] : []));
      expect(shares).toHaveLength(i === 0 ? 0 : i + 1);
      // Each reduces what is its own, if there are groups enough.
      const isHeld = !expr.includes('nothing');
      expect(shares.every(({ rows, parts }) => (isHeld ? rows.length === 0 && parts.length > 0 : parts.length === 0))).toBe(true);
      const { value } = await engine.range({ expr, startMs: NOW - SPAN, endMs: NOW, stepMs: STEP, noCache: true });
      expect(value).toEqual((await here.range({ expr, startMs: NOW - SPAN, endMs: NOW, stepMs: STEP, noCache: true })).value);
    }
  });

  it.each([
    // Of one side there is more than is held, of the other one less.
    'sum by (job) (rate(x[5m])) / sum by (job) (rate(much[5m]))',
    'sum by (job) (rate(much[5m])) / sum by (job) (rate(x[5m]))',
    // Two of three have the same.
    'sum by (uneven) (rate(x[5m]))',
    'sum by (uneven, i) (rate(x[5m]))',
  ])('are those of one thread however much there is of each: %s', async (expr) => {
    const long = { startMs: NOW - LONG, stepMs: 61_000 };
    const [here, ...others] = engines as [QueryEngine, ...QueryEngine[]];
    const expected = textOf(await ask(here, expr, long));
    for (const engine of others) expect(textOf(await ask(engine, expr, long))).toBe(expected);
  });

  it('are made of rows that others may want as well when somebody else asks', async () => {
    const engine = engines[3] as QueryEngine;
    const run = vi.spyOn(WorkerPool.prototype, 'run');
    const [expr, other] = QUESTIONS as [string, string];
    const [answer] = await Promise.all([ask(engine, expr), ask(engine, other)]);
    expect(textOf(answer)).toBe(textOf(await ask(engines[0] as QueryEngine, expr)));
    const jobs = run.mock.calls.map(([job]) => job);
    expect(jobs.filter((job) => job.kind === 'combine' && job.parts.length > 0)).toEqual([]);
  });

  it('are those of one thread when there is more than is held', async () => {
    const long = { startMs: NOW - LONG, stepMs: 61_000 };
    const expr = 'sum by (a) (rate(much[5m]))';
    const run = vi.spyOn(WorkerPool.prototype, 'run');
    const expected = textOf(await ask(engines[0] as QueryEngine, expr, long));
    expect(textOf(await ask(engines[2] as QueryEngine, expr, long))).toBe(expected);
    const jobs = run.mock.calls.map(([job]) => job);
    expect(jobs.filter(({ kind }) => kind === 'reduce').length).toBeGreaterThan(6);
    expect(jobs.filter((job) => job.kind === 'combine' && job.parts.length > 0)).toEqual([]);
  });

  it('are kept for the next question as others are', async () => {
    const engine = engines[2] as QueryEngine;
    const expr = `${QUESTIONS[0]} + 0`;
    const first = textOf(await ask(engine, expr, { noCache: false }));
    expect(textOf(await ask(engine, expr, { noCache: false }))).toBe(first);
    expect(textOf(await ask(engines[0] as QueryEngine, expr))).toBe(first);
  });

  it('stay as they are until they are released, whatever is asked meanwhile', async () => {
    const engine = engines[2] as QueryEngine;
    const expected = new Map<string, string>();
    for (const expr of QUESTIONS) expected.set(expr, textOf(await ask(engines[0] as QueryEngine, expr)));
    for (let round = 0; round < 4; round++) {
      const answers = await Promise.all(QUESTIONS.map(async (expr) => ({ expr, answer: await ask(engine, expr) })));
      for (const { expr, answer } of answers) {
        expect(textOf(answer)).toBe(expected.get(expr));
        if (round % 2 === 0) answer.release();
      }
    }
  });

  it('fail together when the query is given up', async () => {
    const engine = engines[2] as QueryEngine;
    const end = new AbortController();
    const asked = ask(engine, QUESTIONS[3] as string, { signal: end.signal });
    setTimeout(() => end.abort(), 5);
    await expect(asked).rejects.toMatchObject({ code: 'promql.cancelled' });
    expect(textOf(await ask(engine, QUESTIONS[0] as string))).toBe(textOf(await ask(engines[0] as QueryEngine, QUESTIONS[0] as string)));
  });

  it('with histograms among the rows are made in one thread', async () => {
    const [here, , engine] = engines as [QueryEngine, QueryEngine, QueryEngine];
    const expr = 'sum by (job) (mixed) or sum by (job) (mixed)';
    expect(textOf(await ask(engine, expr))).toBe(textOf(await ask(here, expr)));
    expect(textOf(await ask(engine, 'sum by (job) (mixed)'))).toBe(textOf(await ask(here, 'sum by (job) (mixed)')));
  });
});
