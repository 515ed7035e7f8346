import type { PointRefusal } from '../errors.ts';

/** Which points of a request were refused and why: each reason with its first case. */
export class PointRefusals {
  readonly #reasons = new Map<PointRefusal, { count: number; readonly first: string }>();
  #total = 0;

  /** `first` is only called for the first point with this reason. */
  add(reason: PointRefusal, first: () => string): void {
    this.#total++;
    const known = this.#reasons.get(reason);
    if (known) known.count++;
    else this.#reasons.set(reason, { count: 1, first: first() });
  }

  /** How many points were refused. */
  get total(): number {
    return this.#total;
  }

  /** Counts by reason. */
  counts(): Iterable<readonly [PointRefusal, number]> {
    return [...this.#reasons].map(([reason, { count }]) => [reason, count] as const);
  }

  /** For the sender; '' when none was refused. */
  message(points: number): string {
    if (this.#total === 0) return '';
    const parts = [...this.#reasons].map(([reason, { count, first }]) => `${count} ${reason.replaceAll('_', ' ')} (first: ${first})`);
    return `${this.#total} of ${points} data points refused: ${parts.join('; ')}`;
  }
}
