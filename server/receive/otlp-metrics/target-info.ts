import type { OtlpSettings } from '../../config/otlp-section.ts';
import { Labels } from '../../model/labels.ts';
import type { Attributes } from '../../model/span.ts';
import { targetLabels } from './series-labels.ts';

/** More samples would be of no use: resources that send points of many days send them in many requests. */
const MAX_SAMPLES = 10_000;

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

  /** Labels and times of its samples: half of the lookback apart, the last at the last point. Undefined when there is nothing to tell. */
  samples(settings: OtlpSettings, lookbackMs: number): { readonly labels: Labels; readonly timesMs: readonly number[] } | undefined {
    if (this.#lastMs < this.#firstMs) return undefined;
    const result = targetLabels(this.resource, settings);
    if (!result || 'fault' in result) return undefined;
    const timesMs: number[] = [];
    const stepMs = Math.max(1, lookbackMs / 2);
    for (let timeMs = this.#firstMs; timeMs < this.#lastMs && timesMs.length < MAX_SAMPLES; timeMs += stepMs) timesMs.push(timeMs);
    timesMs.push(this.#lastMs);
    return { labels: Labels.fromEntries([...result.labels, ['__name__', 'target_info']]), timesMs };
  }
}
