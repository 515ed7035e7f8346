import { bargauge, dashboard, matches, matchesNot, row, stat, stateTimeline, table, timeseries, up } from '@alidade/sdk/code';
import { host, kubernetes } from '../metrics.ts';
import { SCRAPE_INTERVAL } from '../service.ts';

const real = { fstype: matchesNot('tmpfs|overlay|squashfs|proc|sysfs|ramfs') } as const;
const rootFree = host.filesystemAvailable.where({ mountpoint: '/' }).div(host.filesystemSize.where({ mountpoint: '/' }));
const memoryUsed = host.memoryTotal.sub(host.memoryAvailable).div(host.memoryTotal);
const busy = host.cpuSeconds.where({ mode: 'idle' }).rate('5m').avg('instance').mul(-1).add(1).as('percentunit');
const disks = { device: matchesNot('loop.*|ram.*|dm-.*') } as const;
const NO_CLUSTER = 'no Kubernetes is scraped';

/** Hosts and the state of Kubernetes. */
export const infrastructure = dashboard('Infrastructure', {
  uid: 'infrastructure',
  description: 'The machines underneath: are they there, have they room, and what does Kubernetes say about the pods on them.',
  tags: ['infrastructure'],
  from: 'now-3h',
  panels: [
    stat('Hosts up', up.where({ job: matches('node.*') }).sum(), {
      sparkline: false,
      thresholds: ['red', [1, 'green']],
      description: 'Hosts that answered their last scrape. NodeDown fires after two minutes without an answer.',
    }),
    stat('Busiest host', busy.max(), {
      thresholds: ['green', [0.7, 'yellow'], [0.8, 'red']],
      description: 'Processor use of the host that has most to do. HighCPUUsage fires above 80 %.',
    }),
    stat('Fullest memory', memoryUsed.max(), {
      decimals: 0,
      thresholds: ['green', [0.75, 'yellow'], [0.85, 'red']],
      description: 'Memory in use on the host that has least left. HighMemoryUsage fires above 85 %.',
    }),
    stat('Least disk space', rootFree.min(), {
      decimals: 0,
      thresholds: ['red', [0.15, 'yellow'], [0.25, 'green']],
      description: 'What is free of the fullest root file system. DiskSpaceLow fires below 15 %.',
    }),
    row('Hosts', [
      timeseries(
        'Processor',
        { '{{instance}}': busy },
        {
          min: 0,
          max: 1,
          thresholds: ['transparent', [0.8, 'red']],
          showThresholds: 'dashed',
          description: 'Share of time in which the processors were not idle; the dashed line is the limit of HighCPUUsage.',
        },
      ),
      timeseries(
        'Load',
        { '{{instance}}': host.load1 },
        {
          min: 0,
          description: 'Processes that run or want to, averaged over a minute. Above the number of cores something waits.',
        },
      ),
      timeseries(
        'Memory in use',
        { '{{instance}}': memoryUsed },
        {
          min: 0,
          max: 1,
          thresholds: ['transparent', [0.85, 'red']],
          showThresholds: 'dashed',
          description: 'Share of the memory that programs hold; the dashed line is the limit of HighMemoryUsage.',
        },
      ),
      bargauge(
        'Free space by file system',
        { '{{mountpoint}}': host.filesystemAvailable.where(real).div(host.filesystemSize.where(real)).min('mountpoint') },
        {
          min: 0,
          max: 1,
          thresholds: ['red', [0.15, 'yellow'], [0.25, 'green']],
          description: 'What is free on each file system of a disk.',
        },
      ),
      timeseries(
        'Disk reads and writes',
        {
          '{{instance}} read': host.diskRead.where(disks).rate().sum('instance'),
          '{{instance}} written': host.diskWritten.where(disks).rate().sum('instance'),
        },
        { min: 0, interval: SCRAPE_INTERVAL, description: 'Bytes a second over all disks.' },
      ),
      timeseries(
        'Space left on /',
        { '{{instance}}': host.filesystemAvailable.where({ mountpoint: '/' }) },
        {
          min: 0,
          description: 'DiskWillFill fires when this line, drawn on for a day, meets zero.',
        },
      ),
    ]),
    row('Kubernetes', [
      stat('Nodes ready', kubernetes.nodeCondition.where({ condition: 'Ready', status: 'true' }).sum(), {
        sparkline: false,
        thresholds: ['red', [1, 'green']],
        noValue: NO_CLUSTER,
        description: 'Nodes whose kubelet reports. NodeNotReady fires after five minutes without.',
      }),
      stat('Pods running', kubernetes.podPhase.where({ phase: 'Running' }).sum(), {
        sparkline: false,
        thresholds: ['green'],
        noValue: NO_CLUSTER,
        description: 'Pods in the phase Running, over all namespaces.',
      }),
      stat('Pods in trouble', kubernetes.podPhase.where({ phase: matches('Pending|Failed|Unknown') }).sum(), {
        sparkline: false,
        thresholds: ['green', [1, 'yellow'], [5, 'red']],
        noValue: NO_CLUSTER,
        description: 'Pods that wait, have failed, or of which nothing is known.',
      }),
      stat('Restarts in an hour', kubernetes.restarts.increase('1h').sum(), {
        decimals: 0,
        sparkline: false,
        thresholds: ['green', [1, 'yellow'], [5, 'red']],
        noValue: NO_CLUSTER,
        description: 'Containers that were started again. PodCrashLooping fires at more than three of one pod within a quarter of an hour.',
      }),
      timeseries(
        'Replicas',
        {
          '{{deployment}} wanted': kubernetes.replicasWanted.sum('deployment'),
          '{{deployment}} available': kubernetes.replicasAvailable.sum('deployment'),
        },
        {
          min: 0,
          steps: true,
          noValue: NO_CLUSTER,
          series: { '/wanted$/': { dashed: true, fill: 0 } },
          description: 'What each deployment should have and what it has. DeploymentWithoutReplicas fires when nothing is left.',
        },
      ),
      table('Pods', kubernetes.podPhase.eq(1), {
        columns: { namespace: 'Namespace', pod: 'Pod', phase: 'Phase' },
        noValue: NO_CLUSTER,
        description: 'The phase of each pod.',
      }),
      stateTimeline(
        'Readiness of pods',
        { '{{pod}}': kubernetes.podReady.where({ condition: 'true' }) },
        {
          mappings: { 0: ['not ready', 'red'], 1: ['ready', 'green'] },
          thresholds: ['red', [1, 'green']],
          noValue: NO_CLUSTER,
          description: 'When each pod passed its readiness probe. PodNotReady fires after a quarter of an hour without.',
        },
      ),
    ]),
  ],
});
