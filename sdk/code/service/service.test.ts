import { describe, expect, it } from 'vitest';
import { Instrument } from '../../instrument/instrument.ts';
import { predictionMetrics } from '../../instrument/predictions.ts';
import type { Project } from '../project.ts';
import { service, serviceParts } from './service.ts';

interface PanelJson {
  readonly title: string;
  readonly type: string;
  readonly description?: string;
  readonly interval?: string;
  readonly targets?: readonly { readonly expr: string; readonly legendFormat?: string }[];
}

function panelsOf(project: Pick<Project, 'dashboards'>): readonly PanelJson[] {
  return project.dashboards.flatMap(({ json }) => json.panels as readonly PanelJson[]);
}
const titles = (project: Pick<Project, 'dashboards'>) => panelsOf(project).map(({ title }) => title);

describe('service', () => {
  it('asks only for its own job, with a description on each panel and all texts on each alert', () => {
    const project = service('orders', { target: 'orders:8000', team: 'shop', runbook: 'https://wiki/orders', scrapeInterval: '10s' });
    expect(project.prometheus).toEqual({
      scrape_configs: [
        { job_name: 'orders', scrape_interval: '10s', static_configs: [{ targets: ['orders:8000'], labels: { service: 'orders' } }] },
      ],
    });
    for (const { title, type, description, interval, targets = [] } of panelsOf(project)) {
      if (type === 'row') continue;
      expect(description, title).toMatch(/\.$/);
      if (type !== 'alertlist') expect(interval, title).toBe('10s');
      for (const { expr } of targets) expect(expr.match(/\{[^}]*job="orders"/g)?.length, expr).toBe(expr.match(/[a-z]\{/g)?.length);
    }
    const [group] = project.ruleGroups;
    expect(group).toMatchObject({ name: 'orders-service', interval: '10s' });
    for (const rule of group?.rules ?? []) {
      expect(rule).toMatchObject({
        labels: { severity: expect.stringMatching(/^(critical|warning)$/), team: 'shop', service: 'orders' },
        annotations: { summary: expect.stringContaining('orders'), description: expect.any(String), runbook_url: 'https://wiki/orders' },
      });
    }
    expect(project.slos).toMatchObject([
      { name: 'availability', service: 'orders', target: 0.999, team: 'shop', runbookUrl: 'https://wiki/orders' },
      { name: 'latency', indicator: { histogram: 'http_request_duration_seconds{job="orders"}', threshold: 0.5 } },
    ]);
  });

  it('shows what the service measures itself, by kind', () => {
    const instrument = new Instrument();
    predictionMetrics(instrument);
    instrument.counter({ name: 'mails_total', type: 'counter', help: 'Mails sent', unit: 'count', labels: { kind: 'Kind' } });
    instrument.gauge({ name: 'queue_length', type: 'gauge', help: 'Mails waiting', unit: 'count', labels: {} });
    instrument.histogram({ name: 'mail_bytes', type: 'histogram', help: 'Size of mails', unit: 'bytes', labels: {}, buckets: [1, 10] });
    const plain = service('mailer', { target: 'mailer:8000' });
    const project = service('mailer', { target: 'mailer:8000', metrics: instrument.descriptors() });
    expect(titles(project).slice(titles(plain).length)).toEqual([
      'Predictions',
      'Predictions by model',
      'Failed predictions',
      'p95 by model',
      'Predictions in flight',
      'Own metrics',
      'Mails sent',
      'Mails waiting',
      'Size of mails',
    ]);
    const own = panelsOf(project)
      .slice(-3)
      .map(({ targets = [] }) => targets.map(({ legendFormat, expr }) => [legendFormat, expr]));
    expect(own).toEqual([
      [['{{kind}}', 'sum by (kind) (rate(mails_total{job="mailer"}[$__rate_interval]))']],
      [['{{instance}}', 'queue_length{job="mailer"}']],
      [
        ['p50', 'histogram_quantile(0.5, sum by (le) (rate(mail_bytes_bucket{job="mailer"}[$__rate_interval])))'],
        ['p95', 'histogram_quantile(0.95, sum by (le) (rate(mail_bytes_bucket{job="mailer"}[$__rate_interval])))'],
      ],
    ]);
    const alerts = project.ruleGroups.flatMap(({ rules }) => rules.map((rule) => ('alert' in rule ? rule.alert : rule.record)));
    expect(alerts).toContain('PredictionErrors');
  });

  it('leaves out objectives that are not promised, and refuses those that cannot be', () => {
    const parts = serviceParts('orders', {
      target: 'orders:8000',
      objectives: { availability: false, latency: { target: 0.99, within: 0.1 } },
    });
    expect(parts.slos.map(({ name, target }) => [name, target])).toEqual([['latency', 0.99]]);
    expect(titles(parts)).toContain('Within 0.1 s, last hour');
    expect(titles(parts)).not.toContain('Answered, last hour');
    expect(() => service('orders', { target: 'orders:8000', objectives: { availability: 99.9 } })).toThrow(
      /looks like percent; write 0\.999/,
    );
    expect(() => service('Orders', { target: 'orders:8000' })).toThrow(/use lower-case letters, digits and hyphens/);
  });
});
