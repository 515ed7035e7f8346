// The bench on the tiny data set, Alidade alone: every row is there, and asking a second time gives the same answers. No times are judged.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { root, run } from './testing/processes.ts';

interface Row {
  readonly part: string;
  readonly id: string;
  readonly title: string;
  readonly values: Readonly<Record<string, number>>;
  readonly errors?: Readonly<Record<string, string>>;
  /** Of the answers; rows of queries only. */
  readonly digest?: string;
  readonly points?: number;
}

interface Result {
  readonly corpus: { readonly origin: string; readonly samples: number };
  readonly leftOut: readonly string[];
  readonly rows: readonly Row[];
}

// Without ten thousand targets, which are not quick.
const QUICK = [
  '--only',
  'load,live,start,queries,added,scrape',
  '--size',
  'T',
  '--runs',
  '1',
  '--no-build',
  '--without-peers',
  '--settle',
  '0.5',
  '--scrape-seconds',
  '1.5',
  '--slices',
  '2',
];
const ROWS = [
  ...['load.bulk', 'memory.load.resident', 'memory.load.anonymous', 'memory.load.peak', 'load.live', 'disk', 'start'],
  ...[
    'dashboard.30d',
    'dashboard.30d.refreshed',
    'dashboard.30d.again',
    'dashboard.30dF',
    'dashboard.30dF.refreshed',
    'dashboard.30dF.again',
  ],
  ...['p95_by_service.30d', 'p95_by_service.30dF'],
  ...['rate_by_service.30d', 'rate_by_service.7d', 'rate_by_service.1d', 'rate_by_service.1h', 'slo_30d', 'count_by_name'],
  ...[
    'max_over_time',
    'sum_without',
    'increase_1d',
    'p99_1h',
    'quantile',
    'changes',
    'predict_linear',
    'unaligned',
    'offset',
    'subquery',
    'up_raw',
  ].map((id) => `added.${id}`),
  ...['memory.queries.resident', 'memory.queries.anonymous', 'scrape'],
];

const scratch = mkdtempSync(join(tmpdir(), 'alidade-test-bench-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Runs the command in the scratch folder; its figures and everything that it printed. */
async function bench(name: string, options: readonly string[]): Promise<{ result: Result; output: string }> {
  const out = join(scratch, `${name}.json`);
  const args = [join(root, 'scripts/bench.mjs'), ...QUICK, '--scratch', join(scratch, 'data'), '--out', out, ...options];
  const running = run(process.execPath, args, { ALIDADE_BENCH: '' });
  const code = await new Promise((resolve) => running.child.once('close', resolve));
  expect(code, running.output()).toBe(0);
  return { result: JSON.parse(readFileSync(out, 'utf8')) as Result, output: running.output() };
}

const digests = (rows: readonly Row[]) => Object.fromEntries(rows.flatMap(({ id, digest }) => (digest ? [[id, digest]] : [])));

describe('the bench', () => {
  it('tells every row, and asks to the same answers on the data of an earlier run', async () => {
    const first = await bench('first', ['--keep']);
    expect(first.result.rows.map(({ id }) => id)).toEqual(ROWS);
    for (const { id, values, errors } of first.result.rows) {
      expect(errors ?? {}, id).toEqual({});
      expect(values.alidade, id).toBeGreaterThan(0);
    }
    // Nothing is as fast as no answer. The tiny data set has no last week to compare with.
    const empty = first.result.rows.filter(({ points }) => points === 0).map(({ id }) => id);
    expect(empty).toEqual(['added.offset']);
    expect(first.result.corpus).toMatchObject({ origin: 'own' });
    expect(first.result.leftOut).toHaveLength(2);
    for (const { title } of first.result.rows) expect(first.output).toContain(`| ${title}`);

    const again = await bench('again', ['--only', 'queries,added']);
    expect(again.result.corpus).toEqual(first.result.corpus);
    expect(digests(again.result.rows)).toEqual(digests(first.result.rows));

    // Answers that may come from a result cache are those of the first time.
    const { 'dashboard.30d': firstTime, ...others } = digests(first.result.rows);
    expect(firstTime).toMatch(/^[0-9a-f]{16}$/);
    expect(others).toMatchObject({ 'dashboard.30d.refreshed': firstTime, 'dashboard.30d.again': firstTime });
    expect(readdirSync(scratch)).toEqual(['again.json', 'first.json']);
  });
});
