// What the sender says about itself, under upstream's names, so that its dashboards and alerts work. Values that are known anyway are read
// when /metrics is asked for.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

const LABELS = ['remote_name', 'url'];
const PREFIX = 'prometheus_remote_storage_';

const COUNTERS = {
  samples_total: 'Total number of samples sent to remote storage.',
  exemplars_total: 'Total number of exemplars sent to remote storage.',
  histograms_total: 'Total number of histograms sent to remote storage.',
  metadata_total: 'Total number of metadata entries sent to remote storage.',
  samples_failed_total: 'Total number of samples which failed on send to remote storage, non-recoverable errors.',
  exemplars_failed_total: 'Total number of exemplars which failed on send to remote storage, non-recoverable errors.',
  histograms_failed_total: 'Total number of histograms which failed on send to remote storage, non-recoverable errors.',
  metadata_failed_total: 'Total number of metadata entries which failed on send to remote storage, non-recoverable errors.',
  samples_retried_total:
    'Total number of samples which failed on send to remote storage but were retried because the send error was recoverable.',
  exemplars_retried_total:
    'Total number of exemplars which failed on send to remote storage but were retried because the send error was recoverable.',
  histograms_retried_total:
    'Total number of histograms which failed on send to remote storage but were retried because the send error was recoverable.',
  metadata_retried_total:
    'Total number of metadata entries which failed on send to remote storage but were retried because the send error was recoverable.',
  enqueue_retries_total: 'Total number of times enqueue has failed because a shards queue was full.',
  bytes_total: 'The total number of bytes of data (not metadata) sent by the queue after compression.',
  metadata_bytes_total: 'The total number of bytes of metadata sent by the queue after compression.',
} as const;

const DROPPED = {
  samples: 'Total number of samples which were dropped after being read from the log before being sent, by reason.',
  exemplars: 'Total number of exemplars which were dropped after being read from the log before being sent, by reason.',
  histograms: 'Total number of histograms which were dropped after being read from the log before being sent, by reason.',
} as const;

const GAUGES = {
  samples_pending: 'The number of samples pending in the queues shards to be sent to the remote storage.',
  shard_capacity: 'The capacity of each shard of the queue used for parallel sending to the remote storage.',
  shards: 'The number of shards used for parallel sending to the remote storage.',
  shards_min: 'The minimum number of shards that the queue is allowed to run.',
  shards_max: 'The maximum number of shards that the queue is allowed to run.',
  shards_desired: 'The number of shards that the queues shard calculation wants to run based on the rate of samples in vs. samples out.',
  max_samples_per_send: 'The maximum number of samples to be sent, in a single request, to the remote storage.',
  queue_highest_sent_timestamp_seconds:
    'Timestamp from a log sample, the highest timestamp successfully sent by this queue, in seconds since epoch.',
} as const;

const OWN_GAUGES = {
  alidade_remote_write_log_bytes: 'Bytes of the log of commits that the queue has not delivered yet.',
  prometheus_wal_watcher_current_segment: 'Current segment of the log that is read.',
} as const;

type CounterName = keyof typeof COUNTERS;
type DroppedKind = keyof typeof DROPPED;
export type GaugeName = keyof typeof GAUGES | keyof typeof OWN_GAUGES;

/** Why something is not sent. */
export type DropReason = 'dropped_series' | 'unintentionally_dropped_series' | 'too_old' | 'nhcb_not_supported' | 'log_limit';

/** The metrics of one queue. */
export interface QueueMetrics {
  count(name: CounterName, by: number): void;
  drop(kind: DroppedKind, reason: DropReason, by: number): void;
  observeBatchSeconds(seconds: number): void;
  /** Removes them. */
  remove(): void;
}

/** What a queue tells when /metrics is asked for. */
export type GaugeValues = Readonly<Partial<Record<GaugeName, number>>>;

/** What is known of all queues together. */
export interface CommonValues {
  readonly samplesIn: number;
  readonly newestMs: number;
  readonly logSegment: number;
}

/** The metrics of all queues. */
export class SendMetrics {
  readonly #counters = new Map<CounterName, Counter>();
  readonly #dropped = new Map<DroppedKind, Counter>();
  readonly #seconds: Histogram;
  readonly #gauges = new Map<GaugeName, Gauge>();
  readonly #queues = new Map<string, { readonly labels: Record<string, string>; readonly values: () => GaugeValues }>();

  constructor(registry: Registry, common: () => CommonValues) {
    const registers = [registry];
    for (const [name, help] of entriesOf(COUNTERS))
      this.#counters.set(name, new Counter({ name: PREFIX + name, help, labelNames: LABELS, registers }));
    for (const [kind, help] of entriesOf(DROPPED))
      this.#dropped.set(kind, new Counter({ name: `${PREFIX}${kind}_dropped_total`, help, labelNames: [...LABELS, 'reason'], registers }));
    this.#seconds = new Histogram({
      name: `${PREFIX}sent_batch_duration_seconds`,
      help: 'Duration of send calls to the remote storage.',
      labelNames: LABELS,
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 60, 120, 300],
      registers,
    });
    this.#addGauges(registry);
    addCommon(registry, common);
  }

  /** The metrics of a queue, whose gauges are read by `values`. */
  queue(remoteName: string, url: string, values: () => GaugeValues): QueueMetrics {
    const labels = { remote_name: remoteName, url };
    const key = JSON.stringify(labels);
    this.#queues.set(key, { labels, values });
    // A counter that nobody has counted yet is 0, not absent: alerts take the rate of it.
    for (const counter of this.#counters.values()) counter.inc(labels, 0);
    this.#seconds.zero(labels);
    return {
      count: (name, by) => by > 0 && this.#counters.get(name)?.inc(labels, by),
      drop: (kind, reason, by) => by > 0 && this.#dropped.get(kind)?.inc({ ...labels, reason }, by),
      observeBatchSeconds: (seconds) => this.#seconds.observe(labels, seconds),
      remove: () => {
        this.#queues.delete(key);
        for (const counter of this.#counters.values()) counter.remove(labels);
        this.#seconds.remove(labels);
      },
    };
  }

  #addGauges(registry: Registry): void {
    const queues = this.#queues;
    const named = [...entriesOf(GAUGES).map(([name, help]) => [name, PREFIX + name, help] as const)];
    const own = entriesOf(OWN_GAUGES).map(([name, help]) => [name, name, help] as const);
    for (const [key, name, help] of [...named, ...own]) {
      const labelNames = name.startsWith('prometheus_wal') ? ['consumer'] : LABELS;
      const gauge = new Gauge({
        name,
        help,
        labelNames,
        registers: [registry],
        collect() {
          this.reset();
          for (const { labels, values } of queues.values()) {
            const value = values()[key];
            if (value !== undefined) this.set(labelNames === LABELS ? labels : { consumer: labels.remote_name as string }, value);
          }
        },
      });
      this.#gauges.set(key, gauge);
    }
  }
}

function addCommon(registry: Registry, common: () => CommonValues): void {
  const registers = [registry];
  new Gauge({
    name: `${PREFIX}highest_timestamp_in_seconds`,
    help: 'Highest timestamp that has come into the log of commits, in seconds since epoch.',
    registers,
    collect() {
      const { newestMs } = common();
      this.set(Number.isFinite(newestMs) ? newestMs / 1000 : 0);
    },
  });
  new Counter({
    name: `${PREFIX}samples_in_total`,
    help: 'Samples in to remote storage, compare to samples out for queue managers.',
    registers,
    collect() {
      this.reset();
      this.inc(common().samplesIn);
    },
  });
  new Gauge({
    name: 'prometheus_tsdb_wal_segment_current',
    help: 'Segment of the log of commits that is currently being written to.',
    registers,
    collect() {
      this.set(common().logSegment);
    },
  });
}

function entriesOf<Key extends string>(object: Readonly<Record<Key, string>>): [Key, string][] {
  return Object.entries(object) as [Key, string][];
}
