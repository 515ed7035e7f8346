import { prometheusForKubernetes, type ScrapedProgram, UPSTREAM_PROGRAMS } from '../config/prometheus.ts';
import type { Definitions } from '../definitions.ts';
import { formatYaml } from '../files.ts';
import type { DeploySettings } from '../options.ts';
import { refuseInlineSecrets } from '../secrets.ts';
import { FAST } from './cluster.ts';
import { account, configMap, DISCOVERY_RULES, type Manifest } from './manifest.ts';
import { fieldEnv, type Mount } from './pod.ts';
import { disruptionBudget, peersService, service, statefulSet, visitors } from './workload.ts';

const PORTS = { http: 9090 };

/** Programs of the stack that are scraped, besides those that the definitions name. */
export const SCRAPED: readonly ScrapedProgram[] = [
  ...UPSTREAM_PROGRAMS,
  { program: 'node-exporter', port: 9100 },
  { program: 'kube-state-metrics', port: 8080 },
  { program: 'gpu-exporter', port: 9400 },
  { program: 'app', port: 5000 },
];

/** Prometheus: two replicas that scrape the same, 30 days, at most 50 GB each. They follow changes of their configuration by themselves. */
export function prometheusManifests(definitions: Definitions, settings: DeploySettings): Manifest[] {
  const program = { name: 'prometheus', namespace: settings.namespace };
  const config = prometheusForKubernetes(definitions, SCRAPED, settings, `alertmanager-peers.${settings.namespace}.svc`);
  refuseInlineSecrets('prometheus.yml', config);
  return [
    ...account(program, DISCOVERY_RULES),
    configMap(program, 'config', { 'prometheus.yml': formatYaml(config) }),
    statefulSet(program, 2, pod(definitions, settings), { volume: 'data', size: '100Gi', storageClass: FAST }),
    service(program, PORTS),
    peersService(program, PORTS),
    disruptionBudget(program, 1),
    visitors(program, [{ ports: [9090], programs: ['prometheus', 'grafana', 'tempo'] }]),
  ];
}

/** The rule files, which Prometheus and Alidade mount. */
export function rulesMap({ rules }: Definitions, { namespace }: DeploySettings): Manifest {
  const data = Object.fromEntries(rules.map(({ name, content }) => [`${name}.yml`, formatYaml(content)]));
  return configMap({ name: 'prometheus', namespace }, 'rules', data);
}

/** prometheus.yml of a ConfigMap, and the rule files below `rules/`, as one volume. */
export function prometheusMount(path: string, config: string, { rules }: Definitions): Mount {
  const items = rules.map(({ name }) => ({ key: `${name}.yml`, path: `rules/${name}.yml` }));
  const sources = [
    { configMap: { name: config, items: [{ key: 'prometheus.yml', path: 'prometheus.yml' }] } },
    ...(items.length > 0 ? [{ configMap: { name: 'prometheus-rules', items } }] : []),
  ];
  return { path, volume: 'prometheus', source: { projected: { sources } }, isReadOnly: true };
}

function pod(definitions: Definitions, settings: DeploySettings) {
  return {
    image: settings.image('prometheus'),
    args: [
      '--config.file=/etc/prometheus/prometheus.yml',
      '--storage.tsdb.path=/prometheus',
      '--storage.tsdb.retention.time=30d',
      '--storage.tsdb.retention.size=50GB',
      '--web.enable-remote-write-receiver',
      '--enable-feature=exemplar-storage,auto-reload-config',
      '--config.auto-reload-interval=30s',
    ],
    env: [fieldEnv('POD_NAME', 'metadata.name')],
    ports: PORTS,
    user: 65534,
    cpu: ['1', '2'] as const,
    memory: ['4Gi', '8Gi'] as const,
    // Replaying the log of a large head takes its time.
    probes: { port: 'http', live: '/-/healthy', ready: '/-/ready', startSeconds: 900 },
    asksApi: true,
    mounts: [prometheusMount('/etc/prometheus', 'prometheus-config', definitions), { path: '/prometheus', volume: 'data' }],
    pod: { terminationGracePeriodSeconds: 300 },
  };
}
