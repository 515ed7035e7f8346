import type { FloatHistogram } from '../../model/histogram.ts';
import { isCounterReset } from '../../model/histogram-compare.ts';

/** Remembers between which samples a counter of histograms was reset, because windows overlap. */
export class ResetMemory {
  readonly #known = new Map<number, boolean>();

  /** Whether the counter began anew between the samples i-1 and i, both histograms. */
  isReset(i: number, histogramAt: (sample: number) => FloatHistogram): boolean {
    let known = this.#known.get(i);
    if (known === undefined) {
      known = isCounterReset(histogramAt(i - 1), histogramAt(i));
      this.#known.set(i, known);
    }
    return known;
  }
}
