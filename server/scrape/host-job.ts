import { DEFAULT_EXPOSITION } from '../config/exposition-settings.ts';
import type { ScrapeConfig, TargetGroup } from '../config/scrape-config.ts';
import type { ScrapedBody } from './append-body.ts';

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
const HOST_GROUP: TargetGroup = { targets: ['localhost:9100'], labels: {}, source: 'built-in host collector' };

/** The job that is added once something was pushed and no configuration names a Pushgateway: its metrics keep the labels of those who pushed. */
const pushJob: ScrapeConfig = Object.freeze({
  ...hostJob,
  jobName: 'pushgateway',
  honorLabels: true,
  scrapeNativeHistograms: true,
  alwaysScrapeClassicHistograms: true,
});

const PUSH_GROUP: TargetGroup = { targets: ['localhost:9091'], labels: {}, source: 'pushed metrics' };

/** What answers from within: the host collector and the metrics that were pushed. */
export type BuiltInName = 'host' | 'push';

/** What one of them answers; bytes alone are in the text format. */
export type BuiltInMetrics = () => Promise<Uint8Array | ScrapedBody>;

/** Something that answers from within, in a job of its own or in the place of a target that is not there. */
export interface BuiltIn {
  readonly title: string;
  readonly job: ScrapeConfig;
  readonly group: TargetGroup;
  /** By these a target is known as one of its kind. */
  readonly port: string;
  readonly hostname: RegExp;
}

export const BUILT_INS: Readonly<Record<BuiltInName, BuiltIn>> = {
  host: { title: 'the built-in host collector', job: hostJob, group: HOST_GROUP, port: '9100', hostname: /node[-_]?exporter/i },
  push: { title: 'the built-in Pushgateway', job: pushJob, group: PUSH_GROUP, port: '9091', hostname: /push[-_]?gateway/i },
};

/** Asks one of them. */
export async function askBuiltIn(metrics: BuiltInMetrics): Promise<ScrapedBody> {
  const answer = await metrics();
  return 'format' in answer ? answer : { body: answer, format: 'text' };
}
