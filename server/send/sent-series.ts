// What is done once for each series of a queue and not for each sample: external labels, relabelling, the hash that chooses its shard, and
// (lazily, by the encoder) its labels in bytes. Two generations: when the younger has used up its memory it becomes the older one, and what
// that still held is forgotten.
import type { EncodableSeries } from '../formats/remote-write/request-encoder.ts';
import { FNV_OFFSET, fnvText, fnvUnit, toSmallHash } from '../model/fnv.ts';
import { Labels } from '../model/labels.ts';
import { relabel } from '../relabel/relabel.ts';
import type { RelabelRule } from '../relabel/rule.ts';
import type { SeriesRef } from '../storage/store.ts';

const MAX_BYTES = 64 * 1024 * 1024;
const SERIES_BYTES = 300;

/** A series as a queue sends it. */
export interface SentSeries extends EncodableSeries {
  readonly labels: Labels;
  /** Of the labels under which it is stored. */
  readonly hash: number;
  /** The request in which it was last, the kind of its samples there (batch.ts), and the first and the last of them. */
  batch: number;
  kind: number;
  first: number;
  last: number;
}

export interface SentSeriesDeps {
  readonly labelsOf: (ref: SeriesRef) => Labels | undefined;
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly rules: readonly RelabelRule[];
  readonly maxBytes?: number;
}

/** The series of one queue. */
export class SentSeriesCache {
  readonly #deps: SentSeriesDeps;
  readonly #externalLabels: Labels;
  readonly #maxBytes: number;
  #young = new Map<SeriesRef, SentSeries | 'dropped'>();
  #old = new Map<SeriesRef, SentSeries | 'dropped'>();
  #bytes = 0;

  constructor(deps: SentSeriesDeps) {
    this.#deps = deps;
    this.#externalLabels = Labels.from(deps.externalLabels);
    this.#maxBytes = (deps.maxBytes ?? MAX_BYTES) / 2;
  }

  /** The series of a commit; `dropped` when relabelling drops it, undefined when nobody knows it any more. */
  find(ref: SeriesRef): SentSeries | 'dropped' | undefined {
    const known = this.#young.get(ref);
    if (known !== undefined) return known;
    const old = this.#old.get(ref);
    if (old !== undefined) return this.#keep(ref, old);
    const labels = this.#deps.labelsOf(ref);
    return labels && this.#keep(ref, this.seriesOf(labels));
  }

  /** A series by the labels under which it is stored; not kept. */
  seriesOf(stored: Labels): SentSeries | 'dropped' {
    const labels = relabel(this.#externalLabels.merge(stored), this.#deps.rules);
    if (labels === undefined || labels.size === 0) return 'dropped';
    return {
      labels,
      flat: labels.flat,
      hash: hashOf(stored),
      labelFields: undefined,
      symbols: undefined,
      symbolsGeneration: -1,
      batch: 0,
      kind: 0,
      first: 0,
      last: 0,
    };
  }

  #keep(ref: SeriesRef, series: SentSeries | 'dropped'): SentSeries | 'dropped' {
    if (this.#bytes > this.#maxBytes) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#bytes = 0;
    }
    this.#young.set(ref, series);
    this.#bytes += series === 'dropped' ? SERIES_BYTES / 3 : SERIES_BYTES + textLength(series.labels);
    return series;
  }
}

/** A hash that stays the same over restarts, because it is part of what is kept of a queue. */
function hashOf(labels: Labels): number {
  let hash = FNV_OFFSET;
  for (const text of labels.flat) hash = fnvUnit(fnvText(hash, text), 0x1ff);
  return toSmallHash(hash);
}

function textLength(labels: Labels): number {
  let length = 0;
  for (const text of labels.flat) length += text.length;
  return length;
}
