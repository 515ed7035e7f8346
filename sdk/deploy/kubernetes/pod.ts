// Pods, all of one shape: nobody's user, a root file system that cannot be written, no privileges, bounded resources, probes.
import { labelsOf, type Program } from './manifest.ts';

/** A path inside the container. `source` is the volume as Kubernetes has it; none for a claim of a StatefulSet. */
export interface Mount {
  readonly path: string;
  readonly volume: string;
  readonly source?: Readonly<Record<string, unknown>>;
  readonly subPath?: string;
  readonly isReadOnly?: boolean;
}

/** What is asked for and what is the most: `['250m', '1']`. */
export type Bounds = readonly [request: string, limit: string];

/** A container and its pod. */
export interface PodOptions {
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly EnvVar[];
  readonly envFrom?: readonly unknown[];
  /** Ports by name. */
  readonly ports: Readonly<Record<string, number>>;
  /** The image's user and group, a number, so that Kubernetes can tell that it is not root. */
  readonly user: number;
  readonly cpu: Bounds;
  readonly memory: Bounds;
  /** HTTP paths that answer 200 when the program lives and when it can serve. */
  readonly probes?: Probes;
  readonly mounts?: readonly Mount[];
  readonly annotations?: Readonly<Record<string, string>>;
  /** Whether the program asks the Kubernetes API. */
  readonly asksApi?: boolean;
  /** Additional keys of the pod. */
  readonly pod?: Readonly<Record<string, unknown>>;
  /** Replaces or adds keys of the container's security context; says in a comment beside it why. */
  readonly privileges?: Readonly<Record<string, unknown>>;
}

export interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: unknown;
}

export interface Probes {
  readonly port: string;
  readonly live: string;
  readonly ready: string;
  /** How long a start may take, in seconds; default 60. */
  readonly startSeconds?: number;
  /** Replaces `httpGet`, for programs that answer only who shows credentials. */
  readonly exec?: readonly string[];
}

/** An environment variable from a Secret. */
export function secretEnv(name: string, secret: string, key: string, isOptional = false): EnvVar {
  return { name, valueFrom: { secretKeyRef: { name: secret, key, ...(isOptional && { optional: true }) } } };
}

/** An environment variable from the pod's own fields. */
export function fieldEnv(name: string, fieldPath: string): EnvVar {
  return { name, valueFrom: { fieldRef: { fieldPath } } };
}

/** A mounted ConfigMap. */
export function configMount(path: string, configMap: string): Mount {
  return { path, volume: configMap, source: { configMap: { name: configMap } }, isReadOnly: true };
}

/** A mounted Secret, which may be missing where it is optional. */
export function secretMount(path: string, secret: string, isOptional = true): Mount {
  return {
    path,
    volume: secret,
    source: { secret: { secretName: secret, defaultMode: 0o440, ...(isOptional && { optional: true }) } },
    isReadOnly: true,
  };
}

/** A writable place that lives as long as the pod. */
export function scratch(path: string, volume: string, sizeLimit = '64Mi'): Mount {
  return { path, volume, source: { emptyDir: { sizeLimit } } };
}

/** A folder of the node, never writable. */
export function hostMount(path: string, volume: string, hostPath: string): Mount {
  return { path, volume, source: { hostPath: { path: hostPath } }, isReadOnly: true };
}

/** The template of a pod. */
export function podTemplate({ name }: Program, options: PodOptions): Record<string, unknown> {
  const { user, mounts = [], annotations, asksApi = false, pod = {} } = options;
  const volumes = new Map(mounts.flatMap(({ volume, source }) => (source ? [[volume, { name: volume, ...source }] as const] : [])));
  return {
    metadata: { labels: labelsOf(name), ...(annotations && { annotations }) },
    spec: {
      serviceAccountName: name,
      automountServiceAccountToken: asksApi,
      enableServiceLinks: false,
      securityContext: {
        runAsNonRoot: user !== 0,
        runAsUser: user,
        runAsGroup: user,
        fsGroup: user,
        fsGroupChangePolicy: 'OnRootMismatch',
        seccompProfile: { type: 'RuntimeDefault' },
      },
      ...pod,
      containers: [container(name, options)],
      ...(volumes.size > 0 && { volumes: [...volumes.values()] }),
    },
  };
}

function container(name: string, options: PodOptions): Record<string, unknown> {
  const { image, command, args, env, envFrom, ports, cpu, memory, probes, mounts = [], privileges } = options;
  return {
    name,
    image,
    imagePullPolicy: 'IfNotPresent',
    ...(command && { command }),
    ...(args && { args }),
    ...(env && { env }),
    ...(envFrom && { envFrom }),
    ports: Object.entries(ports).map(([port, containerPort]) => ({ name: port, containerPort, protocol: protocolOf(port) })),
    ...(probes && probesOf(probes)),
    resources: { requests: { cpu: cpu[0], memory: memory[0] }, limits: { cpu: cpu[1], memory: memory[1] } },
    securityContext: { ...CONTAINER_SECURITY, ...privileges },
    ...(mounts.length > 0 && { volumeMounts: mounts.map(mountOf) }),
  };
}

/** What every container has, also those beside the main one. */
export const CONTAINER_SECURITY = { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } };

/** The protocol of a port, by its name. */
export function protocolOf(port: string): string {
  return port.endsWith('udp') ? 'UDP' : 'TCP';
}

function mountOf({ path, volume, subPath, isReadOnly }: Mount) {
  return { name: volume, mountPath: path, ...(subPath !== undefined && { subPath }), ...(isReadOnly && { readOnly: true }) };
}

function probesOf({ port, live, ready, startSeconds = 60, exec }: Probes) {
  const ask = (path: string) => (exec ? { exec: { command: exec } } : { httpGet: { path, port } });
  const periodSeconds = 5;
  return {
    startupProbe: { ...ask(live), periodSeconds, failureThreshold: Math.ceil(startSeconds / periodSeconds) },
    readinessProbe: { ...ask(ready), periodSeconds, timeoutSeconds: 5 },
    livenessProbe: { ...ask(live), periodSeconds: 15, timeoutSeconds: 5, failureThreshold: 4 },
  };
}
