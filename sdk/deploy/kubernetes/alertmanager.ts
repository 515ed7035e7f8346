import type { Definitions } from '../definitions.ts';
import { DeployError } from '../errors.ts';
import { formatYaml } from '../files.ts';
import type { DeploySettings } from '../options.ts';
import { refuseInlineSecrets, secretFiles } from '../secrets.ts';
import { STANDARD } from './cluster.ts';
import { account, configHash, configMap, type Manifest } from './manifest.ts';
import { configMount, type Mount, secretMount } from './pod.ts';
import { disruptionBudget, peersService, service, statefulSet, visitors } from './workload.ts';

const PORTS = { http: 9093, 'cluster-tcp': 9094, 'cluster-udp': 9094 };
const REPLICAS = 2;

/** Alertmanager: a cluster of two that tell each other what was sent. The secrets of receivers are files of the Secret `alertmanager-secrets`. */
export function alertmanagerManifests({ alertmanager }: Definitions, settings: DeploySettings): Manifest[] {
  const program = { name: 'alertmanager', namespace: settings.namespace };
  refuseInlineSecrets('alertmanager.yml', alertmanager);
  const config = formatYaml(alertmanager);
  return [
    ...account(program),
    configMap(program, 'config', { 'alertmanager.yml': config }),
    statefulSet(program, REPLICAS, pod(settings, config, secretMounts(alertmanager)), {
      volume: 'data',
      size: '2Gi',
      storageClass: STANDARD,
    }),
    service(program, { http: 9093 }),
    peersService(program, PORTS),
    disruptionBudget(program, 1),
    visitors(program, [
      { ports: [9093], programs: ['prometheus', 'grafana', 'loki'] },
      { ports: [9094], programs: ['alertmanager'] },
      { ports: [9094], programs: ['alertmanager'], protocol: 'UDP' },
    ]),
  ];
}

const CONFIG_DIR = '/etc/alertmanager';

/** The folders that alertmanager.yml reads secrets from, all of them the same Secret; `configDir` is where the reader has alertmanager.yml. Throws `deploy.conflict`. */
export function secretMounts(alertmanager: unknown, configDir = CONFIG_DIR): Mount[] {
  const folders = new Set(secretFiles(alertmanager).map((path) => path.replace(/\/[^/]*$/, '')));
  if (folders.has(CONFIG_DIR))
    throw new DeployError(
      'deploy.conflict',
      `alertmanager.yml reads a secret from ${CONFIG_DIR} itself; use a folder of its own, as ${CONFIG_DIR}/secrets`,
    );
  return [...folders].map((folder) => secretMount(folder.replace(/^\/etc\/alertmanager(?=\/)/, configDir), 'alertmanager-secrets'));
}

function pod(settings: DeploySettings, config: string, secrets: readonly Mount[]) {
  const peers = Array.from({ length: REPLICAS }, (_, i) => `--cluster.peer=alertmanager-${i}.alertmanager-peers:9094`);
  return {
    image: settings.image('alertmanager'),
    args: [
      '--config.file=/etc/alertmanager/alertmanager.yml',
      '--storage.path=/alertmanager',
      '--data.retention=120h',
      '--cluster.listen-address=0.0.0.0:9094',
      ...peers,
    ],
    ports: PORTS,
    user: 65534,
    cpu: ['50m', '250m'] as const,
    memory: ['64Mi', '256Mi'] as const,
    probes: { port: 'http', live: '/-/healthy', ready: '/-/ready' },
    annotations: configHash(config),
    mounts: [configMount('/etc/alertmanager', 'alertmanager-config'), ...secrets, { path: '/alertmanager', volume: 'data' }],
  };
}
