import { lokiConfig } from '../config/loki.ts';
import type { Definitions } from '../definitions.ts';
import { formatYaml } from '../files.ts';
import type { DeploySettings } from '../options.ts';
import { STANDARD } from './cluster.ts';
import { account, configHash, configMap, type Manifest } from './manifest.ts';
import { configMount, scratch } from './pod.ts';
import { peersService, service, statefulSet, visitors } from './workload.ts';

const PORTS = { http: 3100, grpc: 9095 };

/** Loki in one process, 31 days on a volume of 50 GiB. */
export function lokiManifests({ logRules }: Definitions, settings: DeploySettings): Manifest[] {
  const program = { name: 'loki', namespace: settings.namespace };
  const config = formatYaml(lokiConfig());
  const items = logRules.map(({ name }) => ({ key: `${name}.yml`, path: `fake/${name}.yml` }));
  const rules = { path: '/etc/loki/rules', volume: 'rules', source: { configMap: { name: 'loki-rules', items } }, isReadOnly: true };
  const pod = {
    image: settings.image('loki'),
    args: ['-config.file=/etc/loki/loki.yaml'],
    ports: PORTS,
    user: 10001,
    cpu: ['500m', '1'] as const,
    memory: ['1Gi', '2Gi'] as const,
    probes: { port: 'http', live: '/ready', ready: '/ready', startSeconds: 180 },
    annotations: configHash(config),
    mounts: [
      { ...configMount('/etc/loki/loki.yaml', 'loki-config'), subPath: 'loki.yaml' },
      ...(items.length > 0 ? [rules] : []),
      { path: '/loki', volume: 'data' },
      scratch('/tmp', 'tmp'),
    ],
    pod: { terminationGracePeriodSeconds: 300 },
  };
  return [
    ...account(program),
    configMap(program, 'config', { 'loki.yaml': config }),
    statefulSet(program, 1, pod, { volume: 'data', size: '50Gi', storageClass: STANDARD }),
    service(program, PORTS),
    peersService(program, PORTS),
    visitors(program, [{ ports: [3100], programs: ['grafana', 'alloy', 'promtail', 'prometheus'] }]),
  ];
}

/** The rules of Loki's ruler, which it reads again every minute. */
export function lokiRules({ logRules }: Definitions, { namespace }: DeploySettings): Manifest[] {
  if (logRules.length === 0) return [];
  const data = Object.fromEntries(logRules.map(({ name, content }) => [`${name}.yml`, formatYaml(content)]));
  return [configMap({ name: 'loki', namespace }, 'rules', data)];
}
