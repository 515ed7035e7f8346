import type { DeploySettings } from '../options.ts';
import { account, type Manifest, type PolicyRule } from './manifest.ts';
import { fieldEnv, hostMount, scratch } from './pod.ts';
import { daemonSet, deployment, service, visitors } from './workload.ts';

/** node_exporter on each node: nobody's user, and nothing of the node that it could write. */
export function nodeExporterManifests(settings: DeploySettings): Manifest[] {
  const program = { name: 'node-exporter', namespace: settings.namespace };
  const pod = {
    image: settings.image('nodeExporter'),
    args: [
      '--path.procfs=/host/proc',
      '--path.sysfs=/host/sys',
      '--path.rootfs=/host/root',
      '--collector.filesystem.mount-points-exclude=^/(sys|proc|dev|host|etc|run|var/lib/(containerd|docker|kubelet)/.+)($|/)',
    ],
    ports: { metrics: 9100 },
    user: 65534,
    cpu: ['100m', '200m'] as const,
    memory: ['64Mi', '256Mi'] as const,
    probes: { port: 'metrics', live: '/', ready: '/' },
    mounts: [hostMount('/host/proc', 'proc', '/proc'), hostMount('/host/sys', 'sys', '/sys'), hostMount('/host/root', 'root', '/')],
    // The node's network interfaces and processes, as the exercise asks for.
    pod: { hostNetwork: true, hostPID: true },
  };
  return [...account(program), daemonSet(program, pod), service(program, { metrics: 9100 })];
}

/** kube-state-metrics: the states of the cluster's objects. It may list them, and no Secret. */
export function kubeStateMetricsManifests(settings: DeploySettings): Manifest[] {
  const program = { name: 'kube-state-metrics', namespace: settings.namespace };
  const pod = {
    image: settings.image('kubeStateMetrics'),
    args: [
      `--resources=${RESOURCES.flatMap(([, names]) => names)
        .sort()
        .join(',')}`,
    ],
    ports: { metrics: 8080, telemetry: 8081 },
    user: 65534,
    cpu: ['200m', '500m'] as const,
    memory: ['256Mi', '512Mi'] as const,
    probes: { port: 'metrics', live: '/livez', ready: '/healthz' },
    asksApi: true,
  };
  const rules: PolicyRule[] = RESOURCES.map(([group, resources]) => ({ apiGroups: [group], resources, verbs: ['list', 'watch'] }));
  return [
    ...account(program, rules),
    deployment(program, 1, pod),
    service(program, { metrics: 8080 }),
    visitors(program, [{ ports: [8080, 8081], programs: ['prometheus', 'alidade'] }]),
  ];
}

const RESOURCES: readonly (readonly [group: string, resources: readonly string[]])[] = [
  [
    '',
    [
      'configmaps',
      'endpoints',
      'limitranges',
      'namespaces',
      'nodes',
      'persistentvolumeclaims',
      'persistentvolumes',
      'pods',
      'replicationcontrollers',
      'resourcequotas',
      'services',
    ],
  ],
  ['apps', ['daemonsets', 'deployments', 'replicasets', 'statefulsets']],
  ['batch', ['cronjobs', 'jobs']],
  ['autoscaling', ['horizontalpodautoscalers']],
  ['policy', ['poddisruptionbudgets']],
  ['networking.k8s.io', ['ingresses', 'networkpolicies']],
  ['storage.k8s.io', ['storageclasses', 'volumeattachments']],
];

/** NVIDIA's exporter on nodes with GPUs (label `nvidia.com/gpu.present`, set by NVIDIA's operator). */
export function gpuExporterManifests(settings: DeploySettings): Manifest[] {
  const program = { name: 'gpu-exporter', namespace: settings.namespace };
  const pod = {
    image: settings.image('gpuExporter'),
    env: [
      { name: 'DCGM_EXPORTER_LISTEN', value: ':9400' },
      { name: 'DCGM_EXPORTER_KUBERNETES', value: 'true' },
      fieldEnv('NODE_NAME', 'spec.nodeName'),
    ],
    ports: { metrics: 9400 },
    // The driver's devices and the kubelet's socket belong to root; profiling metrics need SYS_ADMIN and are left out.
    user: 0,
    cpu: ['100m', '500m'] as const,
    memory: ['256Mi', '1Gi'] as const,
    probes: { port: 'metrics', live: '/health', ready: '/health', startSeconds: 180 },
    mounts: [hostMount('/var/lib/kubelet/pod-resources', 'pod-resources', '/var/lib/kubelet/pod-resources'), scratch('/tmp', 'tmp')],
    pod: {
      runtimeClassName: 'nvidia',
      nodeSelector: { 'nvidia.com/gpu.present': 'true' },
      tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }],
    },
  };
  return [
    ...account(program),
    daemonSet(program, pod),
    service(program, { metrics: 9400 }),
    visitors(program, [{ ports: [9400], programs: ['prometheus', 'alidade'] }]),
  ];
}
