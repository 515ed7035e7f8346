// Where remote write comes in: series by series from the bytes of a request into the store. Nothing is stored before the whole request
// has been read, because it may turn out to be broken.
import { Counter, type Registry } from 'prom-client';
import { inTurns } from '../formats/otlp/in-turns.ts';
import type { WriteProtocol, WriteRequest } from '../formats/remote-write/write-request.ts';
import { isAppError } from '../model/app-error.ts';
import type { Clock } from '../model/clock.ts';
import type { ExemplarStore, MetricStore } from '../storage/store.ts';
import { commitBatches } from './commit-batches.ts';
import { ReceivedSeriesCache } from './received-series.ts';
import { RemoteMetadataCache } from './remote-metadata.ts';
import { SampleIntake } from './sample-intake.ts';
import type { RefusalTexts } from './sample-refusals.ts';

export interface SampleReceiverDeps {
  readonly store: MetricStore;
  readonly exemplars: ExemplarStore;
  readonly clock: Clock;
  /** How far behind samples may come late, 0 = not at all: it decides the words of a refusal. */
  readonly outOfOrderMs: () => number;
  /** Feature created-timestamp-zero-ingestion. */
  readonly writesCreated?: boolean | undefined;
  readonly registry?: Registry | undefined;
}

/** What became of a request. */
export interface WriteOutcome {
  /** Stored, or there already. */
  readonly samples: number;
  readonly histograms: number;
  readonly exemplars: number;
  /** What a sender must be told of what was not stored. */
  readonly refusals: RefusalTexts;
}

/** How samples are taken in. */
export interface WriteOptions {
  /** Samples may be older than what their series have, however much: they come from an archive, perhaps again. */
  readonly isBackfill?: boolean;
}

/** Takes samples in. */
export interface SampleReceiver {
  /**
   * Stores what is good of a request; when it resolves that is visible and durable. Throws `remote_write.bad_protobuf` (nothing
   * stored) and what the store says when it takes nothing (`storage.overloaded`).
   */
  write(request: WriteRequest, protocol: WriteProtocol, options?: WriteOptions): Promise<WriteOutcome>;
  /** What senders said about metric families. */
  readonly metadata: RemoteMetadataCache;
}

export function createSampleReceiver(deps: SampleReceiverDeps): SampleReceiver {
  let cache = new ReceivedSeriesCache();
  let { refEpoch } = deps.store;
  const metadata = new RemoteMetadataCache();
  const metrics = createMetrics(deps.registry);
  const outOfOrderMs = Number.POSITIVE_INFINITY;
  const backfill = { store: { appender: () => deps.store.appender({ outOfOrderMs }) }, outOfOrderMs: () => outOfOrderMs };

  return {
    metadata,
    async write(request, protocol, { isBackfill = false } = {}) {
      if (refEpoch !== deps.store.refEpoch) {
        refEpoch = deps.store.refEpoch;
        cache = new ReceivedSeriesCache();
      }
      const intake = new SampleIntake(
        { ...deps, ...(isBackfill && backfill), cache, metadata, refused: metrics.refused },
        request,
        protocol,
      );
      await inTurns(intake.read());
      for (const family of request.families()) metadata.take(family);
      const { samples, histograms } = intake.counts;
      try {
        await commitBatches(intake.batches);
      } catch (error) {
        if (isAppError(error, 'storage.overloaded')) metrics.refused?.inc({ reason: 'overloaded' }, samples + histograms);
        throw error;
      }
      const exemplars = intake.appendExemplars();
      metrics.received?.inc({ type: 'float' }, samples);
      metrics.received?.inc({ type: 'histogram' }, histograms);
      return { samples, histograms, exemplars, refusals: intake.refusals };
    },
  };
}

function createMetrics(registry: Registry | undefined) {
  if (!registry) return {};
  const registers = [registry];
  return {
    received: new Counter({
      name: 'alidade_receive_samples_total',
      help: 'Samples taken from remote writes, by type.',
      labelNames: ['type'],
      registers,
    }),
    refused: new Counter({
      name: 'alidade_receive_samples_refused_total',
      help: 'Samples, histograms and exemplars of remote writes that were not stored, by reason.',
      labelNames: ['reason'],
      registers,
    }),
  };
}
