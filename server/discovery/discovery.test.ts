import { mkdtemp, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { DiscoveryConfig, TargetGroup } from '../config/scrape-config.ts';
import { FakeClock } from '../model/fake-clock.ts';
import { Secret } from '../model/secret.ts';
import { type DiscoveryManager, type DiscoveryOptions, startDiscovery } from './manager.ts';
import { createDiscoveryMetrics } from './metrics.ts';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'alidade-sd-'));
  cleanups.push(() => rm(path, { recursive: true, force: true }));
  return path;
}

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/targets`;
}

function start(discoveries: readonly DiscoveryConfig[], more: Partial<DiscoveryOptions> = {}) {
  const updates: (readonly TargetGroup[])[] = [];
  const manager: DiscoveryManager = startDiscovery({
    jobs: [{ name: 'job', discoveries }],
    onUpdate: (_job, groups) => updates.push(groups),
    ...more,
  });
  cleanups.push(() => manager.stop());
  const targets = () => updates.at(-1)?.flatMap((group) => group.targets);
  return { manager, updates, targets };
}

function staticOf(...targets: string[]): DiscoveryConfig {
  return { type: 'static', groups: [{ targets, labels: {}, source: 'static/0' }] };
}

function fileOf(...patterns: string[]): DiscoveryConfig {
  return { type: 'file', patterns, refreshIntervalMs: 300_000 };
}

function httpOf(url: string, credentials?: string): DiscoveryConfig {
  const client = { followRedirects: true, ...(credentials && { authorization: { type: 'Bearer', credentials: new Secret(credentials) } }) };
  return { type: 'http', url, refreshIntervalMs: 60_000, client };
}

describe('static', () => {
  it('is there at once, in one update for all groups of a job', () => {
    const { updates } = start([staticOf('a:1'), staticOf('b:2')]);
    expect(updates.map((groups) => groups.map((group) => group.targets))).toEqual([[['a:1'], ['b:2']]]);
  });

  it('tells a job without discoverers that it has no targets', () => {
    expect(start([]).updates).toEqual([[]]);
  });
});

describe('file_sd', () => {
  it('reads JSON and YAML with the path as a label', async () => {
    const dir = await folder();
    await writeFile(join(dir, 'a.json'), '[{"targets": ["a:1"], "labels": {"env": "x"}}]');
    await writeFile(join(dir, 'b.yml'), '- targets: [b:2, b:3]\n  labels: {port: 2}\n');
    const { updates, targets } = start([fileOf(join(dir, '*.json'), join(dir, '*.yml'))]);
    await vi.waitFor(() => expect(targets()).toEqual(['a:1', 'b:2', 'b:3']));
    expect(updates.at(-1)).toEqual([
      { targets: ['a:1'], labels: { env: 'x', __meta_filepath: join(dir, 'a.json') }, source: `${join(dir, 'a.json')}:0` },
      { targets: ['b:2', 'b:3'], labels: { port: '2', __meta_filepath: join(dir, 'b.yml') }, source: `${join(dir, 'b.yml')}:0` },
    ]);
  });

  it('notices new, replaced and deleted files', async () => {
    const dir = await folder();
    await writeFile(join(dir, 'a.yml'), '- targets: [a:1]');
    const { targets } = start([fileOf(join(dir, '*.yml'))]);
    await vi.waitFor(() => expect(targets()).toEqual(['a:1']));
    // The watcher says nowhere when it is ready, so the write is repeated until it is seen.
    await vi.waitFor(
      async () => {
        await writeFile(join(dir, 'b.yml'), '- targets: [b:2]');
        expect(targets()).toEqual(['a:1', 'b:2']);
      },
      { timeout: 10_000, interval: 300 },
    );
    await writeFile(join(dir, 'b.tmp'), '- targets: [b:3]');
    await rename(join(dir, 'b.tmp'), join(dir, 'b.yml'));
    await vi.waitFor(() => expect(targets()).toEqual(['a:1', 'b:3']), { timeout: 10_000 });
    await rm(join(dir, 'b.yml'));
    await vi.waitFor(() => expect(targets()).toEqual(['a:1']), { timeout: 10_000 });
  });

  it('keeps the last good content of a file that breaks, says so, and recovers', async () => {
    const clock = new FakeClock();
    const dir = await folder();
    const file = join(dir, 'a.json');
    await writeFile(file, '[{"targets": ["a:1"]}]');
    const { manager, targets } = start([fileOf(file)], { clock });
    await vi.waitFor(() => expect(targets()).toEqual(['a:1']));
    const refreshed = async (check: () => void) =>
      await vi.waitFor(async () => {
        await clock.advance(300_000);
        check();
      });
    await writeFile(file, '[{"targets": ["a:1"], "lables": {}}]');
    await refreshed(() =>
      expect(manager.problems()).toMatchObject([
        { job: 'job', source: file, message: '[0].lables: unknown key; a target group has targets and labels' },
      ]),
    );
    expect(targets()).toEqual(['a:1']);
    await writeFile(file, '[{"targets": ["a:2"]}]');
    await refreshed(() => expect(targets()).toEqual(['a:2']));
    expect(manager.problems()).toEqual([]);
  });

  const broken: [name: string, content: string, message: string][] = [
    ['a.json', '[', 'not valid JSON'],
    ['a.json', '{}', 'want a list'],
    ['a.json', '[null]', '[0]: nil target group item found'],
    ['a.json', '[{"targets": [5]}]', '[0].targets[0]: want a text, got 5'],
    ['a.json', '[{"targets": "a:1"}]', '[0].targets: want a list'],
    ['a.yml', '- targets: [a:1]\n labels: {}', 'not valid YAML: line 2'],
    ['a.yml', '- foo', '[0]: want a map'],
    ['a.yml', '- labels: {a: [1]}', '[0].labels.a: want a text'],
  ];
  it.each(broken)('says what is wrong with %s: %s', async (name, content, message) => {
    const dir = await folder();
    await writeFile(join(dir, name), content);
    const { manager } = start([fileOf(join(dir, name))]);
    await vi.waitFor(() => expect(manager.problems()[0]?.message).toContain(message));
  });
});

describe('file_sd, bounds', () => {
  it('does not read a file that is too large', async () => {
    const file = join(await folder(), 'a.json');
    await writeFile(file, '[');
    await truncate(file, 65 * 1024 * 1024);
    const { manager } = start([fileOf(file)]);
    await vi.waitFor(() => expect(manager.problems()[0]?.message).toBe('68157440 bytes, more than 64 MiB'));
  });
});

describe('http_sd', () => {
  const json = { 'content-type': 'application/json; charset=utf-8' };

  it('asks with its refresh interval and adds the URL as a label', async () => {
    let interval: string | string[] | undefined;
    const url = await serve((request, response) => {
      interval = request.headers['x-prometheus-refresh-interval-seconds'];
      response.writeHead(200, json).end('[{"targets": ["a:1", "b:2"], "labels": {"env": "x"}}]');
    });
    const { updates, targets } = start([httpOf(url)]);
    await vi.waitFor(() => expect(targets()).toEqual(['a:1', 'b:2']));
    expect(interval).toBe('60');
    expect(updates.at(-1)).toMatchObject([{ labels: { env: 'x', __meta_url: url }, source: `${url}:0` }]);
  });

  it('asks again after the interval, and keeps what it knows while the endpoint fails', async () => {
    const clock = new FakeClock();
    let answer: () => [status: number, type: string, body: string] = () => [200, 'application/json', '[{"targets": ["a:1"]}]'];
    const url = await serve((_request, response) => {
      const [status, type, body] = answer();
      response.writeHead(status, { 'content-type': type }).end(body);
    });
    const { manager, targets } = start([httpOf(url)], { clock });
    await vi.waitFor(() => expect(targets()).toEqual(['a:1']));
    const problem = async (next: typeof answer, message: string) => {
      answer = next;
      await vi.waitFor(async () => {
        await clock.advance(60_000);
        expect(manager.problems()[0]?.message).toContain(message);
      });
    };
    await problem(() => [500, 'text/plain', ''], 'server returned HTTP status 500');
    await problem(() => [200, 'text/html', '<html>'], 'unsupported content type "text/html"');
    await problem(() => [200, 'application/json', '{"targets": []}'], 'want a list');
    expect(targets()).toEqual(['a:1']);
    answer = () => [200, 'application/json', '[]'];
    await vi.waitFor(async () => {
      await clock.advance(60_000);
      expect(targets()).toEqual([]);
    });
    expect(manager.problems()).toEqual([]);
  });

  it('does not read an answer that is too large, or for ever', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, json);
      const more = () => response.write(' '.repeat(1024 * 1024), (error) => error || more());
      more();
    });
    const { manager } = start([httpOf(url)]);
    await vi.waitFor(() => expect(manager.problems()[0]?.message).toBe('body size limit of 67108864 bytes exceeded'), { timeout: 10_000 });
    const clock = new FakeClock();
    const silent = start([httpOf(await serve(() => undefined))], { clock });
    await clock.advance(60_000);
    await vi.waitFor(() => expect(silent.manager.problems()[0]?.message).toBe('context deadline exceeded: no complete answer within 60s'));
  });

  it('says that the endpoint cannot be reached', async () => {
    const { manager } = start([httpOf('http://127.0.0.1:1/')]);
    await vi.waitFor(() => expect(manager.problems()[0]?.message).toContain('connection refused'));
  });
});

describe('the manager', () => {
  it('leaves unchanged jobs alone on a reload and ends the others', async () => {
    const updates: string[] = [];
    const manager = startDiscovery({
      jobs: [
        { name: 'same', discoveries: [staticOf('a:1')] },
        { name: 'changed', discoveries: [staticOf('b:1')] },
        { name: 'gone', discoveries: [staticOf('c:1')] },
      ],
      onUpdate: (job, groups) => updates.push(`${job}: ${groups.flatMap((group) => group.targets)}`),
    });
    updates.length = 0;
    await manager.apply([
      { name: 'same', discoveries: [staticOf('a:1')] },
      { name: 'changed', discoveries: [staticOf('b:2')] },
      { name: 'new', discoveries: [] },
    ]);
    expect(updates).toEqual(['changed: b:2', 'new: ']);
    await manager.stop();
  });

  it('asks once for all jobs with the same settings, also for those that come later', async () => {
    let asked = 0;
    const url = await serve((_request, response) => {
      asked++;
      response.writeHead(200, { 'content-type': 'application/json' }).end('[{"targets": ["a:1"]}]');
    });
    const updates: string[] = [];
    const jobs = ['one', 'two'].map((name) => ({ name, discoveries: [httpOf(url)] }));
    const manager = startDiscovery({
      jobs,
      onUpdate: (job, groups) => updates.push(`${job}: ${groups.flatMap((group) => group.targets)}`),
    });
    cleanups.push(() => manager.stop());
    await vi.waitFor(() => expect(updates).toEqual(['one: a:1', 'two: a:1']));
    await manager.apply([...jobs.slice(1), { name: 'three', discoveries: [httpOf(url)] }]);
    expect(updates.slice(2)).toEqual(['three: a:1']);
    expect(asked).toBe(1);
  });

  it('counts targets, problems and failures', async () => {
    const registry = new Registry();
    start([staticOf('a:1', 'a:2'), httpOf('http://127.0.0.1:1/')], { metrics: createDiscoveryMetrics(registry) });
    await vi.waitFor(async () => {
      const text = await registry.metrics();
      expect(text).toContain('alidade_sd_discovered_targets{config="job"} 2');
      expect(text).toContain('alidade_sd_problems{config="job"} 1');
      expect(text).toContain('alidade_sd_failures_total{mechanism="http"} 1');
    });
  });

  it('takes a changed secret for a change', async () => {
    let asked = 0;
    const url = await serve((_request, response) => {
      asked++;
      response.writeHead(200, { 'content-type': 'application/json' }).end('[]');
    });
    const { manager } = start([httpOf(url, 'one')]);
    await vi.waitFor(() => expect(asked).toBe(1));
    await manager.apply([{ name: 'job', discoveries: [httpOf(url, 'one')] }]);
    await manager.apply([{ name: 'job', discoveries: [httpOf(url, 'two')] }]);
    await vi.waitFor(() => expect(asked).toBe(2));
  });

  it('asks again when a name is mapped to another address', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('[{"targets": ["a:1"]}]');
    });
    const named = httpOf(url.replace('127.0.0.1', 'sd.invalid'));
    const { manager, targets } = start([named]);
    await vi.waitFor(() => expect(manager.problems()[0]?.message).toContain('no such host "sd.invalid"'));
    await manager.apply([{ name: 'job', discoveries: [named] }], { 'sd.invalid': '127.0.0.1' });
    await vi.waitFor(() => expect(targets()).toEqual(['a:1']));
    expect(manager.problems()).toEqual([]);
  });
});
