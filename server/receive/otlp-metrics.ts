// Where metrics of OpenTelemetry come in. Nothing is stored before the whole request has been read, because it may turn out to be broken.
import { Counter, type Registry } from 'prom-client';
import type { OtlpSettings } from '../config/otlp-section.ts';
import { inTurns, type Steps } from '../formats/otlp/in-turns.ts';
import type { MetricSink } from '../formats/otlp/metric-sink.ts';
import { isAppError } from '../model/app-error.ts';
import type { Clock } from '../model/clock.ts';
import type { ExemplarStore, MetricStore } from '../storage/store.ts';
import { exportGauge } from '../telemetry/read-metrics.ts';
import { commitBatches } from './commit-batches.ts';
import { DeltaStreams } from './otlp-metrics/delta-streams.ts';
import { FamilyCache } from './otlp-metrics/families.ts';
import { MetricIntake } from './otlp-metrics/metric-intake.ts';
import type { RemoteMetadataCache } from './remote-metadata.ts';

export interface MetricReceiverDeps {
  readonly store: MetricStore;
  readonly exemplars: ExemplarStore;
  readonly clock: Clock;
  /** The section `otlp` as it is now; another object means that it has changed. */
  readonly settings: () => OtlpSettings;
  /** What senders said about metric families, shared with remote write. */
  readonly metadata: RemoteMetadataCache;
  readonly limits: { readonly maxDeltaStreams: number };
  /** How far behind samples may come late, 0 = not at all: it decides the words of a refusal. */
  readonly outOfOrderMs: () => number;
  /** Of queries: target_info is written twice as often. */
  readonly lookbackMs: number;
  /** Features type-and-unit-labels and created-timestamp-zero-ingestion. */
  readonly withTypeAndUnit?: boolean | undefined;
  readonly writesCreated?: boolean | undefined;
  readonly registry?: Registry | undefined;
}

/** What became of a request; `message` is '' when every point was stored. */
export interface MetricPushResult {
  readonly rejectedPoints: number;
  readonly message: string;
}

/** Takes data points in. */
export interface MetricReceiver {
  /**
   * Stores what `read` gives; resolves when that is visible and durable. Rejects with what `read` throws (nothing stored) and with
   * `storage.overloaded`.
   */
  push(read: (sink: MetricSink) => Steps<void>): Promise<MetricPushResult>;
}

export function createMetricReceiver(deps: MetricReceiverDeps): MetricReceiver {
  const cache = new FamilyCache();
  const streams = new DeltaStreams(deps.limits.maxDeltaStreams);
  const metrics = createMetrics(deps.registry, streams);
  let settings = deps.settings();
  let { refEpoch } = deps.store;

  return {
    async push(read) {
      if (settings !== deps.settings() || refEpoch !== deps.store.refEpoch) {
        settings = deps.settings();
        refEpoch = deps.store.refEpoch;
        cache.clear();
      }
      const { withTypeAndUnit = false, writesCreated = false } = deps;
      const intake = new MetricIntake({ ...deps, cache, streams, settings, withTypeAndUnit, writesCreated });
      const { refusals } = intake;
      try {
        await inTurns(read(intake));
        intake.finish();
        for (const [reason, count] of refusals.counts()) metrics.refused?.inc({ reason }, count);
        await commitBatches(intake.samples.batches);
      } catch (error) {
        intake.undo();
        if (isAppError(error, 'storage.overloaded')) metrics.refused?.inc({ reason: 'overloaded' }, intake.points - refusals.total);
        throw error;
      }
      const { points } = intake;
      const stored = points - refusals.total;
      intake.exemplars.store(deps.exemplars);
      metrics.received?.inc(stored);
      return { rejectedPoints: refusals.total, message: refusals.message(points) };
    },
  };
}

function createMetrics(registry: Registry | undefined, streams: DeltaStreams) {
  if (!registry) return {};
  const registers = [registry];
  exportGauge(registry, 'alidade_receive_delta_streams', 'Streams of OTLP deltas that are being added up.', () => streams.size);
  return {
    received: new Counter({ name: 'alidade_receive_data_points_total', help: 'Data points of OTLP received and stored.', registers }),
    refused: new Counter({
      name: 'alidade_receive_data_points_refused_total',
      help: 'Data points of OTLP that were received and not stored, by reason.',
      labelNames: ['reason'],
      registers,
    }),
  };
}
