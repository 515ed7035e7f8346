/** Prometheus evaluates step by step, so the failure of the earliest step is the one to report. */
export class FirstFailure {
  /** The earliest step that failed; from there on nothing matters. The number of steps when none did. */
  step: number;
  #error: Error | undefined;

  constructor(steps: number) {
    this.step = steps;
  }

  add(step: number, error: () => Error): void {
    if (step >= this.step) return;
    this.step = step;
    this.#error = error();
  }

  throwIfAny(): void {
    if (this.#error) throw this.#error;
  }
}
