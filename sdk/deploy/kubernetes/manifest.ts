// Objects of Kubernetes as plain data, and the labels that all of ours have.
import { createHash } from 'node:crypto';

/** An object of Kubernetes. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [key: string]: unknown;
}

/** A program: its name and the namespace that it runs in. */
export interface Program {
  readonly name: string;
  readonly namespace: string;
}

/** Labels that find the pods of a program; they never change. */
export function selectorOf(name: string): Record<string, string> {
  return { 'app.kubernetes.io/name': name };
}

/** Labels of every object. */
export function labelsOf(name: string): Record<string, string> {
  return { ...selectorOf(name), 'app.kubernetes.io/part-of': 'observability' };
}

/** An object that belongs to a program. */
export function object(
  apiVersion: string,
  kind: string,
  { name, namespace }: Program,
  rest: Readonly<Record<string, unknown>> = {},
): Manifest {
  return { apiVersion, kind, metadata: { name, namespace, labels: labelsOf(name) }, ...rest };
}

/** A ConfigMap of files; `suffix` follows the program's name. */
export function configMap({ name, namespace }: Program, suffix: string, data: Readonly<Record<string, string>>): Manifest {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `${name}-${suffix}`, namespace, labels: labelsOf(name) }, data };
}

/** An annotation that changes with a configuration, so that pods that do not follow it themselves are replaced. */
export function configHash(...texts: readonly string[]): Record<string, string> {
  return { 'checksum/config': createHash('sha256').update(texts.join('\0')).digest('hex').slice(0, 16) };
}

/** A ServiceAccount, and a ClusterRole with its binding when the program may read the cluster. */
export function account(program: Program, rules: readonly PolicyRule[] = []): Manifest[] {
  const own = object('v1', 'ServiceAccount', program, { automountServiceAccountToken: false });
  if (rules.length === 0) return [own];
  const { name, namespace } = program;
  const metadata = { name: `${namespace}-${name}`, labels: labelsOf(name) };
  const role = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: metadata.name };
  return [
    own,
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata, rules },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata,
      roleRef: role,
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
  ];
}

/** What a role allows. */
export interface PolicyRule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly verbs: readonly string[];
}

const READ = ['get', 'list', 'watch'];

/** What Prometheus' discovery and the kubelets' metrics need. */
export const DISCOVERY_RULES: readonly PolicyRule[] = [
  { apiGroups: [''], resources: ['nodes', 'services', 'endpoints', 'pods'], verbs: READ },
  { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: READ },
  { apiGroups: ['networking.k8s.io'], resources: ['ingresses'], verbs: READ },
  { apiGroups: [''], resources: ['nodes/metrics'], verbs: ['get'] },
  { nonResourceURLs: ['/metrics', '/metrics/cadvisor'], verbs: ['get'] },
];
