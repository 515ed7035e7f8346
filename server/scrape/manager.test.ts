import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ScrapeConfig } from '../config/scrape-config.ts';
import { systemClock } from '../model/clock.ts';
import { Secret } from '../model/secret.ts';
import { openMemoryStore } from '../storage/memory/open.ts';
import type { Store } from '../storage/store.ts';
import { createScrapeManager, type ScrapeManager } from './manager.ts';
import { type Exposer, startExposer, until } from './testing/exposer.ts';
import { groupOf, jobOf, keepLog } from './testing/fixtures.ts';
import { storedSamples, storedTargetSamples } from './testing/stored.ts';

// Short enough to be quick, long enough for a busy machine to answer in time.
const fast = { scrapeIntervalMs: 300, scrapeTimeoutMs: 300 };
let one: Exposer;
let two: Exposer;
let store: Store;
let manager: ScrapeManager;

beforeEach(async () => {
  one = await startExposer('# HELP a Help.\n# TYPE a counter\na 1\n');
  two = await startExposer('b 1\n');
  store = openMemoryStore(systemClock);
  manager = createScrapeManager({
    store: store.metrics,
    clock: systemClock,
    logger: keepLog().logger,
    registry: new Registry(),
    version: '1.2.3',
    hostMetrics: async () => Buffer.from('node_load1 0.5\n'),
  });
});
afterEach(async () => {
  await manager.stop();
  await Promise.all([one.close(), two.close()]);
});

const jobs = (...changes: Partial<ScrapeConfig>[]) => changes.map((change, i) => jobOf(`job${i}`, { ...fast, ...change }));
const stored = () => storedTargetSamples(store.metrics);
const healthOf = () => manager.active().map((target) => `${target.scrapePool} ${target.health}`);
const valuesOf = async (series: string) => (await stored())[series]?.map(([, value]) => value) ?? [];

describe('createScrapeManager', () => {
  it('scrapes what it is told to, and shows it', async () => {
    await manager.apply(jobs({}, {}));
    await manager.updateTargets('job0', [groupOf([one.address], { env: 'test' })]);
    await manager.updateTargets('job1', [groupOf([two.address, '127.0.0.1:1'])]);
    await manager.updateTargets('unknown', [groupOf(['x:1'])]);
    await until(() => healthOf().sort().join() === 'job0 up,job1 down,job1 up');
    const [target] = manager.active();
    expect(target).toMatchObject({
      scrapePool: 'job0',
      scrapeUrl: `http://${one.address}/metrics`,
      lastError: '',
      lastSamples: 1,
      scrapeIntervalMs: 300,
    });
    expect(target).not.toHaveProperty('note');
    expect(target?.labels.toObject()).toEqual({ env: 'test', instance: one.address, job: 'job0' });
    expect(manager.metadata('a')).toEqual([{ metric: 'a', type: 'counter', help: 'Help.', unit: '', target: target?.labels }]);
    expect(Object.keys(await stored()).sort()).toEqual([
      `a{env="test", instance="${one.address}", job="job0"}`,
      `b{instance="${two.address}", job="job1"}`,
    ]);
    const ups = await storedSamples(store.metrics, 'up');
    expect(ups['up{instance="127.0.0.1:1", job="job1"}']?.[0]?.[1]).toBe(0);
  });

  it('leaves the loops of targets that stay alone', async () => {
    await manager.apply(jobs({}));
    await manager.updateTargets('job0', [groupOf([one.address])]);
    await until(() => healthOf().includes('job0 up'));
    await manager.updateTargets('job0', [groupOf([two.address]), groupOf([one.address])]);
    expect(healthOf()).toContain('job0 up');
    await manager.apply(jobs({}, {}));
    expect(healthOf()).toContain('job0 up');
  });

  it('ends the series of targets and jobs that go', async () => {
    await manager.apply(jobs({}, {}));
    await manager.updateTargets('job0', [groupOf([one.address])]);
    await manager.updateTargets('job1', [groupOf([two.address])]);
    const a = `a{instance="${one.address}", job="job0"}`;
    const b = `b{instance="${two.address}", job="job1"}`;
    await until(async () => (await valuesOf(a)).length > 0 && (await valuesOf(b)).length > 0);
    await manager.updateTargets('job0', []);
    await manager.apply(jobs({}));
    expect(manager.active()).toEqual([]);
    await until(async () => (await valuesOf(a)).at(-1) === 'stale' && (await valuesOf(b)).at(-1) === 'stale');
  });

  it('writes no stale markers when it stops', async () => {
    await manager.apply(jobs({}));
    await manager.updateTargets('job0', [groupOf([one.address])]);
    await until(() => healthOf().includes('job0 up'));
    await manager.stop();
    const requests = one.requests.length;
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(one.requests.length).toBe(requests);
    expect((await valuesOf(`a{instance="${one.address}", job="job0"}`)).includes('stale')).toBe(false);
  });

  it('takes over changed settings without losing what is alive', async () => {
    await manager.apply(jobs({}));
    await manager.updateTargets('job0', [groupOf([one.address])]);
    const series = `a{instance="${one.address}", job="job0"}`;
    await until(async () => (await valuesOf(series)).length > 1);
    const drop = {
      action: 'drop',
      sourceLabels: ['__name__'],
      separator: ';',
      regex: 'a',
      modulus: 0,
      targetLabel: '',
      replacement: '$1',
    } as const;
    await manager.apply(jobs({ metricRelabel: [drop] }));
    await until(async () => (await valuesOf(series)).at(-1) === 'stale');
    expect(healthOf().length).toBe(1);
  });

  it('notices a changed password', async () => {
    const client = (password: string) => ({ followRedirects: true, basicAuth: { username: 'u', password: new Secret(password) } });
    const seen = () => one.requests.at(-1)?.headers.authorization;
    const basic = (password: string) => `Basic ${Buffer.from(`u:${password}`).toString('base64')}`;
    await manager.apply(jobs({ client: client('old') }));
    await manager.updateTargets('job0', [groupOf([one.address])]);
    await until(() => seen() === basic('old'));
    await manager.apply(jobs({ client: client('new') }));
    await until(() => seen() === basic('new'));
  });

  it('maps host names', async () => {
    await manager.apply(jobs({}), { resolve: { app: '127.0.0.1' } });
    await manager.updateTargets('job0', [groupOf([`app:${one.port}`])]);
    await until(() => healthOf().includes('job0 up'));
    expect(Object.keys(await stored())).toEqual([`a{instance="app:${one.port}", job="job0"}`]);
  });

  it('fails every target of a job that has too many', async () => {
    await manager.apply(jobs({ targetLimit: 1 }));
    await manager.updateTargets('job0', [groupOf([one.address, two.address])]);
    await until(() => healthOf().every((health) => health === 'job0 down'));
    expect(manager.active()[0]?.lastError).toBe('target_limit exceeded (number of targets: 2, limit: 1)');
    expect(one.requests.length).toBe(0);
    await manager.updateTargets('job0', [groupOf([one.address, one.address])]);
    await until(() => healthOf().includes('job0 up'));
    expect(manager.active().length).toBe(1);
  });

  it('shows what it does not scrape', async () => {
    const drop = {
      action: 'drop',
      sourceLabels: ['env'],
      separator: ';',
      regex: 'dev',
      modulus: 0,
      targetLabel: '',
      replacement: '$1',
    } as const;
    await manager.apply(jobs({ relabel: [drop] }));
    await manager.updateTargets('job0', [groupOf([one.address], { env: 'dev' }), groupOf(['a/b'])]);
    expect(manager.active()).toEqual([]);
    expect(manager.dropped()).toMatchObject([{ scrapePool: 'job0' }, { error: expect.stringContaining('"a/b" is not a valid hostname') }]);
  });

  it('answers for a node-exporter that does not resolve, and adds a job of its own where asked', async () => {
    await manager.apply(jobs({ scrapeTimeoutMs: 2000, scrapeIntervalMs: 2000 }));
    await manager.updateTargets('job0', [groupOf(['node-exporter.invalid:9100'])]);
    await until(() => healthOf().includes('job0 up'));
    expect(manager.active()[0]?.note).toContain('built-in host collector');
    expect(Object.keys(await stored())).toEqual(['node_load1{instance="node-exporter.invalid:9100", job="job0"}']);
    await manager.apply([], { addHostJob: true });
    expect(manager.active().map((target) => [target.scrapePool, target.labels.get('instance')])).toEqual([['node', 'localhost:9100']]);
    await manager.apply([jobOf('node')], { addHostJob: true });
    expect(manager.active().map((target) => target.scrapePool)).toEqual([]);
  });
});
