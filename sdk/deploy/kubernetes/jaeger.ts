import { jaegerConfig } from '../config/jaeger.ts';
import { formatYaml } from '../files.ts';
import type { DeploySettings } from '../options.ts';
import { STANDARD } from './cluster.ts';
import { account, configHash, configMap, type Manifest } from './manifest.ts';
import { configMount, scratch } from './pod.ts';
import { peersService, service, statefulSet, visitors } from './workload.ts';

const PORTS = {
  http: 16686,
  'otlp-grpc': 4317,
  'otlp-http': 4318,
  'thrift-http': 14268,
  'agent-udp': 6831,
  zipkin: 9411,
  metrics: 8888,
  health: 13133,
};

/** Jaeger 2, seven days on a volume. */
export function jaegerManifests(settings: DeploySettings): Manifest[] {
  const program = { name: 'jaeger', namespace: settings.namespace };
  const config = formatYaml(jaegerConfig('disk'));
  const pod = {
    image: settings.image('jaeger'),
    args: ['--config', '/etc/jaeger/config.yaml'],
    ports: PORTS,
    user: 10001,
    cpu: ['100m', '500m'] as const,
    memory: ['256Mi', '1Gi'] as const,
    probes: { port: 'health', live: '/status', ready: '/status' },
    annotations: configHash(config),
    mounts: [configMount('/etc/jaeger', 'jaeger-config'), { path: '/badger', volume: 'data' }, scratch('/tmp', 'tmp')],
  };
  const { health: _, ...served } = PORTS;
  return [
    ...account(program),
    configMap(program, 'config', { 'config.yaml': config }),
    statefulSet(program, 1, pod, { volume: 'data', size: '20Gi', storageClass: STANDARD }),
    service(program, served),
    peersService(program, served),
    visitors(program, [
      { ports: [16686, 8888], programs: ['grafana', 'prometheus'] },
      { ports: [4317, 4318], programs: ['alloy'] },
      { ports: [4317, 4318, 14268, 9411], namespace: settings.applicationNamespace },
      { ports: [6831], namespace: settings.applicationNamespace, protocol: 'UDP' },
    ]),
  ];
}
