import { Labels } from '../../model/labels.ts';
import type { LogBlock, LogSelection } from '../../storage/store.ts';
import type { Rows } from '../../vector/rows.ts';
import { logqlError } from '../errors.ts';
import type { Grouping, RangeAggregation, RangeOp } from '../parse/ast.ts';
import { ERROR, type LineLabels } from '../pipeline/line-labels.ts';
import { namesOfFilter } from '../pipeline/needed-labels.ts';
import type { LineState } from '../pipeline/pipeline.ts';
import { pushableFilters } from '../pipeline/pushdown.ts';
import { compileUnwrap } from '../pipeline/unwrap.ts';
import { CountWindows } from './count-windows.ts';
import { type Grid, Windows } from './grid.ts';
import { LineReader } from './line-reader.ts';
import { reductionOf } from './over-time.ts';
import { SeriesTable } from './series-table.ts';
import { ValueWindows } from './value-windows.ts';

export interface RangeLimits {
  readonly maxSeries: number;
  /** Unwrapped values that are kept at once. */
  readonly maxValues: number;
  /** Series × steps. */
  readonly maxCells?: number | undefined;
}

const BYTES = new Set<RangeOp>(['bytes_rate', 'bytes_over_time']);
const PER_SECOND = new Set<RangeOp>(['rate', 'bytes_rate']);
/** Steps that are gone through between two pauses. */
const PAUSE_STEPS = 100_000;

/** One range aggregation: takes lines in any order and answers rows of the grid. */
export class RangeEvaluation {
  readonly selection: LogSelection;
  readonly reader: LineReader;
  readonly #expr: RangeAggregation;
  readonly #windows: Windows;
  readonly #series: SeriesTable;
  readonly #counts: CountWindows;
  readonly #values: ValueWindows;
  readonly #unwrap: ((state: LineState) => number | undefined) | undefined;
  readonly #maxSeries: number;
  #rows: Rows | undefined;

  /** `grouping` may be that of a surrounding sum, where grouping early gives the same. */
  constructor(expr: RangeAggregation, grouping: Grouping | undefined, grid: Grid, isLevelWanted: boolean, limits: RangeLimits) {
    const { log, unwrap } = expr;
    const { filters, rest } = pushableFilters(log.stages);
    this.#expr = expr;
    this.#windows = new Windows(grid, expr.rangeNs, expr.offsetNs);
    const { startNs, endNs } = this.#windows;
    this.reader = new LineReader({
      stages: rest,
      neededLabels: wantedLabels(expr, grouping),
      isLineNeeded: BYTES.has(expr.op),
      detectLevel: isLevelWanted,
    });
    const columns = this.reader.needsNoText && !unwrap ? 'sizes' : 'lines';
    this.selection = { matchers: log.matchers, startNs, endNs, filters, order: 'stream', columns };
    const { maxSeries, maxCells = Number.POSITIVE_INFINITY } = limits;
    this.#maxSeries = Math.min(maxSeries, Math.max(1, Math.floor(maxCells / grid.steps)));
    const ofAll: Grouping | undefined = expr.op === 'absent_over_time' ? { without: false, labels: [] } : grouping;
    this.#series = new SeriesTable(ofAll, unwrap?.label ?? '', this.#maxSeries);
    this.#counts = new CountWindows(this.#windows);
    this.#values = new ValueWindows(this.#windows, limits.maxValues);
    this.#unwrap = unwrap && compileUnwrap(unwrap);
  }

  feed(block: LogBlock): void {
    const { originNs } = this.#windows;
    const { timesNs, lineSizes } = block;
    const { state } = this.reader;
    const isBytes = BYTES.has(this.#expr.op);
    this.reader.read(block, (row) => {
      const atNs = Number((timesNs[row] as bigint) - originNs);
      if (this.#unwrap) {
        this.#takeValue(atNs);
        return false;
      }
      checkError(state.labels);
      // A stage may have rewritten the line.
      const size = isBytes ? (block.lineOffsets.length > 0 ? Buffer.byteLength(state.line) : (lineSizes[row] as number)) : 1;
      this.#counts.add(this.#series.seriesOf(state.labels), atNs, size);
      return false;
    });
  }

  /** The rows, once `reduce` is through. */
  rows(): Rows {
    return this.#rows as Rows;
  }

  /** Makes the rows of the lines that were taken, in pieces of work. */
  *reduce(): Generator<undefined, void> {
    const { steps } = this.#windows;
    const { op, param, rangeNs } = this.#expr;
    const { labels } = this.#series;
    if (op === 'absent_over_time') {
      this.#rows = this.#absent();
      return;
    }
    const values = new Float64Array(labels.length * steps);
    const present = new Uint8Array(values.length);
    const reduce = reductionOf(op, param);
    for (let i = 0, sincePause = 0; i < labels.length; i++) {
      if (this.#unwrap) yield* this.#values.finish(i, reduce, values, present, i * steps);
      else this.#counts.finish(i, values, present, i * steps);
      sincePause += steps;
      if (sincePause < PAUSE_STEPS) continue;
      sincePause = 0;
      yield;
    }
    if (!this.#unwrap && PER_SECOND.has(op)) {
      const seconds = Number(rangeNs) / 1e9;
      for (let i = 0; i < values.length; i++) values[i] = (values[i] as number) / seconds;
    }
    this.#rows = { steps, labels, values, present };
  }

  #takeValue(atNs: number): void {
    const { state } = this.reader;
    const value = this.#unwrap?.(state);
    if (value === undefined) return;
    checkError(state.labels);
    const series = this.#series.seriesOf(state.labels);
    if (this.#expr.op === 'absent_over_time') this.#counts.add(series, atNs, 1);
    else this.#values.add(series, atNs, value);
  }

  /** 1 at every step without a line, under the labels that the equality matchers name. */
  #absent(): Rows {
    const { steps } = this.#windows;
    const counted = new Uint8Array(steps);
    this.#counts.finish(0, new Float64Array(steps), counted, 0);
    const { matchers } = this.#expr.log;
    const names = matchers.map(({ name }) => name);
    const sure = matchers.filter(({ type, name }) => type === '=' && names.indexOf(name) === names.lastIndexOf(name));
    const labels = Labels.fromEntries(sure.map(({ name, value }) => [name, value]));
    return { steps, labels: [labels], values: new Float64Array(steps).fill(1), present: counted.map((is) => 1 - is) };
  }
}

/** The labels that an aggregation looks at in the end; undefined when it is all of them. */
function wantedLabels({ op, unwrap }: RangeAggregation, grouping: Grouping | undefined): ReadonlySet<string> | undefined {
  if (op !== 'absent_over_time' && (!grouping || grouping.without)) return undefined;
  return new Set([...(grouping?.labels ?? []), ...(unwrap ? [unwrap.label, ...unwrap.filters.flatMap(namesOfFilter)] : [])]);
}

/** Numbers are not made of lines that could not be processed: Loki's error, with its advice. */
function checkError(line: LineLabels): void {
  const error = line.get(ERROR);
  if (error === '') return;
  const series = line.labels();
  const text = `{${[...series].map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(', ')}}`;
  throw logqlError(
    'logql.pipeline',
    `pipeline error: '${error}' for series: '${text}'.\n` +
      `Use a label filter to intentionally skip this error. (e.g | __error__!="${error}").\n` +
      'To skip all potential errors you can match empty errors.(e.g __error__="")\n' +
      'The label filter can also be specified after unwrap. (e.g | unwrap latency | __error__="" )\n',
  );
}
