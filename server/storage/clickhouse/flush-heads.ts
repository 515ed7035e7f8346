// The heads of all series at one moment, as a flush hands them over. In columns: an object for each of a hundred thousand series, another for
// its view and two numbers in boxes would take some twenty megabytes, just when a flush needs memory for blocks.
import { Column, push } from './column.ts';
import type { HeadView, Series } from './head.ts';
import type { HeadColumns, HeadMemory } from './head-columns.ts';
import type { Run } from './run.ts';

/** What came late of a series. */
type LateView = Pick<HeadView, 'late' | 'lateCount'>;

const NOTHING_LATE: LateView = { late: undefined, lateCount: 0 };

/** Series with samples in memory, and how far these reached when they were added. */
export class FlushHeads {
  readonly #series: Series[] = [];
  readonly #columns: HeadColumns[] = [];
  readonly #counts = new Column((n) => new Uint32Array(n));
  /** Of the series that have some. */
  readonly #late = new Map<Series, LateView>();
  readonly #minMs = new Column((n) => new Float64Array(n));
  readonly #maxMs = new Column((n) => new Float64Array(n));

  add(series: Series): void {
    this.#series.push(series);
    this.#columns.push(series.columns);
    push(this.#counts, series.count);
    if (series.late) this.#late.set(series, { late: series.late, lateCount: series.late.count });
    push(this.#minMs, Number.POSITIVE_INFINITY);
    push(this.#maxMs, Number.NEGATIVE_INFINITY);
  }

  /** Their numbers here, in the order in which they lie on disk. */
  inOrder(): readonly number[] {
    const all = this.#series;
    // An array, not a typed one: its sort makes use of the runs that series of one target are in.
    return Array.from(all.keys()).sort((a, b) => {
      const [one, other] = [all[a] as Series, all[b] as Series];
      return one.metric - other.metric || one.id - other.id;
    });
  }

  series(i: number): Series {
    return this.#series[i] as Series;
  }

  view(i: number): HeadView {
    const { late, lateCount } = this.#late.get(this.series(i)) ?? NOTHING_LATE;
    return { columns: this.#columns[i] as HeadColumns, count: this.#counts.data[i] as number, late, lateCount };
  }

  /** Notes the span of what is handed over of a series, whose samples are not none. */
  noteSpan(i: number, { times, count }: Run): void {
    this.#minMs.data[i] = times[0] as number;
    this.#maxMs.data[i] = times[count - 1] as number;
  }

  /** The engine has them now; what came since stays. Answers how much memory that sets free, in units of 16 bytes. */
  handOver(i: number, memory: HeadMemory): number {
    const series = this.series(i);
    const before = series.units;
    series.handOver(this.view(i), this.#minMs.data[i] as number, this.#maxMs.data[i] as number, memory);
    return before - series.units;
  }
}
