import { describe, expect, it } from 'vitest';
import type { TargetStatus } from '../../data/prometheus.ts';
import { countTargets, endpointText, findDropped, poolsOf, samplesByTarget, targetKey, timeOf } from './target-pools.ts';

const target = (scrapePool: string, instance: string, over: Partial<TargetStatus> = {}): TargetStatus => ({
  labels: { job: scrapePool, instance },
  discoveredLabels: { __address__: instance },
  scrapePool,
  scrapeUrl: `http://${instance}/metrics`,
  globalUrl: `http://${instance}/metrics`,
  lastError: '',
  lastScrape: '2026-01-31T12:00:00Z',
  lastScrapeDuration: 0.004,
  health: 'up',
  scrapeInterval: '15s',
  scrapeTimeout: '10s',
  ...over,
});

const TARGETS = [
  target('node', 'b:9100', { health: 'down', lastError: 'connection refused' }),
  target('api', 'a:5000'),
  target('node', 'a:9100'),
  target('node', 'c:9100', { health: 'unknown' }),
];

describe('poolsOf', () => {
  it('groups by pool in name order and counts all targets of a pool', () => {
    const pools = poolsOf(TARGETS, 'all', '');
    expect(pools.map(({ name, total, up, down, unknown }) => [name, total, up, down, unknown])).toEqual([
      ['api', 1, 1, 0, 0],
      ['node', 3, 1, 1, 1],
    ]);
  });

  it('keeps the counts of a pool when the filter hides some of it', () => {
    const [node, ...others] = poolsOf(TARGETS, 'down', '');
    expect(others).toEqual([]);
    expect(node).toMatchObject({ name: 'node', total: 3 });
    expect(node?.targets.map(({ scrapeUrl }) => scrapeUrl)).toEqual(['http://b:9100/metrics']);
  });

  it('finds words in labels, address and error, in any order and case', () => {
    const found = (search: string) => poolsOf(TARGETS, 'all', search).flatMap((pool) => pool.targets.map(({ labels }) => labels.instance));
    expect(found('REFUSED node')).toEqual(['b:9100']);
    expect(found('instance="a:9100"')).toEqual(['a:9100']);
    expect(found('a.*')).toEqual([]);
  });
});

describe('countTargets', () => {
  it('counts dropped targets that are not listed', () => {
    const dropped = { discoveredLabels: { __address__: 'x' }, scrapePool: 'node' };
    const answer = { activeTargets: TARGETS, droppedTargets: [dropped], droppedTargetCounts: { node: 7, api: 0 } };
    expect(countTargets(answer)).toEqual({ all: 4, down: 1, dropped: 7 });
    expect(countTargets({ ...answer, droppedTargetCounts: null }).dropped).toBe(1);
    expect(findDropped([dropped], '__address__=X')).toHaveLength(1);
    expect(findDropped([dropped], 'y')).toHaveLength(0);
  });
});

describe('samplesByTarget', () => {
  it('joins by exactly the labels of the target', () => {
    const samples = samplesByTarget([{ metric: { __name__: 'scrape_samples_scraped', job: 'api', instance: 'a:5000' }, value: [1, '42'] }]);
    expect(samples.get(targetKey({ instance: 'a:5000', job: 'api' }))).toBe(42);
    expect(samples.get(targetKey({ instance: 'a:5000' }))).toBeUndefined();
  });
});

it('reads times and addresses', () => {
  expect(timeOf('0001-01-01T00:00:00Z')).toBeUndefined();
  expect(timeOf('2026-01-31T12:00:00.5Z')).toBe(Date.UTC(2026, 0, 31, 12, 0, 0, 500));
  expect(endpointText('http://a:1/metrics?x=1')).toBe('a:1/metrics?x=1');
  expect(endpointText('https://a:1/metrics')).toBe('https://a:1/metrics');
});
