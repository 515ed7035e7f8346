import { DEFAULT_EXPOSITION } from '../config/exposition-settings.ts';
import type { ScrapeConfig, TargetGroup } from '../config/scrape-config.ts';

/** The job that is added where no configuration names a node-exporter: the same job and instance as in most tutorials. */
export const hostJob: ScrapeConfig = Object.freeze({
  ...DEFAULT_EXPOSITION,
  jobName: 'node',
  scrapeIntervalMs: 15_000,
  scrapeTimeoutMs: 10_000,
  metricsPath: '/metrics',
  scheme: 'http',
  params: {},
  honorLabels: false,
  honorTimestamps: true,
  trackTimestampsStaleness: false,
  enableCompression: true,
  bodySizeLimitBytes: 0,
  sampleLimit: 0,
  labelLimit: 0,
  labelNameLengthLimit: 0,
  labelValueLengthLimit: 0,
  targetLimit: 0,
  relabel: [],
  metricRelabel: [],
  discoveries: [],
  client: { followRedirects: true },
} satisfies ScrapeConfig);

/** Its only target; nothing has to listen there. */
export const HOST_GROUP: TargetGroup = { targets: ['localhost:9100'], labels: {}, source: 'built-in host collector' };
