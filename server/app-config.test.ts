import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { loadChecked, storeRetention } from './app-config.ts';
import { formatProblem } from './config/problem.ts';
import type { CommandLineFlags } from './config/server.ts';

const [HOUR, DAY] = [3_600_000, 86_400_000];

async function load(alidade: string, flags: CommandLineFlags = {}, compose = '') {
  const dir = await mkdtemp(join(tmpdir(), 'alidade-retention-config-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  await writeFile(join(dir, 'alidade.yaml'), alidade);
  if (compose !== '') await writeFile(join(dir, 'docker-compose.yml'), compose);
  const { config, problems } = await loadChecked(dir, flags);
  return { retention: config?.server.retention, lines: problems.map((problem) => formatProblem(problem, dir)) };
}

it('is an age, or age, size and rules, or rules alone', async () => {
  const { retention } = await load(`retention:
  metrics: {age: 90d, size: 50GB, rules: [{match: '{__name__=~"debug_.*"}', age: 7d}]}
  logs:
    - {match: '{level="debug"}', age: 1d}
    - match: '{app="noisy"} '
      age: 12h
  traces: 3d
`);
  expect(retention).toEqual({
    metricsMs: 90 * DAY,
    metricsBytes: 50 * 1024 ** 3,
    logsMs: 30 * DAY,
    logsBytes: 0,
    tracesMs: 3 * DAY,
    tracesBytes: 0,
    rules: {
      metrics: [{ match: '{__name__=~"debug_.*"}', ageMs: 7 * DAY }],
      logs: [
        { match: '{level="debug"}', ageMs: DAY },
        { match: '{app="noisy"} ', ageMs: 12 * HOUR },
      ],
      traces: [],
    },
  });
  expect(retention && storeRetention(retention).rules?.logs[1]).toEqual({
    matchers: [expect.objectContaining({ name: 'app', type: '=', value: 'noisy' })],
    ageMs: 12 * HOUR,
  });
});

it('is what flags say, ours over the file over those of docker-compose', async () => {
  const compose = `services: {prometheus: {image: prom/prometheus, command: ['--storage.tsdb.retention.size=5GB', '--storage.tsdb.retention.time=9d']}}`;
  expect((await load('{}', {}, compose)).retention).toMatchObject({ metricsBytes: 5 * 1024 ** 3, metricsMs: 9 * DAY, logsBytes: 0 });
  const flags = { retentionSize: ['2GB', 'logs=1GB'], retention: ['traces=1h'] };
  expect((await load('retention: {metrics: {size: 9GB}}', flags, compose)).retention).toMatchObject({
    metricsBytes: 2 * 1024 ** 3,
    logsBytes: 1024 ** 3,
    tracesBytes: 2 * 1024 ** 3,
    metricsMs: 9 * DAY,
    tracesMs: HOUR,
  });
  expect((await load('{}', { retentionSize: ['logs=much'] })).lines).toEqual([expect.stringContaining('not a valid size: "much"')]);
});

it('names what cannot be used, with its line', async () => {
  const { lines } = await load(`retention:
  metrics: {age: 5d, rules: [{match: 'rate(x[5m])', age: 1d}, {match: 'x', age: 5d}]}
  logs:
    - {match: '{level=', age: 1d}
    - {match: '{a="b"}', age: 0}
  traces: {sizes: 1GB}
`);
  expect(lines).toEqual(['alidade.yaml:6: retention.traces.sizes: unknown key "sizes" (did you mean "size"?)']);
  const fixed = await load(`retention:
  metrics: {age: 5d, rules: [{match: 'rate(x[5m])', age: 1d}, {match: 'x', age: 5d}]}
  logs:
    - {match: '{level=', age: 1d}
    - {match: '{a="b"}', age: 0}
  traces: [{match: '{ span.a = 1 } | count() > 2', age: 1h}, {match: '{ resource.service.name = "load" && status != error }', age: 1h}]
`);
  expect(fixed.lines).toEqual([
    expect.stringMatching(/^alidade\.yaml:2: retention\.metrics\.rules\[0\]\.match: .*is not a series selector/),
    expect.stringMatching(
      /^alidade\.yaml:2: retention\.metrics\.rules\[1\]\.age: 5d is not shorter than what metrics are kept anyway \(5d\)/,
    ),
    expect.stringMatching(/^alidade\.yaml:4: retention\.logs\[0\]\.match: /),
    expect.stringMatching(/^alidade\.yaml:5: retention\.logs\[1\]\.age: want an age/),
    expect.stringMatching(/^alidade\.yaml:6: retention\.traces\[0\]\.match: .*cannot be decided by single spans/),
  ]);
});
