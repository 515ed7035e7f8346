// Deployments, StatefulSets and DaemonSets around a pod, the Services before them, and who may reach them.
import { type Manifest, object, type Program, selectorOf } from './manifest.ts';
import { type PodOptions, podTemplate, protocolOf } from './pod.ts';

/** Replicas that any may stand in for. */
export function deployment(program: Program, replicas: number, pod: PodOptions, rest: Readonly<Record<string, unknown>> = {}): Manifest {
  const selector = { matchLabels: selectorOf(program.name) };
  return object('apps/v1', 'Deployment', program, {
    spec: {
      replicas,
      revisionHistoryLimit: 3,
      selector,
      ...rest,
      template: podTemplate(program, { ...pod, pod: { ...spread(program.name, replicas), ...pod.pod } }),
    },
  });
}

/** A volume of each replica. */
export interface Claim {
  readonly volume: string;
  readonly size: string;
  readonly storageClass: string;
}

/** Replicas with names and volumes of their own; their Service is headless and called as the program with `-peers`. */
export function statefulSet(program: Program, replicas: number, pod: PodOptions, claim: Claim): Manifest {
  return object('apps/v1', 'StatefulSet', program, {
    spec: {
      serviceName: `${program.name}-peers`,
      replicas,
      podManagementPolicy: 'Parallel',
      revisionHistoryLimit: 3,
      selector: { matchLabels: selectorOf(program.name) },
      template: podTemplate(program, { ...pod, pod: { ...spread(program.name, replicas), ...pod.pod } }),
      volumeClaimTemplates: [
        {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          metadata: { name: claim.volume },
          spec: { accessModes: ['ReadWriteOnce'], storageClassName: claim.storageClass, resources: { requests: { storage: claim.size } } },
        },
      ],
    },
  });
}

/** One pod on each node. */
export function daemonSet(program: Program, pod: PodOptions): Manifest {
  return object('apps/v1', 'DaemonSet', program, {
    spec: {
      revisionHistoryLimit: 3,
      selector: { matchLabels: selectorOf(program.name) },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '10%' } },
      template: podTemplate(program, { ...pod, pod: { tolerations: [{ operator: 'Exists', effect: 'NoSchedule' }], ...pod.pod } }),
    },
  });
}

function spread(name: string, replicas: number): Record<string, unknown> {
  if (replicas < 2) return {};
  const labelSelector = { matchLabels: selectorOf(name) };
  return {
    topologySpreadConstraints: [
      { maxSkew: 1, topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'ScheduleAnyway', labelSelector },
      { maxSkew: 1, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'ScheduleAnyway', labelSelector },
    ],
  };
}

/** The Service of a program. */
export function service(program: Program, ports: Readonly<Record<string, number>>): Manifest {
  return object('v1', 'Service', program, { spec: { type: 'ClusterIP', selector: selectorOf(program.name), ports: servicePorts(ports) } });
}

/** The Service that gives the replicas of a StatefulSet their names, whether they are ready or not. */
export function peersService(program: Program, ports: Readonly<Record<string, number>>): Manifest {
  const { name } = program;
  return object(
    'v1',
    'Service',
    { ...program, name: `${name}-peers` },
    {
      spec: {
        type: 'ClusterIP',
        clusterIP: 'None',
        publishNotReadyAddresses: true,
        selector: selectorOf(name),
        ports: servicePorts(ports),
      },
    },
  );
}

function servicePorts(ports: Readonly<Record<string, number>>) {
  return Object.entries(ports).map(([name, port]) => ({ name, port, targetPort: name, protocol: protocolOf(name) }));
}

/** How many pods may be gone at once when nodes are emptied. */
export function disruptionBudget(program: Program, minAvailable: number): Manifest {
  return object('policy/v1', 'PodDisruptionBudget', program, {
    spec: { minAvailable, selector: { matchLabels: selectorOf(program.name) } },
  });
}

/** Who may reach a program: other programs of its namespace, or all pods of a namespace. */
export interface Visitor {
  readonly ports: readonly number[];
  /** Programs by name, in the program's own namespace unless `namespace` is given; without both, everybody. */
  readonly programs?: readonly string[];
  readonly namespace?: string;
  readonly protocol?: 'TCP' | 'UDP';
}

/** A NetworkPolicy that lets these visitors in; everybody else stays out. */
export function visitors(program: Program, allowed: readonly Visitor[]): Manifest {
  return object('networking.k8s.io/v1', 'NetworkPolicy', program, {
    spec: {
      podSelector: { matchLabels: selectorOf(program.name) },
      policyTypes: ['Ingress'],
      ingress: allowed.map((visitor) => ({
        ...from(visitor),
        ports: visitor.ports.map((port) => ({ port, protocol: visitor.protocol ?? 'TCP' })),
      })),
    },
  });
}

function from({ programs, namespace }: Visitor): Record<string, unknown> {
  if (programs === undefined && namespace === undefined) return {};
  const namespaceSelector = namespace === undefined ? {} : { namespaceSelector: namespaceLabel(namespace) };
  if (programs === undefined) return { from: [namespaceSelector] };
  return { from: programs.map((name) => ({ ...namespaceSelector, podSelector: { matchLabels: selectorOf(name) } })) };
}

/** Finds a namespace by its name. */
export function namespaceLabel(namespace: string) {
  return { matchLabels: { 'kubernetes.io/metadata.name': namespace } };
}
