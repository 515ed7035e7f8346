// What is known of the series that one target exposes, so that labels are parsed, relabelled and looked up once in a series' life.
//
// A target nearly always writes the same series in the same order. So the cache keeps the order of the last good scrape and compares
// the next line with the series text expected there: no hash and no string for a line like last time's. Only where that fails is the text
// hashed and looked up. As long as a scrape goes as the one before, series only get its number; lists of what it has are made when it
// first goes another way.

import type { MetricParser } from '../formats/exposition/metric-parser.ts';
import { fnvBytes, toSmallHash } from '../model/fnv.ts';
import type { Labels } from '../model/labels.ts';
import type { Exemplar, SeriesRef } from '../storage/store.ts';
import type { ClassicPart } from './classic-collector.ts';
import { SeriesTexts } from './series-texts.ts';

/** One series text and what became of it. */
export interface CachedSeries {
  /** Undefined: metric relabelling drops the series, or it only ever went into a histogram. */
  readonly ref: SeriesRef | undefined;
  /** Whether nobody asked yet what relabelling makes of it: it went into a histogram. */
  readonly isPartOnly: boolean;
  /** What it is of a classic histogram, once somebody asked. */
  part: ClassicPart | undefined;
  /** Type and unit that are among its labels. */
  readonly identity: string;
  readonly hash: number;
  /** Its text lies at start … end-1 of the cache's texts. */
  start: number;
  readonly length: number;
  /** Its place in the order of the last good scrape. */
  position: number;
  /** Number of the scrape that saw it last. */
  seenIn: number;
  /** Number of the scrape that last put it under staleness tracking. */
  trackedIn: number;
  /** Its last exemplar, and its labels once it had one. */
  exemplar: Exemplar | undefined;
  labels: Labels | undefined;
  /** Time of creation that was written as a zero sample. */
  createdMs: number;
  /** Other series with the same hash. */
  next: CachedSeries | undefined;
}

/** What is remembered of a series from the beginning. */
export interface NewSeries {
  readonly ref: SeriesRef | undefined;
  readonly isPartOnly?: boolean;
  readonly part?: ClassicPart | undefined;
  readonly identity?: string;
}

// Failing scrapes that expose ever new series must not grow the cache for ever: upstream's allowance.
const SPARE_SERIES = 1000;

/** The cache of one target. A scrape is `begin`, then any of the middle methods, then `finish` or `abandon`. */
export class SeriesCache {
  readonly #seed: number;
  readonly #byHash = new Map<number, CachedSeries>();
  readonly #converted = new Map<string, CachedSeries>();
  #texts = new SeriesTexts();
  #size = 0;
  #scrape = 0;
  /** Number of the last good scrape. */
  #lastGood = 0;
  /** Whether this scrape has had nothing but series in the order of the last one, and put under tracking only what was so before. */
  #isAsBefore = false;
  /** How many of them. */
  #seenAgain = 0;
  #trackedAgain = 0;
  #order: CachedSeries[] = [];
  #nextOrder: CachedSeries[] = [];
  #position = 0;
  #tracked: CachedSeries[] = [];
  #nextTracked: CachedSeries[] = [];
  /** Series that an earlier loop of the same target left: stale after the next good scrape unless it has them. */
  #inherited: readonly SeriesRef[];

  constructor(inherited: readonly SeriesRef[] = []) {
    this.#inherited = inherited;
    // A target must not be able to compute texts of equal hash.
    this.#seed = Math.floor(Math.random() * 0x7fffffff);
  }

  /** Series texts that are remembered. */
  get size(): number {
    return this.#size;
  }

  begin(): void {
    this.#scrape++;
    this.#position = 0;
    this.#isAsBefore = true;
    this.#seenAgain = 0;
    this.#trackedAgain = 0;
    this.#nextOrder = [];
    this.#nextTracked = [];
  }

  /** Reads the next line if it is the series that stood here last time. */
  readExpected(parser: MetricParser): CachedSeries | undefined {
    const expected = this.#order[this.#position];
    if (!expected || !parser.skipKnown(this.#texts.bytes, expected.start, expected.start + expected.length)) return undefined;
    this.#position++;
    return expected;
  }

  /** The series on which `parser` stands, if it is known; the scrape is expected to go on behind it. */
  find(parser: MetricParser): CachedSeries | undefined {
    this.#leaveOrder();
    const hash = toSmallHash(fnvBytes(this.#seed, parser.body, parser.seriesStart, parser.seriesEnd));
    for (let series = this.#byHash.get(hash); series; series = series.next) {
      if (!this.#hasText(series, parser)) continue;
      if (series.position >= 0 && series.seenIn !== this.#scrape) this.#position = series.position + 1;
      return series;
    }
    return undefined;
  }

  /** Remembers the series on which `parser` stands, over another with the same text. */
  add(parser: MetricParser, what: NewSeries): CachedSeries {
    this.#leaveOrder();
    const { body, seriesStart, seriesEnd } = parser;
    const hash = toSmallHash(fnvBytes(this.#seed, body, seriesStart, seriesEnd));
    const start = this.#texts.add(body, seriesStart, seriesEnd);
    const series = newSeries(what, hash, { start, length: seriesEnd - seriesStart });
    series.next = this.#byHash.get(hash);
    this.#byHash.set(hash, series);
    this.#size++;
    return series;
  }

  /** The series that a classic histogram was converted to. */
  findConverted(key: string): CachedSeries | undefined {
    return this.#converted.get(key);
  }

  /** Remembers a series that no text stands for: that of a converted histogram. */
  addConverted(key: string, ref: SeriesRef | undefined): CachedSeries {
    const series = newSeries({ ref }, 0, { start: 0, length: 0 });
    this.#converted.set(key, series);
    return series;
  }

  /** Notes that this scrape has the converted series; false when it had it before. */
  seeConverted(series: CachedSeries): boolean {
    if (series.seenIn === this.#scrape) return false;
    series.seenIn = this.#scrape;
    return true;
  }

  /** Notes that this scrape has the series; false when it had it before. */
  see(series: CachedSeries): boolean {
    if (series.seenIn === this.#scrape) return false;
    series.seenIn = this.#scrape;
    if (this.#isAsBefore) this.#seenAgain++;
    else this.#nextOrder.push(series);
    return true;
  }

  /** Puts the series under staleness tracking: it becomes stale when a later scrape lacks it. */
  track(series: CachedSeries): void {
    if (series.trackedIn === this.#scrape) return;
    if (series.position < 0 || series.trackedIn !== this.#lastGood) this.#leaveOrder();
    series.trackedIn = this.#scrape;
    if (this.#isAsBefore) this.#trackedAgain++;
    else this.#nextTracked.push(series);
  }

  /** Notes what this scrape has had so far: from here on it goes its own way. */
  #leaveOrder(): void {
    if (!this.#isAsBefore) return;
    this.#isAsBefore = false;
    this.#nextOrder = this.#order.slice(0, this.#position).filter((series) => series.seenIn === this.#scrape);
    this.#nextTracked = this.#nextOrder.filter((series) => series.trackedIn === this.#scrape);
  }

  /** Ends a good scrape: forgets texts that it lacked. The series that ended with it. */
  finish(): SeriesRef[] {
    const stale = this.#isWhollyAsBefore() ? [] : this.#takeOrder();
    this.#lastGood = this.#scrape;
    if (this.#size > this.#order.length) this.#evict((series) => series.seenIn === this.#scrape);
    for (const [key, series] of this.#converted) if (series.seenIn !== this.#scrape) this.#converted.delete(key);
    return stale;
  }

  /**
   * Ends a failed scrape, or the target's life: all series that were under tracking end. Texts stay known. (Prometheus 3.5 means to
   * do the same, but leaves out series that stood before the bad line of a failed body.)
   */
  abandon(): SeriesRef[] {
    const stale = this.trackedSeries();
    this.#tracked = [];
    this.#inherited = [];
    if (this.#size > 2 * this.#order.length + SPARE_SERIES) this.#evict((series) => series.position >= 0);
    if (this.#converted.size > this.#order.length + SPARE_SERIES) this.#converted.clear();
    return stale;
  }

  /** The series that are alive after the last good scrape. */
  trackedSeries(): SeriesRef[] {
    return [...new Set([...this.#inherited, ...this.#tracked.map((series) => series.ref as SeriesRef)])];
  }

  #isWhollyAsBefore(): boolean {
    const isComplete = this.#seenAgain === this.#order.length && this.#trackedAgain === this.#tracked.length;
    return this.#isAsBefore && isComplete && this.#inherited.length === 0;
  }

  /** What this scrape has had is what the next one is expected to have. The series that ended. */
  #takeOrder(): SeriesRef[] {
    this.#leaveOrder();
    const stale = this.#endedSeries();
    this.#order = this.#nextOrder;
    for (let i = 0; i < this.#order.length; i++) (this.#order[i] as CachedSeries).position = i;
    this.#tracked = this.#nextTracked;
    this.#inherited = [];
    return stale;
  }

  #endedSeries(): SeriesRef[] {
    const missing = this.#tracked.filter((series) => series.trackedIn !== this.#scrape).map((series) => series.ref as SeriesRef);
    if (missing.length + this.#inherited.length === 0) return [];
    // Two texts can mean one series (labels in another order).
    const alive = new Set(this.#nextTracked.map((series) => series.ref));
    return [...new Set([...missing, ...this.#inherited])].filter((ref) => !alive.has(ref));
  }

  #evict(isKept: (series: CachedSeries) => boolean): void {
    const texts = new SeriesTexts();
    for (const [hash, first] of this.#byHash) {
      let kept: CachedSeries | undefined;
      for (let series: CachedSeries | undefined = first; series; ) {
        const following: CachedSeries | undefined = series.next;
        if (isKept(series)) {
          series.start = texts.add(this.#texts.bytes, series.start, series.start + series.length);
          series.next = kept;
          kept = series;
        } else this.#size--;
        series = following;
      }
      if (kept) this.#byHash.set(hash, kept);
      else this.#byHash.delete(hash);
    }
    this.#texts = texts;
  }

  #hasText({ start, length }: CachedSeries, { body, seriesStart, seriesEnd }: MetricParser): boolean {
    return length === seriesEnd - seriesStart && this.#texts.bytes.compare(body, seriesStart, seriesEnd, start, start + length) === 0;
  }
}

function newSeries(what: NewSeries, hash: number, place: Pick<CachedSeries, 'start' | 'length'>): CachedSeries {
  const { ref, isPartOnly = false, part, identity = '' } = what;
  return {
    ref,
    isPartOnly,
    part,
    identity,
    hash,
    ...place,
    position: -1,
    seenIn: 0,
    trackedIn: 0,
    exemplar: undefined,
    labels: undefined,
    createdMs: 0,
    next: undefined,
  };
}
