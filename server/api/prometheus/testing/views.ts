// Targets, metadata and rules of the tests.
import { Labels } from '../../../model/labels.ts';
import type { RuleGroupStatus } from '../../../rules/rule-status.ts';
import type { ActiveTarget } from '../../../scrape/target-status.ts';

export const START = 1_700_000_000_000;

export const TARGETS: readonly ActiveTarget[] = [
  {
    scrapePool: 'db',
    scrapeUrl: 'http://b:1/metrics',
    globalUrl: 'http://b:1/metrics',
    labels: Labels.from({ job: 'db', instance: 'b:1' }),
    discoveredLabels: Labels.from({ __address__: 'b:1', job: 'db' }),
    health: 'down',
    lastError: 'connection refused',
    lastScrapeMs: START + 500,
    lastScrapeDurationSeconds: 0.0025,
    scrapeIntervalMs: 90_000,
    scrapeTimeoutMs: 10_000,
    lastSamples: 0,
  },
  {
    scrapePool: 'api',
    scrapeUrl: 'http://a:1/metrics',
    globalUrl: 'http://a:1/metrics',
    labels: Labels.from({ job: 'api', instance: 'a:1' }),
    discoveredLabels: Labels.from({ __address__: 'a:1', job: 'api' }),
    health: 'unknown',
    lastError: '',
    lastScrapeMs: 0,
    lastScrapeDurationSeconds: 0,
    scrapeIntervalMs: 15_000,
    scrapeTimeoutMs: 10_000,
    lastSamples: 0,
  },
];
export const DROPPED = [{ scrapePool: 'gone', discoveredLabels: Labels.from({ __address__: 'c:1' }) }];
export const METADATA = [
  { metric: 'up', type: 'gauge', help: 'Is it <up>?', unit: '', target: Labels.from({ job: 'api' }) },
  { metric: 'hits_total', type: 'counter', help: 'Hits.', unit: '', target: Labels.from({ job: 'api' }) },
  { metric: 'hits_total', type: 'counter', help: 'Hits of the database.', unit: '', target: Labels.from({ job: 'db' }) },
] as const;
const BASE = { health: 'ok', lastError: '', lastEvaluationMs: START + 120, evaluationSeconds: 0.0005 } as const;
export const GROUPS: readonly RuleGroupStatus[] = [
  {
    name: 'g1',
    file: 'rules.yml',
    intervalMs: 2_500,
    limit: 0,
    evaluationSeconds: 0.001,
    lastEvaluationMs: START,
    rules: [
      { type: 'recording', name: 'job:up', expr: 'sum by (job) (up)', labels: {}, ...BASE },
      {
        type: 'alerting',
        name: 'Down',
        expr: 'up < 1',
        labels: { severity: 'critical' },
        annotations: { summary: '{{ $labels.instance }} down' },
        forMs: 60_000,
        keepFiringForMs: 0,
        state: 'firing',
        alerts: [
          {
            labels: Labels.from({ alertname: 'Down', instance: 'b:1' }),
            annotations: { summary: '<b:1> & down' },
            state: 'firing',
            activeAtMs: START,
            keepFiringSinceMs: START + 890,
            value: 1234.5,
          },
        ],
        ...BASE,
        health: 'err',
        lastError: 'wires crossed',
      },
    ],
  },
  {
    name: 'g2',
    file: 'more.yml',
    intervalMs: 60_000,
    limit: 5,
    evaluationSeconds: 0,
    lastEvaluationMs: 0,
    rules: [{ type: 'recording', name: 'x:y', expr: 'vector(1)', labels: { team: 'x' }, ...BASE, health: 'unknown', lastEvaluationMs: 0 }],
  },
];
