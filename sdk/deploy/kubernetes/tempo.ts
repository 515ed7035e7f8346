import { tempoConfig } from '../config/tempo.ts';
import { formatYaml } from '../files.ts';
import type { DeploySettings } from '../options.ts';
import { STANDARD } from './cluster.ts';
import { account, configHash, configMap, type Manifest } from './manifest.ts';
import { configMount, scratch } from './pod.ts';
import { peersService, service, statefulSet, visitors } from './workload.ts';

const PORTS = { http: 3200, 'otlp-grpc': 4317, 'otlp-http': 4318 };

/** Tempo in one process, seven days; its span metrics go to both replicas of Prometheus. */
export function tempoManifests(settings: DeploySettings): Manifest[] {
  const program = { name: 'tempo', namespace: settings.namespace };
  const config = formatYaml(tempoConfig([0, 1].map((i) => `http://prometheus-${i}.prometheus-peers:9090/api/v1/write`)));
  const pod = {
    image: settings.image('tempo'),
    args: ['-config.file=/etc/tempo/tempo.yaml'],
    ports: PORTS,
    user: 10001,
    cpu: ['250m', '1'] as const,
    memory: ['512Mi', '2Gi'] as const,
    probes: { port: 'http', live: '/ready', ready: '/ready', startSeconds: 180 },
    annotations: configHash(config),
    mounts: [configMount('/etc/tempo', 'tempo-config'), { path: '/var/tempo', volume: 'data' }, scratch('/tmp', 'tmp')],
  };
  return [
    ...account(program),
    configMap(program, 'config', { 'tempo.yaml': config }),
    statefulSet(program, 1, pod, { volume: 'data', size: '50Gi', storageClass: STANDARD }),
    service(program, PORTS),
    peersService(program, PORTS),
    visitors(program, [
      { ports: [3200], programs: ['grafana', 'prometheus'] },
      { ports: [4317, 4318], programs: ['alloy'] },
    ]),
  ];
}
