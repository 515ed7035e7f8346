import type { DeploySettings } from '../options.ts';
import type { Manifest } from './manifest.ts';
import { namespaceLabel } from './workload.ts';

/** Volumes of what is written and read much; the exercise's name. */
export const FAST = 'fast-ssd';
/** Volumes of everything else. */
export const STANDARD = 'standard-ssd';

/** What all programs need: namespaces and storage classes. */
export function clusterManifests(settings: DeploySettings): Record<string, Manifest[]> {
  const { namespace, applicationNamespace } = settings;
  return {
    namespaces: [
      // node_exporter and Promtail look at the node; nothing else in here needs more than `restricted`.
      namespaceOf(namespace, 'privileged'),
      namespaceOf(applicationNamespace, 'restricted'),
    ],
    'storage-classes': [
      storageClass(FAST, settings.provisioner, { iops: '6000', throughput: '250' }),
      storageClass(STANDARD, settings.provisioner, {}),
    ],
  };
}

function namespaceOf(name: string, level: string): Manifest {
  const labels = {
    'pod-security.kubernetes.io/enforce': level,
    'pod-security.kubernetes.io/warn': 'restricted',
    'pod-security.kubernetes.io/audit': 'restricted',
  };
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}

/** Networks that let nobody in unless a program says so. */
export function networkManifests({ namespace, applicationNamespace }: DeploySettings): Manifest[] {
  return [namespace, applicationNamespace].map(denyAll);
}

function denyAll(namespace: string): Manifest {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'deny-ingress', namespace },
    spec: { podSelector: {}, policyTypes: ['Ingress'] },
  };
}

function storageClass(name: string, provisioner: string, speed: Readonly<Record<string, string>>): Manifest {
  const isEbs = provisioner === 'ebs.csi.aws.com';
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name },
    provisioner,
    ...(isEbs && { parameters: { type: 'gp3', encrypted: 'true', ...speed } }),
    allowVolumeExpansion: true,
    reclaimPolicy: 'Retain',
    volumeBindingMode: 'WaitForFirstConsumer',
  };
}

/** A policy that bounds where an application may go: names are looked up, and telemetry is sent. */
export function telemetryEgress(settings: DeploySettings): unknown[] {
  const port = (number: number, protocol = 'TCP') => ({ port: number, protocol });
  return [
    { to: [{ namespaceSelector: namespaceLabel('kube-system') }], ports: [port(53, 'UDP'), port(53)] },
    { to: [{ namespaceSelector: namespaceLabel(settings.namespace) }], ports: [port(4317), port(4318), port(9090)] },
  ];
}
