// Files of the three formats: what is read from each, what is refused with its place and cure, and that what was written reads the same.
import { describe, expect, it } from 'vitest';
import type { Slo } from '../../schema/slo.ts';
import { isSloFile, readSloFile } from './read.ts';
import { writeSlos } from './write.ts';

const SLOTH = `version: prometheus/v1
service: predictor
labels: {team: ml, tier: gold}
slos:
  - name: availability
    objective: 99.9
    description: Predictions are answered.
    sli:
      events:
        error_query: sum(rate(http_requests_total{job="api",status=~"5.."}[{{.window}}]))
        total_query: sum(rate(http_requests_total{job="api"}[{{.window}}]))
    alerting:
      annotations: {runbook_url: https://runbooks/availability}
      page_alert: {labels: {severity: page}}
      ticket_alert: {disable: true}
  - name: latency
    objective: 95
    sli:
      events:
        error_query: |
          sum(rate(d_count[{{ .window }}])) - sum(rate(d_bucket{le="0.2"}[{{ .window }}]))
        total_query: sum(rate(d_count[{{ .window }}]))
    alerting:
      page_alert: {disable: true}
  - name: freshness
    objective: 90
    sli: {raw: {error_ratio_query: '1 - avg_over_time(fresh[{{.window}}])'}}
    alerting: {page_alert: {disable: true}}
`;

const OPENSLO = `apiVersion: openslo/v1
kind: Service
metadata: {name: predictor}
---
apiVersion: openslo/v1
kind: SLI
metadata: {name: answered}
spec:
  ratioMetric:
    counter: true
    good: {metricSource: {type: Prometheus, spec: {query: 'sum(http_requests_total{status!~"5.."})'}}}
    total: {metricSource: {type: Prometheus, spec: {query: http_requests_total}}}
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: availability, displayName: Answered, labels: {team: ml}}
spec:
  service: predictor
  indicatorRef: answered
  timeWindow: [{duration: 4w, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{targetPercent: 99.5}]
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: slices}
spec:
  service: predictor
  indicatorRef: answered
  timeWindow: [{duration: 30d, isRolling: true}]
  budgetingMethod: Timeslices
  objectives:
    - {displayName: Most minutes, target: 0.99, timeSliceTarget: 0.95, timeSliceWindow: 1m}
    - {displayName: Nearly all, target: 0.999, timeSliceTarget: 0.5, timeSliceWindow: 1m}
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: lag}
spec:
  service: predictor
  indicator: {spec: {thresholdMetric: {metricSource: {spec: {query: max(lag_seconds)}}}}}
  timeWindow: [{duration: 7d, isRolling: true}]
  budgetingMethod: Timeslices
  objectives: [{op: lte, value: 30, target: 0.99, timeSliceWindow: 1m}]
`;

const PYRRA = `apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata:
  name: errors
  labels: {pyrra.dev/team: ml, pyrra.dev/service: predictor, other: x}
spec:
  target: "99.9"
  window: 4w
  indicator:
    ratio:
      errors: {metric: 'http_requests_total{status=~"5.."}'}
      total: {metric: http_requests_total}
---
apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata: {name: latency, namespace: ml}
spec:
  target: 95
  window: 2w
  indicator:
    latency:
      success: {metric: 'd_seconds_bucket{job="a,b",le="0.2"}'}
      total: {metric: 'd_seconds_count{job="a,b"}'}
  alerting: {absent: false}
---
apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata: {name: native, namespace: ml}
spec:
  target: "95"
  window: 30d
  indicator: {latencyNative: {latency: 200ms, total: {metric: d_seconds}}}
---
apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata: {name: up, namespace: ml}
spec: {target: "99", window: 30d, indicator: {bool_gauge: {metric: up}}}
`;

const ERRORS = 'http_requests_total{job="api",status=~"5.."}';

describe('a file of objectives', () => {
  it('is read in the format of Sloth', () => {
    const { slos, problems } = readSloFile(SLOTH);
    expect(problems).toEqual([]);
    expect(slos).toEqual([
      {
        name: 'availability',
        service: 'predictor',
        description: 'Predictions are answered.',
        target: 0.999,
        window: '30d',
        indicator: { type: 'ratio', bad: { counter: ERRORS }, total: { counter: 'http_requests_total{job="api"}' } },
        team: 'ml',
        runbookUrl: 'https://runbooks/availability',
        labels: { tier: 'gold' },
        alerts: {
          omit: ['ticket-fast', 'ticket-slow'],
          page: { labels: { severity: 'page' }, annotations: { runbook_url: 'https://runbooks/availability' } },
          ticket: { labels: {}, annotations: { runbook_url: 'https://runbooks/availability' } },
        },
      },
      expect.objectContaining({
        name: 'latency',
        target: 0.95,
        indicator: {
          type: 'ratio',
          bad: { query: 'sum(rate(d_count[$window])) - sum(rate(d_bucket{le="0.2"}[$window]))', unit: 'per-second' },
          total: { counter: 'd_count' },
        },
      }),
      expect.objectContaining({ name: 'freshness', indicator: { type: 'error-ratio', query: '1 - avg_over_time(fresh[$window])' } }),
    ]);
  });

  it('is read in the format of OpenSLO', () => {
    const { slos, problems } = readSloFile(OPENSLO);
    expect(problems).toEqual([]);
    const ratio = { type: 'ratio', good: { counter: 'http_requests_total{status!~"5.."}' }, total: { counter: 'http_requests_total' } };
    const slice = (sliceTarget: number) => ({ type: 'time-slice', slice: '1m', sliceTarget, of: ratio });
    expect(slos).toEqual([
      { name: 'availability', title: 'Answered', service: 'predictor', team: 'ml', target: 0.995, window: '28d', indicator: ratio },
      { name: 'slices-most-minutes', service: 'predictor', target: 0.99, window: '30d', indicator: slice(0.95) },
      { name: 'slices-nearly-all', service: 'predictor', target: 0.999, window: '30d', indicator: slice(0.5) },
      {
        name: 'lag',
        service: 'predictor',
        target: 0.99,
        window: '7d',
        indicator: { type: 'time-slice', slice: '1m', query: 'max(lag_seconds)', op: 'lte', value: 30 },
      },
    ]);
  });

  it('is read in the format of Pyrra', () => {
    const { slos, problems } = readSloFile(PYRRA);
    expect(problems).toEqual([]);
    expect(slos).toEqual([
      {
        name: 'errors',
        service: 'predictor',
        target: 0.999,
        window: '28d',
        indicator: { type: 'ratio', bad: { counter: 'http_requests_total{status=~"5.."}' }, total: { counter: 'http_requests_total' } },
        team: 'ml',
      },
      {
        name: 'latency',
        service: 'ml',
        target: 0.95,
        window: '14d',
        indicator: { type: 'latency', kind: 'classic', histogram: 'd_seconds{job="a,b"}', threshold: 0.2 },
        alerts: { omit: ['missing-data'] },
      },
      expect.objectContaining({ indicator: { type: 'latency', kind: 'native', histogram: 'd_seconds', threshold: 0.2 } }),
      expect.objectContaining({
        indicator: {
          type: 'ratio',
          good: { query: 'sum(sum_over_time(up[$window]))', unit: 'in-window' },
          total: { query: 'sum(count_over_time(up[$window]))', unit: 'in-window' },
        },
      }),
    ]);
  });

  it.each([
    ['no YAML', 'version: prometheus/v1\nslos: [', 2, '', 'invalid YAML'],
    ['nothing', '', 1, '', 'the file is empty'],
    ['another format', 'apiVersion: openslo/v2\nkind: SLO', 1, 'apiVersion', '"openslo/v2" is not read here; write apiVersion: openslo/v1'],
    [
      'an unknown key',
      SLOTH.replace('description:', 'descripton:'),
      7,
      'slos[0].descripton',
      'unknown key "descripton"; known here: alerting,',
    ],
    ['a missing key', SLOTH.replace('    objective: 99.9\n', ''), 5, 'slos[0].objective', 'objective is missing; write percent: 99.9'],
    ['no number', SLOTH.replace('99.9', 'much'), 6, 'slos[0].objective', '"much" is no number'],
    [
      'a plugin',
      SLOTH.replace("raw: {error_ratio_query: '1 - avg_over_time(fresh[{{.window}}])'}", 'plugin: {id: x}'),
      27,
      'slos[2].sli.plugin',
      'plugins are programs of Sloth',
    ],
    [
      'a fixed window',
      SLOTH.replaceAll('sum(rate(d_count[{{ .window }}]))', '1').replaceAll('{{ .window }}', '5m'),
      20,
      'slos[1].sli.events',
      'do not say over which window',
    ],
    ['an alert that can never fire', SLOTH.replace('99.9', '90'), 5, 'slos[0]', 'the alert page-fast can never fire'],
    [
      'a calendar',
      OPENSLO.replace('isRolling: true', 'calendar: {timeZone: UTC}'),
      20,
      'spec.timeWindow[0]',
      'calendar windows are not supported',
    ],
    [
      'a lost reference',
      OPENSLO.replace('name: answered', 'name: answerd'),
      19,
      'spec.indicatorRef',
      'there is no SLI "answered" in this file',
    ],
    [
      'another source',
      OPENSLO.replace('type: Prometheus', 'type: Datadog'),
      11,
      'spec.ratioMetric.good.metricSource.type',
      '"Datadog" cannot be asked',
    ],
    ['a month', OPENSLO.replace('4w', '1M'), 20, 'spec.timeWindow[0].duration', '"1M" has no fixed length'],
    [
      'groups',
      PYRRA.replace('total: {metric: http_requests_total}', 'total: {metric: x}\n      grouping: [route]'),
      13,
      'spec.indicator.ratio.grouping',
      'one objective for each group is not supported',
    ],
    ['an alias', SLOTH.replace('99.9', '&a 99.9').replace('objective: 95', 'objective: *a'), 17, '', 'the alias *a is not read here'],
  ])('is refused with place and cure: %s', (_, text, line, path, message) => {
    const found = readSloFile(text).problems.filter(({ severity }) => severity === 'error');
    expect(found.map((problem) => problem.message).join('\n')).toContain(message);
    expect(found.find((problem) => problem.message.includes(message))).toMatchObject({ line, path });
  });

  it('tells the cure that its format has', () => {
    const cure = (text: string) =>
      readSloFile(text)
        .problems.map(({ message }) => message)
        .join('\n');
    expect(cure(SLOTH.replace('99.9', '90'))).toContain('(alerting.page_alert: {disable: true})');
    expect(cure(PYRRA.replace('"99.9"', '"90"'))).toContain('(annotation alidade.dev/omit-alerts: page-fast)');
  });

  it('is known by its first lines', () => {
    expect([SLOTH, OPENSLO, PYRRA].map(isSloFile)).toEqual([true, true, true]);
    expect(['groups: []', 'version: "3"\nservices: {}', 'apiVersion: v1'].map(isSloFile)).toEqual([false, false, false]);
  });
});

describe('objectives that are written', () => {
  const sloth = readSloFile(SLOTH).slos;
  const openslo = readSloFile(OPENSLO).slos;
  const pyrra = readSloFile(PYRRA).slos;
  const guarded: Slo = { ...(pyrra[0] as Slo), minEvents: 50, runbookUrl: 'https://runbooks/x', alerts: { omit: ['page-fast'] } };

  it('read the same again', () => {
    for (const [format, slos] of [
      ['openslo', openslo],
      ['openslo', [guarded]],
      ['pyrra', [pyrra[0], pyrra[1], pyrra[2], guarded].map((slo) => ({ ...(slo as Slo), service: 'predictor' }))],
    ] as const) {
      const { text, lost } = writeSlos(slos, format);
      expect(lost.filter((what) => !what.includes('minEvents'))).toEqual([]);
      expect(readSloFile(text)).toEqual({ slos, problems: [] });
    }
  });

  it('keep their queries in Sloth, where latency and slices become queries', () => {
    const { text, lost } = writeSlos([...sloth, ...openslo], 'sloth');
    const again = readSloFile(text);
    expect(again.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(again.slos[0]).toMatchObject({ name: 'availability', indicator: sloth[0]?.indicator, runbookUrl: sloth[0]?.runbookUrl });
    expect(again.slos.map(({ indicator }) => indicator.type)).toEqual([
      'ratio',
      'ratio',
      'error-ratio',
      'ratio',
      ...Array(3).fill('error-ratio'),
    ]);
    expect(lost).toContain('predictor/availability: the window 28d; start Sloth with --default-slo-period=28d');
  });

  it('keep counting where latency is a ratio of counters', () => {
    const [latency] = pyrra.slice(1);
    const counters = { good: 'd_seconds_bucket{job="a,b",le="0.2"}', total: 'd_seconds_count{job="a,b"}' };
    const read = (format: 'openslo' | 'sloth') => readSloFile(writeSlos([latency as Slo], format).text).slos[0]?.indicator;
    expect(read('openslo')).toEqual({ type: 'ratio', good: { counter: counters.good }, total: { counter: counters.total } });
    const bad = `sum(rate(${counters.total}[$window])) - sum(rate(${counters.good}[$window]))`;
    expect(read('sloth')).toEqual({ type: 'ratio', bad: { query: bad, unit: 'per-second' }, total: { counter: counters.total } });
  });

  it('say what Pyrra cannot ask', () => {
    const { text, lost } = writeSlos(sloth.slice(2), 'pyrra');
    expect(text).toBe('');
    expect(lost).toEqual(['predictor/freshness: Pyrra asks only counters, histograms and gauges; this indicator is a query']);
  });
});
