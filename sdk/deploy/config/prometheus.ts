// prometheus.yml for Compose and for Kubernetes from the same jobs. In Compose a program is a host name; in Kubernetes it is a Service whose
// endpoints are discovered, so that each replica is a target of its own.
import type { Definitions, ScrapeJob, StaticGroup } from '../definitions.ts';
import type { DeploySettings } from '../options.ts';
import { programOf, programsOf } from './targets.ts';

const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
const API_SERVER = { authorization: { credentials_file: `${ACCOUNT}/token` }, tls_config: { ca_file: `${ACCOUNT}/ca.crt` } };
const GLOBAL = { scrape_interval: '15s', scrape_timeout: '10s', evaluation_interval: '15s' };

/** Programs of the stack that tell metrics, with their port and path: those that the project does not scrape get a job. */
export interface ScrapedProgram {
  readonly program: string;
  readonly port: number;
  readonly path?: string;
}

/** What the upstream stack consists of everywhere. */
export const UPSTREAM_PROGRAMS: readonly ScrapedProgram[] = [
  { program: 'prometheus', port: 9090 },
  { program: 'alertmanager', port: 9093 },
  { program: 'grafana', port: 3000 },
  { program: 'loki', port: 3100 },
  { program: 'alloy', port: 12345 },
  { program: 'tempo', port: 3200 },
  { program: 'jaeger', port: 8888 },
];

/** prometheus.yml of Compose. Jobs in `own` are written as they are. */
export function prometheusForCompose(
  definitions: Definitions,
  programs: readonly ScrapedProgram[],
  { alertmanager = true, own = [] }: { readonly alertmanager?: boolean; readonly own?: readonly ScrapeJob[] } = {},
): unknown {
  const jobs = definitions.jobs.map((job) => ({ ...job, ...(job.static_configs && { static_configs: job.static_configs.map(toHosts) }) }));
  return {
    global: { ...GLOBAL, ...definitions.global },
    ...(alertmanager && { alerting: { alertmanagers: [{ static_configs: [{ targets: ['alertmanager:9093'] }] }] } }),
    rule_files: ['rules/*.yml'],
    scrape_configs: [
      ...own,
      ...jobs,
      ...added(definitions, programs).map((one) => ({ ...ownJob(one), static_configs: [{ targets: [address(one)] }] })),
    ],
  };
}

function toHosts(group: StaticGroup): StaticGroup {
  return { ...group, targets: group.targets.map((target) => address(programOf(target))) };
}

function address({ program, port }: ScrapedProgram): string {
  return `${program}:${port}`;
}

/** prometheus.yml of Kubernetes; `alertmanagers` is the headless Service of Alertmanager, '' where the reader has its own. Jobs in `own` are written as they are. */
export function prometheusForKubernetes(
  definitions: Definitions,
  programs: readonly ScrapedProgram[],
  settings: DeploySettings,
  alertmanagers: string,
  own: readonly ScrapeJob[] = [],
): unknown {
  const { cluster, region } = settings;
  const replica = alertmanagers === '' ? {} : { replica: '$POD_NAME' };
  const external = { ...(definitions.global.external_labels as object | undefined), cluster, region, ...replica };
  return {
    global: { ...GLOBAL, ...definitions.global, external_labels: external },
    ...(alertmanagers !== '' && { alerting: alerting(alertmanagers) }),
    rule_files: ['/etc/prometheus/rules/*.yml'],
    scrape_configs: [
      ...own,
      ...definitions.jobs.flatMap((job) => discovered(job, settings)),
      ...added(definitions, programs).map((one) => ({ ...ownJob(one), ...endpointsOf([{ targets: [address(one)] }], settings) })),
      ...clusterJobs(),
    ],
  };
}

/** Each Alertmanager of the cluster is told; replicas of Prometheus tell the same alert, so what tells them apart goes. */
function alerting(service: string): unknown {
  return {
    alert_relabel_configs: [{ action: 'labeldrop', regex: 'replica' }],
    alertmanagers: [{ dns_sd_configs: [{ names: [service], type: 'A', port: 9093 }] }],
  };
}

function added(definitions: Definitions, programs: readonly ScrapedProgram[]): readonly ScrapedProgram[] {
  const there = programsOf(definitions.jobs);
  return programs.filter(({ program }) => !there.has(program));
}

function ownJob({ program, path }: ScrapedProgram): ScrapeJob {
  return { job_name: program, ...(path !== undefined && { metrics_path: path }) };
}

function discovered({ static_configs: groups, ...job }: ScrapeJob, settings: DeploySettings): ScrapeJob[] {
  if (!groups || groups.length === 0) return [job];
  const { relabel_configs: own = [] } = job;
  const { kubernetes_sd_configs, relabel_configs } = endpointsOf(groups, settings);
  return [{ ...job, kubernetes_sd_configs, relabel_configs: [...relabel_configs, ...own] }];
}

/** Discovers the endpoints of the Services behind static targets and gives them their labels. */
function endpointsOf(groups: readonly StaticGroup[], { namespace, applicationNamespace }: DeploySettings) {
  const wanted = groups.flatMap(({ targets, labels = {} }) => targets.map((target) => ({ ...programOf(target), labels })));
  const service = (program: string) => (program === 'app' ? 'prediction-api' : program);
  const place = (program: string) => (program === 'app' ? applicationNamespace : namespace);
  const by = ['__meta_kubernetes_service_name', '__meta_kubernetes_endpointslice_port'];
  const keep = [...new Set(wanted.map(({ program, port }) => `${service(program)};${port}`))];
  return {
    kubernetes_sd_configs: [{ role: 'endpointslice', namespaces: { names: [...new Set(wanted.map(({ program }) => place(program)))] } }],
    relabel_configs: [
      { source_labels: by, regex: keep.join('|'), action: 'keep' },
      ...wanted.flatMap(({ program, port, labels }) =>
        Object.entries(labels).map(([name, value]) => ({
          source_labels: by,
          regex: `${service(program)};${port}`,
          target_label: name,
          replacement: value,
        })),
      ),
      { source_labels: ['__meta_kubernetes_namespace'], target_label: 'namespace' },
      { source_labels: ['__meta_kubernetes_pod_name'], target_label: 'pod' },
      { source_labels: ['__meta_kubernetes_pod_node_name'], target_label: 'node' },
    ],
  };
}

/** The exercise's discovery jobs: API servers, kubelets and their cAdvisor, and pods that ask for it by annotation. */
function clusterJobs(): ScrapeJob[] {
  const nodeLabels = { action: 'labelmap', regex: '__meta_kubernetes_node_label_(.+)' };
  return [
    {
      job_name: 'kubernetes-apiservers',
      scheme: 'https',
      ...API_SERVER,
      kubernetes_sd_configs: [{ role: 'endpointslice', namespaces: { names: ['default'] } }],
      relabel_configs: [
        {
          source_labels: ['__meta_kubernetes_namespace', '__meta_kubernetes_service_name', '__meta_kubernetes_endpointslice_port_name'],
          action: 'keep',
          regex: 'default;kubernetes;https',
        },
      ],
    },
    {
      job_name: 'kubernetes-nodes',
      scheme: 'https',
      ...API_SERVER,
      kubernetes_sd_configs: [{ role: 'node' }],
      relabel_configs: [nodeLabels],
    },
    {
      job_name: 'kubernetes-cadvisor',
      scheme: 'https',
      metrics_path: '/metrics/cadvisor',
      ...API_SERVER,
      kubernetes_sd_configs: [{ role: 'node' }],
      relabel_configs: [nodeLabels],
    },
    podJob(),
  ];
}

function podJob(): ScrapeJob {
  const annotation = (name: string) => `__meta_kubernetes_pod_annotation_prometheus_io_${name}`;
  return {
    job_name: 'kubernetes-pods',
    kubernetes_sd_configs: [{ role: 'pod' }],
    relabel_configs: [
      { source_labels: [annotation('scrape')], action: 'keep', regex: 'true' },
      { source_labels: [annotation('scheme')], regex: '(https?)', target_label: '__scheme__' },
      { source_labels: [annotation('path')], regex: '(.+)', target_label: '__metrics_path__' },
      // The exercise matches the annotation alone against a pattern of address and port; both are needed.
      {
        source_labels: ['__address__', annotation('port')],
        regex: '(.+?)(?::\\d+)?;(\\d+)',
        target_label: '__address__',
        replacement: '$1:$2',
      },
      { action: 'labelmap', regex: '__meta_kubernetes_pod_label_(.+)' },
      { source_labels: ['__meta_kubernetes_namespace'], target_label: 'kubernetes_namespace' },
      { source_labels: ['__meta_kubernetes_pod_name'], target_label: 'kubernetes_pod_name' },
    ],
  };
}
