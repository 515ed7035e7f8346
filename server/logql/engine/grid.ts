/** The instants at which a metric query has values: startNs, startNs + stepNs, …; one step for an instant query. */
export interface Grid {
  readonly startNs: bigint;
  readonly stepNs: bigint;
  readonly steps: number;
}

/** A span of steps, both ends included; `last` is before `first` where there is none. */
export interface StepSpan {
  first: number;
  last: number;
}

/**
 * Finds the windows (t - range, t] that hold an instant. Instants are counted in nanoseconds from `originNs` as doubles, which are exact
 * up to 104 days from it.
 */
export class Windows {
  readonly steps: number;
  readonly originNs: bigint;
  readonly rangeNs: number;
  readonly stepNs: number;

  /** Windows of a grid, moved into the past by an offset; the origin is the first window's right edge. */
  constructor({ startNs, stepNs, steps }: Grid, rangeNs: bigint, offsetNs: bigint) {
    this.steps = steps;
    this.originNs = startNs - offsetNs;
    this.rangeNs = Number(rangeNs);
    // With a single step its length is never used; it must not be 0.
    this.stepNs = steps === 1 ? Math.max(1, Number(rangeNs)) : Number(stepNs);
  }

  /** The first nanosecond of the first window, and the one behind the last. */
  get startNs(): bigint {
    return this.originNs - BigInt(this.rangeNs) + 1n;
  }

  get endNs(): bigint {
    return this.originNs + BigInt(this.stepNs) * BigInt(this.steps - 1) + 1n;
  }

  /** The right edge of step `t`, from the origin. */
  edge(t: number): number {
    return t * this.stepNs;
  }

  /** Writes the steps whose windows hold the instant `atNs` (from the origin) into `span`. */
  spanOf(atNs: number, span: StepSpan): void {
    const { steps, stepNs, rangeNs } = this;
    if (steps === 1) {
      span.first = atNs <= 0 ? 0 : 1;
      span.last = atNs > -rangeNs ? 0 : -1;
      return;
    }
    span.first = Math.max(0, Math.ceil(atNs / stepNs));
    span.last = Math.min(steps - 1, Math.ceil((atNs + rangeNs) / stepNs) - 1);
  }
}
