import { alloyForKubernetes } from '../config/alloy.ts';
import type { DeploySettings } from '../options.ts';
import { account, configHash, configMap, type Manifest } from './manifest.ts';
import { configMount, fieldEnv, scratch } from './pod.ts';
import { daemonSet, service, visitors } from './workload.ts';

const PORTS = { http: 12345, 'otlp-grpc': 4317, 'otlp-http': 4318 };

/** Alloy on each node: log lines of its pods to Loki, read through the API server, and spans over OTLP to Tempo and Jaeger. */
export function alloyManifests(settings: DeploySettings): Manifest[] {
  const program = { name: 'alloy', namespace: settings.namespace };
  const config = alloyForKubernetes({ tempo: 'tempo:4317', jaeger: 'jaeger:4317' });
  const pod = {
    image: settings.image('alloy'),
    args: [
      'run',
      '--server.http.listen-addr=0.0.0.0:12345',
      '--storage.path=/var/lib/alloy',
      '--disable-reporting',
      '/etc/alloy/config.alloy',
    ],
    env: [fieldEnv('NODE_NAME', 'spec.nodeName')],
    ports: PORTS,
    user: 473,
    cpu: ['100m', '500m'] as const,
    memory: ['128Mi', '512Mi'] as const,
    probes: { port: 'http', live: '/-/healthy', ready: '/-/ready' },
    annotations: configHash(config),
    asksApi: true,
    mounts: [configMount('/etc/alloy', 'alloy-config'), scratch('/var/lib/alloy', 'data', '256Mi')],
  };
  return [
    ...account(program, [
      { apiGroups: [''], resources: ['pods', 'namespaces'], verbs: ['get', 'list', 'watch'] },
      { apiGroups: [''], resources: ['pods/log'], verbs: ['get', 'list', 'watch'] },
    ]),
    configMap(program, 'config', { 'config.alloy': config.trimStart() }),
    daemonSet(program, pod),
    service(program, PORTS),
    visitors(program, [
      { ports: [12345], programs: ['prometheus'] },
      { ports: [4317, 4318], namespace: settings.applicationNamespace },
    ]),
  ];
}
