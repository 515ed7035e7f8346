// What an evaluation costs in samples, counted as upstream's engine counts it for `stats=all`.
//
// Queryable samples: those that selectors and windows look at, at each step. Peak: the most samples held at once, where upstream
// holds the result of every argument while it goes through the steps of a function, beside the samples of the step and the
// results so far. Evaluation here goes node by node, so each node tells afterwards how many samples its rows hold at each step.

/** How a node treats the samples of its arguments on the way to its result. */
export type NodeKind =
  /** Hands its argument on. */
  | 'through'
  /** Goes from step to step with the samples of all arguments at that step. */
  | 'by_step'
  /** Works on the whole results of its arguments. */
  | 'whole';

interface Frame {
  /** Samples held before the node's arguments were evaluated. */
  readonly held: number;
  /** Samples of all arguments at each step. */
  readonly ofStep: Float64Array;
  /** Present once a range vector was looked at. */
  windows?: SeriesWindows | undefined;
}

/** The windows of each series of a range vector. */
export interface SeriesWindows {
  /** Samples in its last window. */
  readonly last: Float64Array;
  /** How many of its windows hold any. */
  readonly filled: Float64Array;
}

/** Counts for the steps of one grid. */
export class SampleCounter {
  /** Queryable samples at each step. */
  readonly perStep: Float64Array;
  peak: number;
  /** Samples held now. */
  #held: number;
  readonly #frames: Frame[] = [];

  constructor(steps: number, held = 0) {
    this.perStep = new Float64Array(steps);
    this.#held = held;
    this.peak = held;
  }

  /** For an evaluation at other steps, which begins with what is held here. */
  child(steps: number): SampleCounter {
    return new SampleCounter(steps, this.#held);
  }

  get total(): number {
    return this.perStep.reduce((sum, count) => sum + count, 0);
  }

  /** Whether a node around the present one was entered. */
  get isInside(): boolean {
    return this.#frames.length > 0;
  }

  /** Before the arguments of a node. */
  enter(): void {
    this.#frames.push({ held: this.#held, ofStep: new Float64Array(this.perStep.length) });
  }

  /** After its evaluation; `resultAt` holds the samples of its result at each step, `resultOf` those of each series. */
  leave(kind: NodeKind, resultAt: Float64Array, resultOf: Float64Array): void {
    const frame = this.#frames.pop() as Frame;
    const result = sumOf(resultAt);
    if (frame.windows) this.#leaveWindows(frame.windows, resultOf);
    else if (kind === 'by_step') this.#leaveSteps(frame.ofStep, resultAt);
    this.#held = frame.held + result;
    this.#rise(0);
    this.#handUp(resultAt);
  }

  /** A node that was evaluated at one step for all: it counts at every step what it counted once. */
  leaveOnce(once: SampleCounter, resultAt: Float64Array): void {
    this.peak = Math.max(this.peak, once.peak);
    const { total } = once;
    for (let t = 0; t < this.perStep.length; t++) this.perStep[t] = (this.perStep[t] as number) + total;
    this.#held += sumOf(resultAt);
    this.#rise(0);
    this.#handUp(resultAt);
  }

  /** An instant selector found so many samples at each step. */
  select(countAt: Float64Array): void {
    add(this.perStep, countAt);
    this.#held += sumOf(countAt);
    this.#rise(0);
    this.#handUp(countAt);
  }

  /** As `select`, for the times of the samples alone, which nobody keeps. */
  lookAt(countAt: Float64Array): void {
    add(this.perStep, countAt);
    this.#handUp(countAt);
  }

  /** Windows hold `countAt` samples in all at each step. */
  windows(countAt: Float64Array, windows: SeriesWindows): void {
    add(this.perStep, countAt);
    const frame = this.#frames[this.#frames.length - 1];
    if (frame) frame.windows = windows;
    else this.#rise(sumOf(windows.last));
  }

  /** A subquery was evaluated; its result stays while its windows are looked at. */
  subquery(inner: SampleCounter, resultSamples: number): void {
    this.peak = Math.max(this.peak, inner.peak);
    if (this.isInside) this.#held += resultSamples;
    else this.perStep[0] = inner.total;
  }

  /** A range function goes from series to series. Where rows are not those of the series, each filled window counts as a result. */
  #leaveWindows({ last, filled }: SeriesWindows, resultOf: Float64Array): void {
    const results = resultOf.length === last.length ? resultOf : filled;
    let before = 0;
    last.forEach((inWindow, series) => {
      before += results[series] as number;
      this.#rise(before + inWindow);
    });
  }

  #leaveSteps(argumentsAt: Float64Array, resultAt: Float64Array): void {
    let before = 0;
    resultAt.forEach((atStep, t) => {
      before += atStep;
      this.#rise(before + (argumentsAt[t] as number));
    });
  }

  #rise(more: number): void {
    this.peak = Math.max(this.peak, this.#held + more);
  }

  #handUp(countAt: Float64Array): void {
    const frame = this.#frames[this.#frames.length - 1];
    if (frame) add(frame.ofStep, countAt);
  }
}

function add(to: Float64Array, from: Float64Array): void {
  for (let i = 0; i < to.length; i++) to[i] = (to[i] as number) + (from[i] as number);
}

function sumOf(counts: Float64Array): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
