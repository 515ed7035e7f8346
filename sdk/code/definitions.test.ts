import { describe, expect, it } from 'vitest';
import type { Slo } from '../schema/slo.ts';
import {
  alert,
  annotation,
  dashboard,
  defineProject,
  dns,
  email,
  existing,
  files,
  gauge,
  group,
  heatmap,
  job,
  keep,
  kubernetes,
  logs,
  lokiSource,
  matches,
  pagerduty,
  projectFiles,
  query,
  receiver,
  record,
  replace,
  row,
  slack,
  stat,
  table,
  timeInterval,
  timeseries,
  up,
  variable,
} from './index.ts';

const requests = existing.counter('requests_total', ['status', 'endpoint']);
const latency = existing.histogram('latency_seconds', ['endpoint']);

type Json = Record<string, unknown>;

function panels(...list: Parameters<typeof dashboard>[1]['panels']): Json[] {
  return dashboard('Test', { panels: list }).json.panels as Json[];
}

describe('dashboards', () => {
  it('place panels in reading order, rows on lines of their own, and what is collapsed nowhere', () => {
    const small = (title: string) => stat(title, up, { width: 10 });
    const places = panels(
      small('a'),
      small('b'),
      small('c'),
      row('R', [small('d')]),
      row('S', [small('e')], { collapsed: true }),
      row('T', [small('f')]),
    );
    expect(places.map(({ title, gridPos }) => [title, ...Object.values(gridPos as Json)])).toEqual([
      ['a', 0, 0, 10, 4],
      ['b', 10, 0, 10, 4],
      ['c', 0, 4, 10, 4],
      ['R', 0, 8, 24, 1],
      ['d', 0, 9, 10, 4],
      ['S', 0, 13, 24, 1],
      ['T', 0, 14, 24, 1],
      ['f', 0, 15, 10, 4],
    ]);
    expect(places.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 8, 9]);
    expect(places[5]?.panels).toMatchObject([{ id: 7, title: 'e', gridPos: { y: 14 } }]);
  });

  it('take queries alone, in a list, by legend, and with options', () => {
    const targetsOf = (queries: Parameters<typeof timeseries>[1]) => (panels(timeseries('T', queries))[0]?.targets as Json[]) ?? [];
    expect(targetsOf(up)).toMatchObject([{ refId: 'A', expr: 'up', datasource: { type: 'prometheus', uid: 'prometheus' } }]);
    expect(targetsOf(['up', requests.rate('1m')])).toMatchObject([{ expr: 'up' }, { refId: 'B', expr: 'rate(requests_total[1m])' }]);
    expect(targetsOf({ p50: latency.quantile(0.5, '1m'), '{{job}}': query(up, { exemplar: true, hide: true }) })).toMatchObject([
      { legendFormat: 'p50' },
      { legendFormat: '{{job}}', exemplar: true, hide: true },
    ]);
  });

  it('show values in the unit of their metric, with thresholds, mappings and series that differ', () => {
    const [panel] = panels(
      timeseries('T', latency.average('5m'), {
        thresholds: ['green', [0.2, 'red']],
        mappings: { 0: 'none', null: ['nothing', 'gray'] },
        series: { p99: { color: 'red', axis: 'right', dashed: true }, '/^p/': { unit: 'ms' } },
      }),
    );
    expect(panel?.fieldConfig).toMatchObject({
      defaults: {
        unit: 's',
        thresholds: {
          mode: 'absolute',
          steps: [
            { color: 'green', value: null },
            { color: 'red', value: 0.2 },
          ],
        },
        mappings: [
          { type: 'value', options: { 0: { text: 'none', index: 0 } } },
          { type: 'special', options: { match: 'null', result: { text: 'nothing', color: 'gray', index: 1 } } },
        ],
      },
      overrides: [
        {
          matcher: { id: 'byName', options: 'p99' },
          properties: [
            { id: 'color', value: { mode: 'fixed', fixedColor: 'red' } },
            { id: 'custom.axisPlacement', value: 'right' },
            { id: 'custom.lineStyle', value: { fill: 'dash', dash: [10, 10] } },
          ],
        },
        { matcher: { id: 'byRegexp', options: '/^p/' }, properties: [{ id: 'unit', value: 'ms' }] },
      ],
    });
  });

  it('ask as each kind of panel needs it', () => {
    const [gaugePanel, tablePanel, heat, lines] = panels(
      gauge('G', up, { min: 0, max: 1 }),
      table('T', requests.sum('status'), {
        columns: { status: 'Status', Value: 'Requests' },
        sortBy: { column: 'Requests', descending: true },
      }),
      heatmap('H', latency.distribution()),
      logs('L', '{job="api"} |= "error"'),
    );
    expect(gaugePanel).toMatchObject({ type: 'gauge', fieldConfig: { defaults: { min: 0, max: 1 } } });
    expect(tablePanel).toMatchObject({
      targets: [{ instant: true, range: false, format: 'table' }],
      options: { sortBy: [{ displayName: 'Requests', desc: true }] },
      transformations: [
        { id: 'filterFieldsByName', options: { include: { names: ['status', 'Value'] } } },
        { id: 'organize', options: { indexByName: { status: 0, Value: 1 }, renameByName: { status: 'Status', Value: 'Requests' } } },
      ],
    });
    expect(heat).toMatchObject({ targets: [{ format: 'heatmap', legendFormat: '{{le}}' }], options: { yAxis: { unit: 's' } } });
    expect(lines).toMatchObject({ datasource: { type: 'loki', uid: 'loki' }, targets: [{ expr: '{job="api"} |= "error"' }] });
  });

  it('have variables, annotations and links', () => {
    const { json, uid } = dashboard('Requests & errors', {
      variables: [
        variable('endpoint', { values: requests.where({ job: 'api' }).values('endpoint'), multi: true, all: true }),
        variable('window', { intervals: ['5m', '1h'] }),
        variable('quantile', { values: ['0.95', '0.99'], label: 'Quantile' }),
      ],
      annotations: [annotation('Deployments', requests.increase('1m').gt(0), { text: '{{endpoint}}' })],
      links: [{ title: 'Runbook', url: 'https://example.org/runbook', newTab: true }],
      panels: [],
    });
    expect(uid).toBe('requests-errors');
    expect(json.templating).toMatchObject({
      list: [
        {
          name: 'endpoint',
          type: 'query',
          query: { query: 'label_values(requests_total{job="api"}, endpoint)' },
          current: { value: ['$__all'] },
        },
        { name: 'window', type: 'interval', query: '5m,1h', current: { value: '5m' } },
        { name: 'quantile', type: 'custom', query: '0.95,0.99', label: 'Quantile' },
      ],
    });
    expect(json.annotations).toMatchObject({
      list: [{ name: 'Deployments', expr: 'increase(requests_total[1m]) > 0', textFormat: '{{endpoint}}' }],
    });
    expect(json.links).toMatchObject([{ title: 'Runbook', targetBlank: true }]);
  });

  it('refuse what cannot be drawn, by name', () => {
    expect(() => stat('Wide', up, { width: 30 })).toThrow('panel "Wide": width 30 is not one of 1 to 24 columns');
    expect(() => stat('T', up, { thresholds: ['green', [2, 'red'], [1, 'blue']] })).toThrow('panel "T": threshold 1 follows 2');
    expect(() => dashboard('D', { uid: 'no spaces', panels: [] })).toThrow('dashboard "D": uid "no spaces" is not 1 to 40 letters');
  });
});

describe('rules', () => {
  it('are those of a rule file', () => {
    const errors = record('job:errors:ratio5m', requests.ratio({ status: matches('5..') }, '5m', 'job'), { labels: { tier: 'web' } });
    const rules = group('api', { interval: '30s' }, [
      errors,
      alert('HighErrorRate', errors.metric.where({ job: 'api' }).gt(0.01), {
        for: '5m',
        keepFiringFor: '10m',
        severity: 'critical',
        team: 'ml',
        summary: 'Errors on {{ $labels.job }}',
        runbook: 'https://example.org/runbooks/errors',
      }),
    ]);
    expect(JSON.parse(JSON.stringify(rules))).toEqual({
      name: 'api',
      interval: '30s',
      rules: [
        {
          record: 'job:errors:ratio5m',
          expr: 'sum by (job) (rate(requests_total{status=~"5.."}[5m])) / sum by (job) (rate(requests_total[5m]))',
          labels: { tier: 'web' },
        },
        {
          alert: 'HighErrorRate',
          expr: 'job:errors:ratio5m{job="api"} > 0.01',
          for: '5m',
          keep_firing_for: '10m',
          labels: { severity: 'critical', team: 'ml' },
          annotations: { summary: 'Errors on {{ $labels.job }}', runbook_url: 'https://example.org/runbooks/errors' },
        },
      ],
    });
  });

  it('refuse a range that only dashboards have', () => {
    expect(() => alert('A', requests.rate().gt(1), { severity: 'info', summary: 'x' })).toThrow(
      'alert "A": $__rate_interval exists only in dashboards: give the range',
    );
  });
});

describe('a project', () => {
  const duty = receiver(
    'duty',
    pagerduty({ routingKeyFile: '/run/secrets/pagerduty', details: { firingAlerts: '{{ .Alerts }}' } }),
    email({ to: 'a@example.org' }),
  );
  const channel = receiver('channel', slack({ channel: '#alerts', sendResolved: true }), slack({ channel: '#more' }));
  const nights = timeInterval('nights', {
    times: [{ startTime: '22:00', endTime: '06:00' }],
    weekdays: ['monday:friday'],
    location: 'Europe/Berlin',
  });
  const project = defineProject({
    name: 'api',
    alerting: {
      route: {
        receiver: channel,
        groupBy: ['alertname'],
        routes: [{ match: { severity: 'critical', team: matches(['a', 'b.c']) }, receiver: duty, mute: [nights], continue: true }],
      },
      inhibit: [{ source: { alertname: 'Down' }, target: { severity: 'warning' }, equal: ['job'] }],
    },
    scrape: {
      scrapeInterval: '15s',
      externalLabels: { cluster: 'eu' },
      alertmanagers: ['alertmanager:9093'],
      jobs: [
        job('api', ['api:8080', files('targets/*.json')], { labels: { serviceName: 'api' }, metricRelabel: [keep('__name__', 'http_.*')] }),
        job('pods', kubernetes('pod', { namespaces: { names: ['ml'] } }), {
          relabel: [replace(['__meta_kubernetes_namespace', '__meta_kubernetes_pod_name'], 'pod', { separator: '/' })],
        }),
        job('dns', dns(['api.example.org'], { type: 'A', port: 80 }), { params: { matchTheseToo: ['x'] } }),
      ],
    },
  });

  it('routes alerts with the keys of alertmanager.yml', () => {
    expect(project.alertmanager).toEqual({
      route: {
        receiver: 'channel',
        group_by: ['alertname'],
        routes: [
          { receiver: 'duty', matchers: ['severity="critical"', 'team=~"a|b\\\\.c"'], continue: true, mute_time_intervals: ['nights'] },
        ],
      },
      receivers: [
        { name: 'channel', slack_configs: [{ channel: '#alerts', send_resolved: true }, { channel: '#more' }] },
        {
          name: 'duty',
          pagerduty_configs: [{ routing_key_file: '/run/secrets/pagerduty', details: { firingAlerts: '{{ .Alerts }}' } }],
          email_configs: [{ to: 'a@example.org' }],
        },
      ],
      inhibit_rules: [{ source_matchers: ['alertname="Down"'], target_matchers: ['severity="warning"'], equal: ['job'] }],
      time_intervals: [
        {
          name: 'nights',
          time_intervals: [{ times: [{ start_time: '22:00', end_time: '06:00' }], weekdays: ['monday:friday'], location: 'Europe/Berlin' }],
        },
      ],
    });
  });

  it('scrapes with the keys of prometheus.yml', () => {
    expect(project.prometheus).toEqual({
      global: { scrape_interval: '15s', external_labels: { cluster: 'eu' } },
      alerting: { alertmanagers: [{ static_configs: [{ targets: ['alertmanager:9093'] }] }] },
      scrape_configs: [
        {
          job_name: 'api',
          static_configs: [{ targets: ['api:8080'], labels: { serviceName: 'api' } }],
          file_sd_configs: [{ files: ['targets/*.json'] }],
          metric_relabel_configs: [{ source_labels: ['__name__'], regex: 'http_.*', action: 'keep' }],
        },
        {
          job_name: 'pods',
          kubernetes_sd_configs: [{ role: 'pod', namespaces: { names: ['ml'] } }],
          relabel_configs: [
            { source_labels: ['__meta_kubernetes_namespace', '__meta_kubernetes_pod_name'], separator: '/', target_label: 'pod' },
          ],
        },
        { job_name: 'dns', params: { matchTheseToo: ['x'] }, dns_sd_configs: [{ names: ['api.example.org'], type: 'A', port: 80 }] },
      ],
    });
  });

  it('refuses names that are used twice', () => {
    const make = () => dashboard('Same', { panels: [] });
    expect(() => defineProject({ name: 'p', dashboards: [make(), make()] })).toThrow('project "p": dashboard uid "same" is defined twice');
    const objective = (service: string, name: string): Slo => ({
      ...{ service, name, target: 0.99, window: '30d' },
      indicator: { type: 'error-ratio', query: 'x[$window]' },
    });
    expect(() => defineProject({ name: 'p', slos: [objective('api', 'v1-errors'), objective('api-v1', 'errors')] })).toThrow(
      'rule group of objectives (by service and name) "slo-api-v1-errors" is defined twice',
    );
    expect(() => defineProject({ name: 'No Name' })).toThrow('project "No Name": its name names files');
    const other = receiver('channel', slack({ channel: '#other' }));
    expect(() => defineProject({ name: 'p', alerting: { route: { receiver: channel, routes: [{ receiver: other }] } } })).toThrow(
      'receiver "channel" is defined twice, each time otherwise',
    );
  });

  it('is written to the places where the upstream programs look', () => {
    const made = defineProject({
      ...{
        name: 'api',
        folder: 'ML Monitoring',
        dashboards: [dashboard('D', { panels: [] }), dashboard('E', { folder: 'Hosts', panels: [] })],
      },
      rules: [group('g', [record('a:b', 'up')])],
      datasources: [lokiSource()],
    });
    expect(projectFiles(made).map(({ path }) => path)).toEqual([
      'grafana/dashboards/hosts/e.json',
      'grafana/dashboards/ml-monitoring/d.json',
      'grafana/provisioning/dashboards/api.yml',
      'grafana/provisioning/datasources/api.yml',
      'prometheus/prometheus.yml',
      'prometheus/rules/api.yml',
    ]);
  });
});
