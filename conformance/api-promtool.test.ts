// The real promtool against this server and against a real Prometheus: what it asks, and what it makes of the answers.
import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findPrometheus } from './peers/prometheus.ts';
import { type ApiPair, startApiPair } from './testing/api-pair.ts';

const binary = findPrometheus();
if (!binary) console.log('Left out: promtool against this server; node scripts/peers.mjs fetches it');

const STEP = 15_000;
const START = Math.floor((Date.now() - 2 * 3_600_000) / STEP) * STEP;
const COUNT = 240;
const BUCKETS = ['0.1', '1', '+Inf'].map((le, i) => ({
  labels: { __name__: 'took_bucket', job: 'api', le },
  values: Array.from({ length: COUNT }, (_, at) => at * (i + 1)),
}));
const SERIES = [
  ...BUCKETS,
  { labels: { __name__: 'took_count', job: 'api' }, values: Array.from({ length: COUNT }, (_, at) => at * 3) },
  { labels: { __name__: 'took_sum', job: 'api' }, values: Array.from({ length: COUNT }, (_, at) => at * 1.5) },
];
const T = (steps: number) => String((START + steps * STEP) / 1000);

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

describe.skipIf(!binary)('promtool against this server', () => {
  let pair: ApiPair;

  /** SERVER stands for the server's URL. */
  const promtool = (url: string, args: readonly string[], input = ''): Promise<Outcome> => {
    const running = promisify(execFile)(
      join(dirname(binary as string), 'promtool'),
      args.map((arg) => arg.replace('SERVER', url)),
    );
    running.child.stdin?.end(input);
    return running.then(
      ({ stdout, stderr }) => ({ code: 0, stdout: pair.alike(stdout), stderr: pair.alike(stderr) }),
      ({ code, stdout, stderr }: Outcome) => ({ code, stdout: pair.alike(stdout), stderr: pair.alike(stderr) }),
    );
  };
  const both = async (...args: string[]) => [await promtool(pair.ownUrl, args), await promtool(pair.peerUrl, args)] as const;

  beforeAll(async () => {
    pair = await startApiPair(binary as string, SERIES, START, STEP);
  });
  afterAll(() => pair?.close());

  it.each([
    ['query', 'instant', '--time', T(120), 'SERVER', 'histogram_quantile(0.5, rate(took_bucket[5m]))'],
    ['query', 'instant', '--format', 'json', '--time', T(120), 'SERVER', 'took_bucket[1m]'],
    ['query', 'instant', '--time', T(120), 'SERVER', 'time()'],
    ['query', 'instant', '--time', T(120), 'SERVER', '"text"'],
    ['query', 'instant', 'SERVER', 'sum(took_bucket'],
    ['query', 'instant', 'SERVER', 'took_count * on () took_bucket'],
    ['query', 'range', '--start', T(100), '--end', T(110), '--step', '30s', 'SERVER', 'sum by (le) (took_bucket)'],
    ['query', 'range', '--start', T(100), '--end', T(110), '--step', '30s', '--format', 'json', 'SERVER', 'took_sum / took_count'],
    ['query', 'range', '--start', T(110), '--end', T(100), '--step', '30s', 'SERVER', '1'],
    ['query', 'series', '--start', T(0), '--end', T(COUNT), '--match', '{__name__=~"took_.*"}', 'SERVER'],
    ['query', 'series', '--match', 'took_bucket{', 'SERVER'],
    ['query', 'labels', '--start', T(0), '--end', T(COUNT), '--match', 'took_bucket', 'SERVER', 'le'],
    ['query', 'labels', 'SERVER', 'le'],
    ['query', 'analyze', '--server', 'SERVER', '--type', 'histogram', '--match', 'took_bucket', '--time', T(200), '--duration', '20m'],
    ['check', 'healthy', '--url', 'SERVER'],
    ['check', 'ready', '--url', 'SERVER'],
  ])('%s %s %s %s %s %s %s %s %s', async (...args) => {
    const [own, peer] = await both(...args);
    expect(own).toEqual(peer);
  });

  it('finds nothing wrong with our own metrics but what the conventions of Node’s client are', async () => {
    const text = await fetch(`${pair.ownUrl}/metrics`).then((answer) => answer.text());
    const { code, stderr, stdout } = await promtool(pair.ownUrl, ['check', 'metrics'], text);
    expect(`${stdout}${stderr}`.split('\n').filter((line) => line.startsWith('alidade_'))).toEqual([]);
    expect([0, 3]).toContain(code);
  });

  it('pushes metrics, which are there at once', async () => {
    const {
      code,
      stdout: told,
      stderr,
    } = await promtool(
      pair.ownUrl,
      ['push', 'metrics', '--label', 'job=pushed', 'SERVER/api/v1/write'],
      '# TYPE from_promtool gauge\nfrom_promtool{a="b"} 42\n',
    );
    expect(told + stderr).toContain('SUCCESS');
    expect(code).toBe(0);
    const { stdout } = await promtool(pair.ownUrl, ['query', 'instant', 'SERVER', 'from_promtool']);
    expect(stdout).toMatch(/^from_promtool\{a="b", job="pushed"\} => 42 @/);
  });
});
