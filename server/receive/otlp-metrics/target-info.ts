import type { OtlpSettings } from '../../config/otlp-section.ts';
import { Labels } from '../../model/labels.ts';
import type { Attributes } from '../../model/span.ts';
import { type LabelsOrFault, targetLabels } from './series-labels.ts';

/** Samples between first and last point: resources that send points of many days send them in many requests. */
const MAX_BETWEEN = 10_000;
const BETWEEN_PER_POINT = 10;

/** How many samples of target_info between first and last points one request may make, for all of its resources: few bytes can name many days. */
export class TargetInfoBudget {
  #made = 0;

  /** As many of `wanted` as there may be; `points` is how many the request had so far. */
  take(wanted: number, points: number): number {
    const taken = Math.max(0, Math.min(wanted, MAX_BETWEEN + BETWEEN_PER_POINT * points - this.#made));
    this.#made += taken;
    return taken;
  }
}

/** The series target_info of one resource: there from its first point to its last, so that joins find it at each of them. */
export class TargetInfo {
  readonly resource: Attributes;
  #firstMs = Number.POSITIVE_INFINITY;
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(resource: Attributes) {
    this.resource = resource;
  }

  /** A point of the resource at this time. */
  see(timeMs: number): void {
    if (timeMs < this.#firstMs) this.#firstMs = timeMs;
    if (timeMs > this.#lastMs) this.#lastMs = timeMs;
  }

  /** The labels of its series without the name, or why there are none; undefined when there is nothing to tell. */
  labels(settings: OtlpSettings): LabelsOrFault | undefined {
    return this.#lastMs < this.#firstMs ? undefined : targetLabels(this.resource, settings);
  }

  /** Times of its samples: half of the lookback apart, the last at the last point; only first and last when there may not be so many. */
  timesMs(lookbackMs: number, takeBetween: (wanted: number) => number): number[] {
    const [firstMs, lastMs] = [this.#firstMs, this.#lastMs];
    if (firstMs === lastMs) return [lastMs];
    const stepMs = Math.max(1, lookbackMs / 2);
    const between = takeBetween(Math.min(MAX_BETWEEN, Math.ceil((lastMs - firstMs) / stepMs) - 1));
    return [...Array.from({ length: between + 1 }, (_, i) => firstMs + i * stepMs), lastMs];
  }
}

/** The series of a target. */
export function targetSeries(labels: ReadonlyMap<string, string>): Labels {
  return Labels.fromEntries([...labels, ['__name__', 'target_info']]);
}
