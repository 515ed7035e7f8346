import { jobsForAlidade } from '../config/alidade.ts';
import { dashboardProviders } from '../config/grafana.ts';
import { prometheusForKubernetes } from '../config/prometheus.ts';
import type { Definitions } from '../definitions.ts';
import { formatYaml } from '../files.ts';
import type { DeploySettings } from '../options.ts';
import { refuseInlineSecrets } from '../secrets.ts';
import { secretMounts } from './alertmanager.ts';
import { FAST } from './cluster.ts';
import { dashboardsMount } from './grafana.ts';
import { account, configMap, DISCOVERY_RULES, type Manifest } from './manifest.ts';
import { fieldEnv, type Mount, type PodOptions, scratch, secretEnv, secretMount } from './pod.ts';
import { prometheusMount } from './prometheus.ts';
import { peersService, service, statefulSet, visitors } from './workload.ts';

/** Where Alidade's container looks for its files. */
export const CONFIG_DIR = '/etc/alidade';
/** The Secret with the token that callers show, and where containers have it as a file. */
export const CREDENTIALS = 'alidade-credentials';
export const TOKEN_DIR = '/run/secrets/alidade';

const PORTS = { http: 9090, 'otlp-grpc': 4317, 'otlp-http': 4318 };

/**
 * Alidade in place of the whole stack: one process, one volume. It reads the same prometheus.yml, rules, alertmanager.yml and dashboards, and
 * discovers the cluster's targets. Callers show the token of the Secret `alidade-credentials`.
 */
export function alidadeManifests(definitions: Definitions, settings: DeploySettings): Manifest[] {
  const program = { name: 'alidade', namespace: settings.namespace };
  const programs = [
    { program: 'node-exporter', port: 9100 },
    { program: 'kube-state-metrics', port: 8080 },
    { program: 'gpu-exporter', port: 9400 },
    { program: 'app', port: 5000 },
  ];
  const jobs = jobsForAlidade(definitions, `${TOKEN_DIR}/token`);
  const prometheus = prometheusForKubernetes(jobs.definitions, programs, settings, '', jobs.own);
  refuseInlineSecrets('alertmanager.yml', definitions.alertmanager);
  return [
    ...account(program, DISCOVERY_RULES),
    configMap(program, 'config', {
      'prometheus.yml': formatYaml(prometheus),
      'alertmanager.yml': formatYaml(definitions.alertmanager),
      'dashboards.yaml': formatYaml(dashboardProviders(definitions)),
    }),
    statefulSet(program, 1, pod(definitions, settings), { volume: 'data', size: '100Gi', storageClass: FAST }),
    service(program, PORTS),
    peersService(program, PORTS),
    // Everybody who has the token: agents on nodes' own networks cannot be told from others by their pods.
    visitors(program, [{ ports: [9090, 4317, 4318] }]),
  ];
}

function pod(definitions: Definitions, settings: DeploySettings): PodOptions {
  return {
    image: settings.alidadeImage,
    args: [
      'up',
      CONFIG_DIR,
      '--listen=0.0.0.0:9090',
      '--otlp-grpc=0.0.0.0:4317',
      '--otlp-http=0.0.0.0:4318',
      '--data=/var/lib/alidade',
      '--retention=metrics=30d',
      '--retention=logs=30d',
      '--retention=traces=7d',
      '--enable-lifecycle',
    ],
    env: [secretEnv('ALIDADE_TOKEN', CREDENTIALS, 'token'), fieldEnv('POD_NAME', 'metadata.name')],
    ports: PORTS,
    user: 10001,
    cpu: ['1', '2'],
    memory: ['1Gi', '4Gi'],
    probes: { port: 'http', live: '/-/healthy', ready: '/-/ready', startSeconds: 300 },
    asksApi: true,
    mounts: [
      ...configMounts(definitions),
      ...secretMounts(definitions.alertmanager, `${CONFIG_DIR}/alertmanager`),
      secretMount(TOKEN_DIR, CREDENTIALS, false),
      dashboardsMount(definitions.dashboards, `${CONFIG_DIR}/grafana/dashboards`),
      ...scratches(),
    ],
    pod: { terminationGracePeriodSeconds: 60 },
  };
}

/** Each file where Alidade finds it by itself. */
function configMounts(definitions: Definitions): Mount[] {
  const from = (path: string, volume: string, key: string, name: string): Mount => ({
    path: `${CONFIG_DIR}/${path}`,
    volume,
    source: { configMap: { name: 'alidade-config', items: [{ key, path: name }] } },
    isReadOnly: true,
  });
  return [
    prometheusMount(`${CONFIG_DIR}/prometheus`, 'alidade-config', definitions),
    from('alertmanager', 'alertmanager', 'alertmanager.yml', 'alertmanager.yml'),
    from('grafana/provisioning/dashboards', 'providers', 'dashboards.yaml', 'all.yaml'),
  ];
}

function scratches(): Mount[] {
  return [{ path: '/var/lib/alidade', volume: 'data' }, scratch('/tmp', 'tmp', '256Mi')];
}
