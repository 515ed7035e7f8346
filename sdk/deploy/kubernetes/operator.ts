// For clusters with the Prometheus operator (kube-prometheus-stack): the same rules and scrape jobs as its custom resources.
import type { Definitions } from '../definitions.ts';
import type { DeploySettings } from '../options.ts';
import { labelsOf, type Manifest, object, selectorOf } from './manifest.ts';

/** The label by which kube-prometheus-stack, installed as `prometheus`, selects its resources. */
const RELEASE = { release: 'prometheus' };

/** Each rule file as a PrometheusRule. */
export function prometheusRules({ rules }: Definitions, { namespace }: DeploySettings): Manifest[] {
  return rules.map(({ name, content }) => ({
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name, namespace, labels: { ...labelsOf('prometheus'), ...RELEASE } },
    spec: { groups: content.groups },
  }));
}

/** What is scraped beside what kube-prometheus-stack brings: the prediction API, and the programs of logs and traces. */
export function serviceMonitors(definitions: Definitions, settings: DeploySettings): Manifest[] {
  const { namespace, applicationNamespace } = settings;
  const api = definitions.jobs.find(({ static_configs = [] }) =>
    static_configs.some(({ targets }) => targets.some((target) => target.endsWith(':5000'))),
  );
  const interval = typeof api?.scrape_interval === 'string' ? api.scrape_interval : '15s';
  const others = [
    { name: 'loki', port: 'http' },
    { name: 'alloy', port: 'http' },
    { name: 'tempo', port: 'http' },
    { name: 'jaeger', port: 'metrics' },
    { name: 'gpu-exporter', port: 'metrics' },
  ];
  return [
    monitor('prediction-api', applicationNamespace, {
      port: 'http',
      path: '/metrics',
      interval,
      relabelings: [...jobName(api?.job_name), ...labelsFrom(api)],
    }),
    ...others.map(({ name, port }) => monitor(name, namespace, { port, interval: '30s' })),
  ];
}

function monitor(name: string, namespace: string, endpoint: Readonly<Record<string, unknown>>): Manifest {
  const base = object('monitoring.coreos.com/v1', 'ServiceMonitor', { name, namespace });
  return {
    ...base,
    metadata: { ...base.metadata, labels: { ...base.metadata.labels, ...RELEASE } },
    spec: { selector: { matchLabels: selectorOf(name) }, namespaceSelector: { matchNames: [namespace] }, endpoints: [endpoint] },
  };
}

/** Rules and dashboards know the job by the name that it has in the definitions. */
function jobName(name: string | undefined) {
  return name === undefined ? [] : [{ action: 'replace', targetLabel: 'job', replacement: name }];
}

function labelsFrom(job: Definitions['jobs'][number] | undefined) {
  const labels = job?.static_configs?.[0]?.labels ?? {};
  return Object.entries(labels).map(([targetLabel, replacement]) => ({ action: 'replace', targetLabel, replacement }));
}
