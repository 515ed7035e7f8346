import { describe, expect, it } from 'vitest';
import type { ScrapeConfig } from '../config/scrape-config.ts';
import type { RelabelRule } from '../relabel/rule.ts';
import { globalUrl } from './global-url.ts';
import { buildTargets, scrapeOffsetMs, type Target } from './target.ts';
import { groupOf, jobOf } from './testing/fixtures.ts';

const rule = (changes: Partial<RelabelRule>): RelabelRule => ({
  action: 'replace',
  sourceLabels: [],
  separator: ';',
  regex: '(.*)',
  modulus: 0,
  targetLabel: '',
  replacement: '$1',
  ...changes,
});

function outcomeOf(address: string, labels: Record<string, string> = {}, changes: Partial<ScrapeConfig> = {}) {
  return buildTargets(jobOf('api', changes), groupOf([address], labels))[0];
}

function activeOf(...args: Parameters<typeof outcomeOf>): Target {
  const outcome = outcomeOf(...args);
  if (outcome?.type !== 'active') throw new Error(JSON.stringify(outcome));
  return outcome.target;
}

describe('a target', () => {
  it('gets job, instance and the labels of its group', () => {
    const target = activeOf('app:5000', { env: 'prod', __meta_x: 'y', __hidden: 'z' });
    expect(target.labels.toObject()).toEqual({ env: 'prod', instance: 'app:5000', job: 'api' });
    expect(target.url).toBe('http://app:5000/metrics');
    expect([target.intervalMs, target.timeoutMs]).toEqual([15_000, 10_000]);
    expect(target.discoveredLabels.toObject()).toEqual({
      __address__: 'app:5000',
      __hidden: 'z',
      __meta_x: 'y',
      __metrics_path__: '/metrics',
      __scheme__: 'http',
      __scrape_interval__: '15s',
      __scrape_timeout__: '10s',
      env: 'prod',
      job: 'api',
    });
  });

  it('may be shaped by its labels and by relabelling', () => {
    const relabel = [
      rule({ sourceLabels: ['__address__'], targetLabel: '__param_target' }),
      rule({ sourceLabels: ['__param_target'], targetLabel: 'instance' }),
      rule({ targetLabel: '__address__', replacement: 'blackbox:9115' }),
    ];
    const params = { module: ['http_2xx', 'b'], target: ['replaced'] };
    const target = activeOf(
      'example.org/path?x',
      { __scheme__: 'https', __metrics_path__: 'probe', __scrape_interval__: '1m' },
      { relabel, params },
    );
    expect(target.url).toBe('https://blackbox:9115/probe?module=http_2xx&module=b&target=example.org%2Fpath%3Fx');
    expect(target.labels.toObject()).toEqual({ instance: 'example.org/path?x', job: 'api' });
    expect(target.intervalMs).toBe(60_000);
  });

  it('keeps a question mark of the path out of the query', () => {
    expect(activeOf('h:1', { __metrics_path__: '/a b?c#d' }).url).toBe('http://h:1/a%20b%3Fc%23d');
  });

  it('is dropped by relabelling', () => {
    const relabel = [rule({ action: 'drop', sourceLabels: ['env'], regex: 'dev' })];
    expect(outcomeOf('h:1', { env: 'dev' }, { relabel })).toMatchObject({ type: 'dropped' });
    expect(outcomeOf('h:1', { env: 'prod' }, { relabel })).toMatchObject({ type: 'active' });
  });

  it.each<[string, Record<string, string>, string]>([
    ['a/b', {}, 'target "a/b" of job "api": "a/b" is not a valid hostname (write host:port; a path goes into metrics_path)'],
    ['', {}, 'target "" of job "api": no address'],
    ['h:1', { __scrape_interval__: 'often' }, 'error parsing scrape interval: not a valid duration string: "often"'],
    ['h:1', { __scrape_interval__: '0s' }, 'scrape interval cannot be 0'],
    ['h:1', { __scrape_timeout__: '20s' }, 'scrape timeout cannot be greater than scrape interval ("20s" > "15s")'],
  ])('"%s" with %j cannot be scraped', (address, labels, message) => {
    const outcome = outcomeOf(address, labels);
    expect(outcome?.type === 'bad' && outcome.error.message).toContain(message);
  });

  it('has an offset of its own within the interval, always the same', () => {
    const offsets = Array.from({ length: 200 }, (_, i) => scrapeOffsetMs(activeOf(`h${i}:1`)));
    expect(Math.max(...offsets)).toBeLessThan(15_000);
    expect(new Set(offsets.map((offset) => Math.floor(offset / 1500))).size).toBe(10);
    expect(scrapeOffsetMs(activeOf('h7:1'))).toBe(offsets[7]);
  });
});

describe('globalUrl', () => {
  it.each([
    ['http://app:5000/metrics', 'https://obs.example/alidade', 'http://app:5000/metrics'],
    ['http://localhost:5000/metrics', 'https://obs.example/alidade', 'http://obs.example:5000/metrics'],
    ['http://127.0.0.1:9090/metrics?a=b', 'https://obs.example', 'https://obs.example/metrics?a=b'],
    ['http://[::1]:9090/metrics', 'http://obs.example:8080', 'http://obs.example:8080/metrics'],
    ['http://localhost:5000/metrics', '', 'http://localhost:5000/metrics'],
  ])('%s seen through %j is %s', (url, externalUrl, want) => expect(globalUrl(url, externalUrl, 9090)).toBe(want));
});
