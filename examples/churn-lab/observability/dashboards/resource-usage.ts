import { dashboard, matchesNot, row, stat, timeseries, variable } from '@alidade/sdk/code';
import { api, host, kubernetes, OF_API } from '../metrics.ts';
import { SCRAPE_INTERVAL } from '../service.ts';

const inPods = { namespace: '$namespace', pod: { op: '=~', value: '$pod' } } as const;
const containers = kubernetes.containerCpu.where({ ...inPods, container: matchesNot('|POD') });
const memory = kubernetes.containerMemory.where({ ...inPods, container: matchesNot('|POD') });
const busy = host.cpuSeconds.where({ mode: 'idle' }).rate().avg('instance').mul(-1).add(1).as('percentunit');
const used = host.memoryTotal.sub(host.memoryAvailable);
const external = { device: matchesNot('lo|veth.*|docker.*|br-.*') } as const;
const NO_PODS = 'no pods are scraped';

/** Processor, memory, network and GPU: of the service, its hosts, and its pods. */
export const resourceUsage = dashboard('Resource usage', {
  uid: 'resource-usage',
  description: 'Processor, memory, network and GPU of the prediction service, of the hosts, and of pods where Kubernetes is scraped.',
  tags: ['ml', 'resources'],
  variables: [
    variable('namespace', { label: 'Namespace', values: kubernetes.podPhase.values('namespace') }),
    variable('pod', { label: 'Pod', values: kubernetes.podPhase.where({ namespace: '$namespace' }).values('pod'), multi: true, all: '.*' }),
  ],
  panels: [
    stat('Processor of the service', api.appCpuUsagePercent.where(OF_API).sum(), {
      unit: 'percent',
      thresholds: ['green', [70, 'yellow'], [90, 'red']],
      description: 'In percent of one core: one process of Node.js computes on one.',
    }),
    stat('Memory of the service', api.appMemoryUsageBytes.where(OF_API).sum(), {
      thresholds: ['green', [400 * 1024 * 1024, 'yellow'], [512 * 1024 * 1024, 'red']],
      description: 'Resident memory. ServiceMemoryHigh fires above 512 MiB.',
    }),
    stat('Processor of the hosts', busy.avg(), {
      thresholds: ['green', [0.7, 'yellow'], [0.8, 'red']],
      interval: SCRAPE_INTERVAL,
      description: 'Mean over all hosts. HighCPUUsage fires above 80 % on one of them.',
    }),
    stat('GPU', api.gpuUtilizationPercent.avg(), {
      thresholds: ['yellow', [20, 'green'], [95, 'orange']],
      noValue: 'no GPU',
      description: 'Mean over all GPUs. GPUUtilizationLow fires below 20 %: they cost more than they do.',
    }),
    row('Hosts', [
      timeseries(
        'Processor',
        { '{{instance}}': busy },
        { width: 8, min: 0, max: 1, interval: SCRAPE_INTERVAL, description: 'Share of time in which the processors were not idle.' },
      ),
      timeseries(
        'Memory',
        { '{{instance}} used': used, '{{instance}} total': host.memoryTotal },
        {
          width: 8,
          min: 0,
          series: { '/total$/': { dashed: true, fill: 0 } },
          description: 'What programs hold, beside what there is; caches do not count as used.',
        },
      ),
      timeseries(
        'Network',
        {
          '{{instance}} received': host.networkReceived.where(external).rate().sum('instance'),
          '{{instance}} sent': host.networkSent.where(external).rate().sum('instance'),
        },
        { width: 8, min: 0, interval: SCRAPE_INTERVAL, description: 'Bytes a second over all outer interfaces.' },
      ),
    ]),
    row('Pods', [
      timeseries(
        'Processor per pod',
        { '{{pod}}': containers.rate().sum('pod') },
        {
          width: 8,
          unit: 'short',
          axisLabel: 'cores',
          min: 0,
          noValue: NO_PODS,
          interval: SCRAPE_INTERVAL,
          description: 'Cores in use by each pod, its containers together (cAdvisor).',
        },
      ),
      timeseries(
        'Memory per pod',
        { '{{pod}}': memory.sum('pod') },
        {
          width: 8,
          min: 0,
          noValue: NO_PODS,
          description: 'Working set of each pod: what counts against its limit (cAdvisor).',
        },
      ),
      timeseries(
        'Network per pod',
        {
          '{{pod}} received': kubernetes.podReceived.where(inPods).rate().sum('pod'),
          '{{pod}} sent': kubernetes.podSent.where(inPods).rate().sum('pod'),
        },
        { width: 8, min: 0, noValue: NO_PODS, interval: SCRAPE_INTERVAL, description: 'Bytes a second of each pod (cAdvisor).' },
      ),
    ]),
    row('GPU', [
      timeseries(
        'GPU utilization',
        { 'GPU {{gpu_id}}': api.gpuUtilizationPercent },
        {
          unit: 'percent',
          min: 0,
          max: 100,
          noValue: 'no GPU',
          description: 'By nvidia-smi, asked every five seconds. Without a GPU there is no series rather than a zero.',
        },
      ),
      timeseries(
        'GPU memory',
        { 'GPU {{gpu_id}}': api.gpuMemoryUsedBytes },
        {
          min: 0,
          noValue: 'no GPU',
          description: 'Memory in use on each GPU, by nvidia-smi.',
        },
      ),
    ]),
  ],
});
