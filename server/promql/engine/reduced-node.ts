// The rows of a reduction as they come, in pieces, for what is above it: an aggregation takes them as they are, everything else as one.
import type { LanguageFeatures } from '../../model/language-features.ts';
import { type HistogramCells, withHistograms } from '../../vector/histogram-cells.ts';
import { type Rows, withDistinctLabels } from '../../vector/rows.ts';
import { inExecution } from '../errors.ts';

export class ReducedNode {
  readonly #pieces: readonly Rows[];
  readonly #steps: number;
  readonly #features: LanguageFeatures;
  #joined: Rows | undefined;

  constructor(pieces: readonly Rows[], steps: number, features: LanguageFeatures) {
    this.#pieces = pieces;
    this.#steps = steps;
    this.#features = features;
  }

  /** The pieces, if they are floats whose names are what they will be, and different in their labels. */
  get pieces(): readonly Rows[] | undefined {
    const { delayedNameRemoval, typeAndUnitLabels } = this.#features;
    if (delayedNameRemoval || typeAndUnitLabels || this.#pieces.some(({ histograms }) => histograms)) return undefined;
    return this.#pieces;
  }

  /** All of them, one after the other. Throws `promql.execution` when two have the same labels. */
  get rows(): Rows {
    this.#joined ??= inExecution(() => this.#join());
    return this.#joined;
  }

  #join(): Rows {
    const pieces = this.#pieces;
    const [only] = pieces;
    // Memory that is shared is used again as soon as this job is done.
    if (only && pieces.length === 1 && !(only.values.buffer instanceof SharedArrayBuffer)) return this.#checked(only);
    const labels = pieces.flatMap((piece) => piece.labels);
    const values = new Float64Array(labels.length * this.#steps);
    const present = new Uint8Array(values.length);
    let at = 0;
    for (const piece of pieces) {
      values.set(piece.values, at);
      present.set(piece.present, at);
      at += piece.values.length;
    }
    const nameDropped = pieces.some((piece) => piece.nameDropped)
      ? Uint8Array.from(pieces.flatMap((piece) => [...(piece.nameDropped ?? [])]))
      : undefined;
    return this.#checked(withHistograms({ steps: this.#steps, labels, values, present, nameDropped }, joinHistograms(pieces)));
  }

  /** Series that differ in type or unit alone may have been evaluated apart from each other. */
  #checked(rows: Rows): Rows {
    return this.#features.typeAndUnitLabels && !rows.nameDropped ? withDistinctLabels(rows, rows.labels) : rows;
  }
}

function joinHistograms(pieces: readonly Rows[]): HistogramCells {
  if (!pieces.some(({ histograms }) => histograms)) return [];
  return pieces.flatMap(({ histograms, values }) => histograms ?? new Array<undefined>(values.length).fill(undefined));
}
