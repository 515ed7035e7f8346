// info() adds to series the labels of info series, which say more about the same target. Two series are of the same target when
// they agree in the identifying labels, `instance` and `job`; the other labels of an info series are its data labels.
import type { FloatHistogram } from '../../model/histogram.ts';
import { Labels } from '../../model/labels.ts';
import { compileMatcher, type Matcher } from '../../model/matcher.ts';
import { duplicateSeries } from '../../vector/errors.ts';
import { withHistograms } from '../../vector/histogram-cells.ts';
import type { Rows } from '../../vector/rows.ts';
import { promqlError } from '../errors.ts';
import type { VectorSelector } from '../parse/ast.ts';
import { infoSelectorOf } from '../parse/info-selectors.ts';
import { argOf, type CallContext, type VectorFunction } from './function.ts';

export const INFO_FUNCTIONS: Readonly<Record<string, VectorFunction>> = {
  info(call, context) {
    const base = context.vector(argOf(call, 0));
    const selector = infoSelectorOf(call);
    if (!selector) throw new RangeError('info() has no selector');
    const wanted = new WantedLabels(selector);
    const bare = base.labels.map((labels) => !wanted.isInfoSeries(labels.metricName));
    const info = new InfoSeries(context.infoTimes(call), new Targets(base.labels.filter((_, row) => bare[row])));
    return enrich(base, bare, info, wanted, context);
  },
};

/** What the second argument says about names and labels. */
class WantedLabels {
  readonly #isName: readonly ((value: string) => boolean)[];
  /** Names of the labels to add; empty for all. */
  readonly #names: ReadonlySet<string>;
  /** Whether a series without any info series stays. */
  readonly isOptional: boolean;

  constructor({ matchers }: VectorSelector) {
    const isOfName = ({ name }: Matcher) => name === '__name__';
    const ofLabels = matchers.filter((matcher) => !isOfName(matcher));
    this.#isName = matchers.filter(isOfName).map(compileMatcher);
    this.#names = new Set(ofLabels.map(({ name }) => name));
    this.isOptional = ofLabels.every((matcher) => compileMatcher(matcher)(''));
  }

  isInfoSeries(name: string): boolean {
    return this.#isName.every((isName) => isName(name));
  }

  isAdded(name: string): boolean {
    return name !== '__name__' && (this.#names.size === 0 || this.#names.has(name));
  }
}

/** The identifying labels of the series to be enriched. */
class Targets {
  readonly #jobs: ReadonlySet<string>;
  readonly #instances: ReadonlySet<string>;

  constructor(series: readonly Labels[]) {
    this.#jobs = valuesOf('job', series);
    this.#instances = valuesOf('instance', series);
  }

  /** Whether upstream would look at this info series. */
  mayBe(labels: Labels): boolean {
    const [job, instance] = [labels.get('job'), labels.get('instance')];
    return job + instance !== '' && this.#jobs.has(job) && this.#instances.has(instance);
  }
}

function valuesOf(name: string, series: readonly Labels[]): ReadonlySet<string> {
  return new Set(series.map((labels) => labels.get(name)));
}

/** The info series of each target; the newest of a name counts. */
class InfoSeries {
  readonly #times: Rows;
  readonly #rowsOfTarget = new Map<string, Map<string, number[]>>();

  constructor(times: Rows, targets: Targets) {
    this.#times = times;
    times.labels.forEach((labels, row) => {
      if (!targets.mayBe(labels)) return;
      const target = targetOf(labels);
      const byName = this.#rowsOfTarget.get(target) ?? new Map<string, number[]>();
      this.#rowsOfTarget.set(target, byName);
      byName.set(labels.metricName, [...(byName.get(labels.metricName) ?? []), row]);
    });
  }

  labels(row: number): Labels {
    return this.#times.labels[row] as Labels;
  }

  /** The rows that count for a target at a step, one of each name. Throws when two of a name are equally new. */
  rowsAt(target: string, step: number): readonly number[] {
    const byName = this.#rowsOfTarget.get(target);
    if (!byName) return [];
    return [...byName].flatMap(([name, rows]) => this.#newest(name, rows, step) ?? []);
  }

  /** Throws what `rowsAt` would throw for any target. */
  check(step: number): void {
    for (const byName of this.#rowsOfTarget.values())
      for (const [name, rows] of byName) if (rows.length > 1) this.#newest(name, rows, step);
  }

  #newest(name: string, rows: readonly number[], step: number): number | undefined {
    const { steps, present, values } = this.#times;
    let newest: number | undefined;
    for (const row of rows) {
      if (present[row * steps + step] === 0) continue;
      const time = values[row * steps + step] as number;
      const best = newest === undefined ? Number.NEGATIVE_INFINITY : (values[newest * steps + step] as number);
      if (time === best) throw promqlError('promql.execution', `found duplicate series for info metric ${name}`);
      if (time > best) newest = row;
    }
    return newest;
  }
}

function targetOf(labels: Labels): string {
  return JSON.stringify([labels.get('job'), labels.get('instance')]);
}

/** Step by step, and duplicates first, for the first error is the one to be reported. */
function enrich(base: Rows, isBare: readonly boolean[], info: InfoSeries, wanted: WantedLabels, context: CallContext): Rows {
  const { steps, present, labels } = base;
  const sink = new EnrichedRows(base);
  const targets = labels.map(targetOf);
  const enrichedBy = labels.map(() => new Map<string, Labels | undefined>());
  const labelsAt = (row: number, t: number): Labels | undefined => {
    const own = labels[row] as Labels;
    if (!isBare[row]) return own;
    const found = info.rowsAt(targets[row] as string, t);
    const known = enrichedBy[row] as Map<string, Labels | undefined>;
    const key = found.join();
    if (!known.has(key)) {
      const infos = found.map((each) => info.labels(each));
      known.set(key, enriched(own, infos, wanted));
    }
    return known.get(key);
  };
  for (let t = 0; t < steps; t++) {
    context.checkpoint();
    const rows = [...labels.keys()].filter((row) => present[row * steps + t] === 1);
    if (rows.length > 0) info.check(t);
    for (const row of rows) {
      const result = labelsAt(row, t);
      if (result) sink.put(row * steps + t, t, result);
    }
  }
  return sink.finish();
}

/** The labels with the data labels of all info series; undefined when there should be some and are none. */
function enriched(labels: Labels, infos: readonly Labels[], wanted: WantedLabels): Labels | undefined {
  if (infos.length === 0) return wanted.isOptional ? labels : undefined;
  const added = new Map<string, string>();
  for (const [name, value] of infos.flatMap((info) => [...info])) {
    if (!wanted.isAdded(name)) continue;
    if ((added.get(name) ?? value) !== value) throw promqlError('promql.execution', `conflicting label: ${name}`);
    if (!labels.has(name)) added.set(name, value);
  }
  return added.size === 0 ? labels : Labels.fromEntries([...labels, ...added]);
}

/** The samples of the base series under their new labels, which may change from step to step. */
class EnrichedRows {
  readonly #base: Rows;
  readonly #cellsOf = new Map<string, { readonly labels: Labels; readonly cells: Int32Array; readonly isNameDropped: number }>();

  constructor(base: Rows) {
    this.#base = base;
  }

  put(cell: number, step: number, labels: Labels): void {
    const { steps, nameDropped } = this.#base;
    const isNameDropped = nameDropped?.[Math.floor(cell / steps)] ?? 0;
    const row = this.#cellsOf.get(labels.key()) ?? { labels, isNameDropped, cells: new Int32Array(steps).fill(-1) };
    this.#cellsOf.set(labels.key(), row);
    if ((row.cells[step] as number) >= 0) throw duplicateSeries();
    row.cells[step] = cell;
  }

  finish(): Rows {
    const { steps } = this.#base;
    const rows = [...this.#cellsOf.values()];
    const values = new Float64Array(rows.length * steps);
    const present = new Uint8Array(values.length);
    const histograms = new Array<FloatHistogram | undefined>(this.#base.histograms ? values.length : 0).fill(undefined);
    rows.forEach(({ cells }, row) => {
      cells.forEach((cell, t) => {
        if (cell < 0) return;
        present[row * steps + t] = 1;
        values[row * steps + t] = this.#base.values[cell] as number;
        if (this.#base.histograms) histograms[row * steps + t] = this.#base.histograms[cell];
      });
    });
    const nameDropped = this.#base.nameDropped && Uint8Array.from(rows, (row) => row.isNameDropped);
    return withHistograms({ steps, labels: rows.map(({ labels }) => labels), values, present, nameDropped }, histograms);
  }
}
