import type { PointRefusal } from '../errors.ts';

/** Which points of a request were refused and why: each reason with its first case. */
export class PointRefusals {
  readonly #reasons = new Map<PointRefusal, { count: number; readonly first: string }>();
  #total = 0;
  readonly #targets = new Map<PointRefusal, number>();
  #target: string | undefined;

  /** `first` is only called for the first point with this reason. */
  add(reason: PointRefusal, first: () => string): void {
    this.#total++;
    const known = this.#reasons.get(reason);
    if (known) known.count++;
    else this.#reasons.set(reason, { count: 1, first: first() });
  }

  /** A target_info was refused, which is no point; `first` is only called for the first one. */
  addTarget(reason: PointRefusal, first: () => string): void {
    this.#targets.set(reason, (this.#targets.get(reason) ?? 0) + 1);
    this.#target ??= first();
  }

  /** How many points were refused. */
  get total(): number {
    return this.#total;
  }

  /** Counts by reason, those of target_info with them. */
  counts(): Iterable<readonly [PointRefusal, number]> {
    return [...[...this.#reasons].map(([reason, { count }]) => [reason, count] as const), ...this.#targets];
  }

  /** For the sender; '' when nothing was refused. */
  message(points: number): string {
    const parts = [...this.#reasons].map(([reason, { count, first }]) => `${count} ${reason.replaceAll('_', ' ')} (first: ${first})`);
    const texts = this.#total === 0 ? [] : [`${this.#total} of ${points} data points refused: ${parts.join('; ')}`];
    if (this.#target !== undefined) {
      const count = [...this.#targets.values()].reduce((sum, one) => sum + one, 0);
      texts.push(`${count} target_info refused (first: ${this.#target})`);
    }
    return texts.join('; ');
  }
}
