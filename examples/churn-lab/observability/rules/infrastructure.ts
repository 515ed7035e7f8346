// The machines underneath, and Kubernetes where there is one.
import { group, matches, matchesNot, up } from '@alidade/sdk/code';
import { host, kubernetes } from '../metrics.ts';
import { TEAM } from '../service.ts';
import { labAlert } from './lab-alert.ts';

const common = { team: TEAM.platform } as const;
const idle = host.cpuSeconds.where({ mode: 'idle' });
const rootAvailable = host.filesystemAvailable.where({ mountpoint: '/' });
const rootSize = host.filesystemSize.where({ mountpoint: '/' });
const DAY = 86_400;
/** Pods that have not ended: a job that is done is never ready. */
const alive = kubernetes.podPhase.where({ phase: matches(['Pending', 'Running', 'Unknown']) }).eq(1);

export const infrastructureAlerts = group('infrastructure', { interval: '30s' }, [
  labAlert('NodeDown', up.where({ job: matches('node.*') }).eq(0), {
    ...common,
    for: '2m',
    severity: 'critical',
    summary: '{{ $labels.instance }} does not answer',
    description:
      'The exporter of the host {{ $labels.instance }} has been silent for two minutes: the host, its network, or the exporter is down.',
    action: 'Try to reach the host. What runs on it is silenced while this alert fires.',
  }),
  // In the words of the exercise: 100 - (avg by (instance) (irate(…[5m])) * 100) > 80.
  labAlert('HighCPUUsage', `100 - (${idle.irate('5m').avg('instance').promql} * 100) > 80`, {
    ...common,
    for: '5m',
    severity: 'warning',
    summary: 'High CPU usage on {{ $labels.instance }}',
    description: 'The processors of {{ $labels.instance }} are {{ $value | printf "%.0f" }}% busy; 80% is the limit.',
    action: 'Find the process (top, sorted by CPU). If it is the prediction service, look at its request rate first.',
  }),
  labAlert('HighMemoryUsage', host.memoryTotal.sub(host.memoryAvailable).div(host.memoryTotal).mul(100).gt(85), {
    ...common,
    for: '5m',
    severity: 'warning',
    summary: 'High memory usage on {{ $labels.instance }}',
    description: '{{ $value | printf "%.0f" }}% of the memory of {{ $labels.instance }} is used; 85% is the limit.',
    action: 'Find what grew (top, sorted by memory). The kernel ends processes when nothing is left.',
  }),
  labAlert('DiskSpaceLow', rootAvailable.div(rootSize).mul(100).lt(15), {
    ...common,
    for: '5m',
    severity: 'critical',
    summary: 'Disk space low on {{ $labels.instance }}',
    description: '{{ $value | printf "%.1f" }}% of the root file system of {{ $labels.instance }} is free; 15% is the limit.',
    action: 'Old logs, package caches and container images are the usual finds (du -xh / | sort -h | tail).',
  }),
  labAlert(
    'DiskWillFill',
    rootAvailable
      .predictLinear('6h', DAY)
      .lt(0)
      .and(rootAvailable.div(rootSize).lt(0.4))
      // A few minutes say nothing about a day.
      .and(rootAvailable.offset('3h')),
    {
      ...common,
      for: '30m',
      severity: 'warning',
      summary: 'The root file system of {{ $labels.instance }} will be full within a day',
      description: 'It has been filling for six hours; if that goes on nothing will be free tomorrow.',
      action: 'There is time: find out what grows before you delete anything.',
    },
  ),
]);

export const kubernetesAlerts = group('kubernetes', { interval: '30s' }, [
  labAlert('PodCrashLooping', kubernetes.restarts.increase('15m').sum('namespace', 'pod').gt(3), {
    ...common,
    for: '5m',
    severity: 'warning',
    summary: '{{ $labels.namespace }}/{{ $labels.pod }} restarts again and again',
    description: '{{ $labels.namespace }}/{{ $labels.pod }} has restarted {{ $value | printf "%.0f" }} times within a quarter of an hour.',
    action: 'kubectl logs --previous shows how it ended; kubectl describe pod shows whether memory was the reason.',
  }),
  labAlert(
    'PodNotReady',
    kubernetes.podReady
      .where({ condition: 'true' })
      .eq(0)
      .and(alive, { on: ['namespace', 'pod'] }),
    {
      ...common,
      for: '15m',
      severity: 'warning',
      summary: '{{ $labels.namespace }}/{{ $labels.pod }} is not ready',
      description: 'The pod has not passed its readiness probe for a quarter of an hour and gets no traffic.',
      action: 'kubectl describe pod names the probe that fails, or what the pod waits for.',
    },
  ),
  labAlert('DeploymentWithoutReplicas', kubernetes.replicasAvailable.eq(0).and(kubernetes.replicasWanted.gt(0)), {
    ...common,
    for: '2m',
    severity: 'critical',
    summary: 'No replica of {{ $labels.namespace }}/{{ $labels.deployment }} is available',
    description: 'The deployment wants replicas and has had none for two minutes: what it serves is down.',
    action: 'kubectl rollout undo if it was just released; else look at the pods and at the nodes.',
  }),
  labAlert('NodeNotReady', kubernetes.nodeCondition.where({ condition: 'Ready', status: matchesNot('true') }).eq(1), {
    ...common,
    for: '5m',
    severity: 'critical',
    summary: 'The Kubernetes node {{ $labels.node }} is not ready',
    description: 'The kubelet of {{ $labels.node }} has not reported for five minutes; its pods are moved to other nodes.',
    action: 'kubectl describe node names the condition: pressure on memory or disk, network, or a dead kubelet.',
  }),
]);
