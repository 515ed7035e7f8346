// What a month of monitoring costs: the disks that the load fills and the machines that hold it.
import { EXERCISE_PRICES, type Prices } from './prices.ts';
import { GB, storageBytes } from './storage-cost.ts';

/** What is to be watched. Figures of compression are those of the store that keeps it. */
export interface MonitoredLoad {
  readonly services: number;
  readonly requestsPerDay: number;
  readonly podsPerService: number;
  readonly seriesPerPod: number;
  readonly nodes: number;
  /** node-exporter, kubelet and kube-state-metrics. */
  readonly seriesPerNode: number;
  readonly scrapeIntervalSeconds: number;
  readonly metricsRetentionDays: number;
  readonly bytesPerSample: number;
  readonly logLinesPerRequest: number;
  readonly bytesPerLogLine: number;
  /** Bytes that arrive for each byte on disk. */
  readonly logCompression: number;
  readonly logRetentionDays: number;
}

/** Something that runs all month. */
export interface Workload {
  readonly name: string;
  /** `each node` for DaemonSets. */
  readonly replicas: number | 'each node';
  /** Reserved processors and memory of one replica. */
  readonly cpus: number;
  readonly memoryGib: number;
  /** What a replica keeps of the load. */
  readonly stores?: 'metrics' | 'logs' | undefined;
}

/** One line of a bill. */
export interface BillItem {
  readonly name: string;
  readonly quantity: string;
  /** Dollars a month. */
  readonly cost: number;
}

/** A month in dollars. */
export interface MonthlyBill {
  readonly items: readonly BillItem[];
  readonly total: number;
  readonly budget: number;
  readonly isWithinBudget: boolean;
  readonly series: number;
  /** On each replica. */
  readonly metricsGb: number;
  readonly logsGb: number;
}

/**
 * The exercise's load: 50 services, 10 million requests a day, scraped every 15 s, metrics and logs kept for 30 days. It does not say how
 * many pods, nodes, series or lines that is; three pods a service with 400 series each, ten nodes with 1,500, two lines of 250 bytes for a
 * request and a tenth of them on disk are assumed.
 */
export const EXERCISE_LOAD: MonitoredLoad = Object.freeze({
  services: 50,
  requestsPerDay: 10_000_000,
  podsPerService: 3,
  seriesPerPod: 400,
  nodes: 10,
  seriesPerNode: 1_500,
  scrapeIntervalSeconds: 15,
  metricsRetentionDays: 30,
  bytesPerSample: 2,
  logLinesPerRequest: 2,
  bytesPerLogLine: 250,
  logCompression: 10,
  logRetentionDays: 30,
});

/** What the exercise's manifests reserve. */
export const EXERCISE_STACK: readonly Workload[] = Object.freeze([
  { name: 'prometheus', replicas: 2, cpus: 1, memoryGib: 4, stores: 'metrics' },
  { name: 'loki', replicas: 1, cpus: 0.5, memoryGib: 1, stores: 'logs' },
  { name: 'grafana', replicas: 1, cpus: 0.25, memoryGib: 0.5 },
  { name: 'kube-state-metrics', replicas: 1, cpus: 0.2, memoryGib: 0.25 },
  { name: 'node-exporter', replicas: 'each node', cpus: 0.1, memoryGib: 0.125 },
  { name: 'promtail', replicas: 'each node', cpus: 0.1, memoryGib: 0.125 },
] as const);

/** Prices a month of `stack` under `load`. */
export function monthlyBill(
  load: MonitoredLoad = EXERCISE_LOAD,
  stack: readonly Workload[] = EXERCISE_STACK,
  prices: Prices = EXERCISE_PRICES,
): MonthlyBill {
  const series = load.services * load.podsPerService * load.seriesPerPod + load.nodes * load.seriesPerNode;
  const { scrapeIntervalSeconds, bytesPerSample } = load;
  const metricsGb = storageBytes({ series, scrapeIntervalSeconds, bytesPerSample, retentionDays: load.metricsRetentionDays }) / GB;
  const logGbPerDay = (load.requestsPerDay * load.logLinesPerRequest * load.bytesPerLogLine) / GB;
  const logsGb = (logGbPerDay / load.logCompression) * load.logRetentionDays;
  const items = stack.flatMap((workload) => itemsOf(workload, load.nodes, { metrics: metricsGb, logs: logsGb }, prices));
  const hosted: BillItem[] = [
    { name: 'active series', quantity: `${series} series`, cost: (series / 1_000) * prices.thousandSeriesMonth },
    { name: 'log intake', quantity: `${(logGbPerDay * 30).toFixed(1)} GB`, cost: logGbPerDay * 30 * prices.logGbIngested },
  ];
  const all = [...items, ...hosted.filter(({ cost }) => cost > 0)];
  const total = all.reduce((sum, { cost }) => sum + cost, 0);
  return { items: all, total, budget: prices.budgetMonth, isWithinBudget: total < prices.budgetMonth, series, metricsGb, logsGb };
}

function itemsOf(workload: Workload, nodes: number, gigabytes: Readonly<Record<'metrics' | 'logs', number>>, prices: Prices): BillItem[] {
  const { name, cpus, memoryGib, stores } = workload;
  const replicas = workload.replicas === 'each node' ? nodes : workload.replicas;
  const compute = {
    name,
    quantity: `${replicas} × ${cpus} CPU, ${memoryGib} GiB`,
    cost: replicas * (cpus * prices.cpuMonth + memoryGib * prices.memoryGibMonth),
  };
  if (!stores) return [compute];
  const size = gigabytes[stores];
  const disk = { name: `${name} disk`, quantity: `${replicas} × ${size.toFixed(1)} GB`, cost: replicas * size * prices.storageGbMonth };
  return [compute, disk];
}
