import { encodeHistogramMessage } from '../formats/remote-read/histogram-message.ts';
import type { RequestEncoder, SeriesMetadata } from '../formats/remote-write/request-encoder.ts';
import { decodeHistogram } from '../model/histogram-codec.ts';
import type { SentSeries } from './sent-series.ts';
import type { Shard } from './shard.ts';

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

  /** A request with the first `count` samples of a shard that are not older than `oldestMs`, those of each series together. */
  encode(shard: Shard, count: number, oldestMs: number): { readonly body: Uint8Array; readonly counts: BatchCounts } {
    const counts: BatchCounts = { samples: 0, histograms: 0, exemplars: 0, tooOld: 0, newestMs: Number.NEGATIVE_INFINITY };
    this.#group(shard, count, oldestMs, counts);
    const encoder = this.#encoder;
    encoder.begin();
    for (const series of this.#order) {
      this.#write(shard, series, counts);
    }
    this.#order.length = 0;
    // A copy: the encoder goes on with another request while this one is compressed and sent.
    return { body: Uint8Array.from(encoder.finish()), counts };
  }

  /** Writes the samples of a series. Who reads a series takes its floats first, so that what follows a histogram is another one. */
  #write(shard: Shard, series: SentSeries, counts: BatchCounts): void {
    const encoder = this.#encoder;
    const metadata = this.#metadataOf?.(series.labels.metricName);
    encoder.startSeries(series, metadata);
    let isBehindHistogram = false;
    for (let k = series.first; k >= 0; k = this.#next[k] as number) {
      const slot = shard.slotOf(k);
      const beside = shard.columns.beside[slot];
      if (isBehindHistogram && beside === undefined) {
        encoder.endSeries();
        encoder.startSeries(series, metadata);
        isBehindHistogram = false;
      } else if (beside instanceof Uint8Array) isBehindHistogram = true;
      write(encoder, shard, slot, counts);
    }
    encoder.endSeries();
  }

  /** Chains the samples of each series. */
  #group(shard: Shard, count: number, oldestMs: number, counts: BatchCounts): void {
    if (this.#next.length < count) this.#next = new Int32Array(count);
    const batch = ++this.#batch;
    const { columns } = shard;
    for (let k = 0; k < count; k++) {
      const slot = shard.slotOf(k);
      if ((columns.times[slot] as number) < oldestMs) {
        counts.tooOld++;
        continue;
      }
      const series = columns.series[slot] as SentSeries;
      if (series.batch === batch) this.#next[series.last] = k;
      else {
        series.batch = batch;
        series.first = k;
        this.#order.push(series);
      }
      series.last = k;
      this.#next[k] = -1;
    }
  }
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
