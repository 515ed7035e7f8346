// Watches the reads of a query: how many samples it looks at, and which series have any.
import { createHash } from 'node:crypto';
import type { Labels } from '../../model/labels.ts';
import { bitsOf, isStaleAt } from '../../model/stale.ts';
import { isPacked, type PackedSeries, type PackMemory, samplesOf } from '../../storage/packed/packed-series.ts';
import { Unpacker } from '../../storage/packed/unpacker.ts';
import type { MetricSelection, MetricStore, ReadLimits, SeriesSet } from '../../storage/store.ts';
import type { Grid } from './grid.ts';

/** The steps of a query whose selectors look back from each, and at nothing else. */
export interface SeriesWanted {
  readonly grid: Grid;
  /** The shortest of their windows. */
  readonly windowMs: number;
}

/** What a query reads from. */
export type SampleSource = Pick<MetricStore, 'select' | 'selectPacked'>;

/** The last pieces of a packed series, which nearly always have its last two samples. */
const END_PIECES = 2;

interface Hashing {
  update(text: string): unknown;
}

/** A source that tells what was read from another one. */
export class SeriesRecorder implements SampleSource {
  readonly #source: SampleSource;
  readonly #wanted: SeriesWanted | undefined;
  /** Of each selector, what tells its series from others; '' when they were not the same in all reads. */
  readonly #series = new Map<string, string>();
  readonly #unpacker = new Unpacker();
  #isComplete = true;
  samples = 0;

  /** Without `wanted` nothing is told about series. */
  constructor(source: SampleSource, wanted: SeriesWanted | undefined) {
    this.#source = source;
    this.#wanted = wanted;
  }

  /**
   * Equal for queries that have found the same series with each of their selectors, and a result for each of these at some step. Undefined
   * when that is not known.
   */
  get series(): string | undefined {
    if (!this.#wanted || !this.#isComplete || [...this.#series.values()].includes('')) return undefined;
    return JSON.stringify([...this.#series].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Counts what was read elsewhere. */
  add(samples: number): void {
    this.samples += samples;
  }

  async select(selections: readonly MetricSelection[], limits: ReadLimits): Promise<SeriesSet[]> {
    const sets = await this.#source.select(selections, limits);
    sets.forEach((set, i) => {
      const selection = selections[i] as MetricSelection;
      const hash = createHash('sha256');
      this.#look(set, selection, hash);
      this.#note(selection, hash.digest('base64'));
    });
    return sets;
  }

  async *selectPacked(selection: MetricSelection, limits: ReadLimits, memory: PackMemory): AsyncGenerator<PackedSeries | SeriesSet> {
    const hash = createHash('sha256');
    let isWhole = false;
    try {
      for await (const part of this.#source.selectPacked(selection, limits, memory)) {
        if (isPacked(part)) this.#lookAtPacked(part, selection, hash);
        else this.#look(part, selection, hash);
        yield part;
      }
      isWhole = true;
    } finally {
      this.#note(selection, isWhole ? hash.digest('base64') : '');
    }
  }

  #look(set: SeriesSet, { endMs }: MetricSelection, hash: Hashing): void {
    this.samples += set.values.length;
    const wanted = this.#wanted;
    if (!wanted) return;
    if (set.histograms) this.#isComplete = false;
    const bits = bitsOf(set.values);
    set.labels.forEach((series, i) => {
      addKey(series, hash);
      if (!hasResult(set, bits, i, endMs, wanted)) this.#isComplete = false;
    });
  }

  /** Decodes the ends of series, and all of one only where that does not tell. */
  #lookAtPacked(packed: PackedSeries, { endMs }: MetricSelection, hash: Hashing): void {
    this.samples += samplesOf(packed);
    const wanted = this.#wanted;
    if (!wanted) return;
    packed.labels.forEach((series, i) => {
      addKey(series, hash);
      if (!this.#isComplete) return;
      const hasOne = [END_PIECES, Number.POSITIVE_INFINITY].some((pieces) => {
        const set = this.#unpacker.tail(packed, i, pieces);
        return hasResult(set, bitsOf(set.values), 0, endMs, wanted);
      });
      if (!hasOne) this.#isComplete = false;
    });
  }

  #note({ matchers }: MetricSelection, found: string): void {
    if (!this.#wanted) return;
    const selector = JSON.stringify(matchers.map(({ type, name, value }) => [type, name, value]));
    const before = this.#series.get(selector);
    this.#series.set(selector, before === undefined || before === found ? found : '');
  }
}

function addKey(series: Labels, hash: Hashing): void {
  const key = series.key();
  hash.update(`${key.length} ${key}`);
}

/**
 * Whether the series has two samples that are not stale in the window of the last step, or of the last step that is not ahead of its
 * samples: any function answers something then.
 */
function hasResult(
  { offsets, timestampsMs }: SeriesSet,
  bits: Uint32Array,
  series: number,
  endMs: number,
  { grid, windowMs }: SeriesWanted,
): boolean {
  const from = offsets[series] as number;
  let last = (offsets[series + 1] as number) - 1;
  const isWithin = (sample: number, stepMs: number) =>
    sample >= from && (timestampsMs[sample] as number) > stepMs - windowMs && !isStaleAt(bits, sample);
  if (isWithin(last, endMs) && isWithin(last - 1, endMs)) return true;
  const stepMs = endMs - Math.ceil((endMs - (timestampsMs[last] as number)) / grid.stepMs) * grid.stepMs;
  if (stepMs < grid.startMs) return false;
  while (last >= from && (timestampsMs[last] as number) > stepMs) last--;
  return isWithin(last, stepMs) && isWithin(last - 1, stepMs);
}
