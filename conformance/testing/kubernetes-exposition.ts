// What cAdvisor and kube-state-metrics say of a small cluster, in the form of recorded expositions: a node, two deployments, five pods.

const POD_NAMES = [
  'prediction-api-6f7c9d-2xk4p',
  'prediction-api-6f7c9d-8mvwq',
  'prediction-api-6f7c9d-zt5rn',
  'feature-store-0',
  'training-28914-b7hcd',
];
const NAMESPACE = 'ml';
const MIB = 1024 ** 2;

/** The exposition after so many scrapes a second apart: counters have grown, memory moves a little. */
export function kubernetesExposition(scrape: number): string {
  return [
    family(
      'container_cpu_usage_seconds_total',
      'counter',
      POD_NAMES.map((pod, i) => [container(pod), 900 + scrape * (0.08 + 0.05 * i)]),
    ),
    family(
      'container_memory_working_set_bytes',
      'gauge',
      POD_NAMES.map((pod, i) => [container(pod), (90 + 40 * i + 4 * Math.sin(scrape / 5 + i)) * MIB]),
    ),
    family(
      'container_network_receive_bytes_total',
      'counter',
      POD_NAMES.map((pod, i) => [network(pod), 1e7 + scrape * 3000 * (i + 1)]),
    ),
    family(
      'container_network_transmit_bytes_total',
      'counter',
      POD_NAMES.map((pod, i) => [network(pod), 2e7 + scrape * 5000 * (i + 1)]),
    ),
    family('kube_pod_status_phase', 'gauge', POD_NAMES.flatMap(phases)),
    family(
      'kube_pod_status_ready',
      'gauge',
      POD_NAMES.map((pod) => [{ ...inNamespace(pod), condition: 'true' }, isDone(pod) ? 0 : 1]),
    ),
    family(
      'kube_pod_container_status_restarts_total',
      'counter',
      POD_NAMES.map((pod, i) => [container(pod), i === 3 ? 2 : 0]),
    ),
    family('kube_deployment_spec_replicas', 'gauge', [
      [{ namespace: NAMESPACE, deployment: 'prediction-api' }, 3],
      [{ namespace: NAMESPACE, deployment: 'feature-store' }, 1],
    ]),
    family('kube_deployment_status_replicas_available', 'gauge', [
      [{ namespace: NAMESPACE, deployment: 'prediction-api' }, 3],
      [{ namespace: NAMESPACE, deployment: 'feature-store' }, 1],
    ]),
    family('kube_node_status_condition', 'gauge', [
      [{ node: 'node-1', condition: 'Ready', status: 'true' }, 1],
      [{ node: 'node-1', condition: 'Ready', status: 'false' }, 0],
    ]),
  ].join('');
}

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

function phases(pod: string): Sample[] {
  const now = isDone(pod) ? 'Succeeded' : 'Running';
  return ['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'].map((phase) => [{ ...inNamespace(pod), phase }, phase === now ? 1 : 0]);
}

function isDone(pod: string): boolean {
  return pod.startsWith('training');
}

function inNamespace(pod: string) {
  return { namespace: NAMESPACE, pod };
}

function container(pod: string) {
  return { ...inNamespace(pod), container: pod.split('-').slice(0, 2).join('-') };
}

function network(pod: string) {
  return { ...inNamespace(pod), interface: 'eth0' };
}

function family(name: string, type: string, samples: readonly Sample[]): string {
  const lines = samples.map(([labels, value]) => {
    const text = Object.entries(labels).map(([label, of]) => `${label}="${of}"`);
    return `${name}{${text.join(',')}} ${value}\n`;
  });
  return `# TYPE ${name} ${type}\n${lines.join('')}`;
}
