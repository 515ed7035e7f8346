import { encodeHistogramMessage } from '../formats/remote-read/histogram-message.ts';
import type { RequestEncoder, SeriesMetadata } from '../formats/remote-write/request-encoder.ts';
import { decodeHistogram, isEncodedWhole } from '../model/histogram-codec.ts';
import type { SentSeries } from './sent-series.ts';
import type { Beside, Shard } from './shard.ts';

/** What a request holds. */
export interface BatchCounts {
  samples: number;
  histograms: number;
  exemplars: number;
  /** Left out because of their age. */
  tooOld: number;
  /** Time of the newest sample, -Infinity without one. */
  newestMs: number;
}

/** A request, and how many of the shard's samples it covers. */
export interface EncodedBatch {
  /** Valid until the encoder makes the next. */
  readonly body: Uint8Array;
  readonly counts: BatchCounts;
  readonly taken: number;
}

/** Makes requests of what shards hold; one for all shards of a queue. */
export class BatchEncoder {
  readonly #encoder: RequestEncoder;
  readonly #metadataOf: ((metricName: string) => SeriesMetadata | undefined) | undefined;
  #batch = 0;
  /** For each sample of the batch the next one of its series, -1 for the last. */
  #next = new Int32Array(0);
  readonly #order: SentSeries[] = [];

  /** With `metadataOf` each series says what it is, which only 2.0 can. */
  constructor(encoder: RequestEncoder, metadataOf?: (metricName: string) => SeriesMetadata | undefined) {
    this.#encoder = encoder;
    this.#metadataOf = metadataOf;
  }

  /**
   * A request with the first samples of a shard, at most `count`, those of each series together, without what is older than `oldestMs`.
   * It ends before a series would have samples of two kinds: Prometheus stores the floats of a request before its histograms, and drops
   * what is then out of order. And it holds only samples that were in the same requests before.
   */
  encode(shard: Shard, count: number, oldestMs: number): EncodedBatch {
    // An earlier one may have thrown.
    this.#order.length = 0;
    const counts: BatchCounts = { samples: 0, histograms: 0, exemplars: 0, tooOld: 0, newestMs: Number.NEGATIVE_INFINITY };
    const taken = this.#chain(shard, count, oldestMs, counts);
    const encoder = this.#encoder;
    encoder.begin();
    for (const series of this.#order) {
      encoder.startSeries(series, this.#metadataOf?.(series.labels.metricName));
      for (let k = series.first; k >= 0; k = this.#next[k] as number) write(encoder, shard, shard.slotOf(k), counts);
      encoder.endSeries();
    }
    return { body: encoder.finish(), counts, taken };
  }

  /** Chains the samples of each series; answers how many there are. */
  #chain(shard: Shard, count: number, oldestMs: number, counts: BatchCounts): number {
    if (this.#next.length < count) this.#next = new Int32Array(count);
    const batch = ++this.#batch;
    const { columns } = shard;
    const resend = columns.resends[shard.slotOf(0)];
    for (let k = 0; k < count; k++) {
      const slot = shard.slotOf(k);
      if (columns.resends[slot] !== resend) return k;
      if ((columns.times[slot] as number) < oldestMs) {
        counts.tooOld++;
        continue;
      }
      const series = columns.series[slot] as SentSeries;
      const kind = kindOf(columns.beside[slot]);
      if (series.batch === batch) {
        if (kind !== ANY && series.kind !== ANY && kind !== series.kind) return k;
        this.#next[series.last] = k;
        if (kind !== ANY) series.kind = kind;
      } else {
        series.batch = batch;
        series.kind = kind;
        series.first = k;
        this.#order.push(series);
      }
      series.last = k;
      this.#next[k] = -1;
    }
    return count;
  }
}

// Kinds of samples: exemplars go with all of them.
const ANY = 0;
const FLOAT = 1;
const HISTOGRAM = 2;
const WHOLE_HISTOGRAM = 3;

function kindOf(beside: Beside): number {
  if (beside === undefined) return FLOAT;
  if (!(beside instanceof Uint8Array)) return ANY;
  return isEncodedWhole(beside) ? WHOLE_HISTOGRAM : HISTOGRAM;
}

function write(encoder: RequestEncoder, { columns }: Shard, slot: number, counts: BatchCounts): void {
  const timestampMs = columns.times[slot] as number;
  const beside = columns.beside[slot];
  if (beside === undefined) {
    counts.samples++;
    encoder.addSample(timestampMs, columns.bits, slot);
  } else if (beside instanceof Uint8Array) {
    counts.histograms++;
    encoder.addHistogram(encodeHistogramMessage(timestampMs, decodeHistogram(beside)));
  } else {
    counts.exemplars++;
    encoder.addExemplar({ flat: beside.labels.flat, value: beside.value, timestampMs });
    return;
  }
  if (timestampMs > counts.newestMs) counts.newestMs = timestampMs;
}
