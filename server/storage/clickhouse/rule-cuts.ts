// Rules of retention are enforced in steps, so that what is stored is not rewritten for every few minutes that pass.
const MIN_STEP_MS = 60_000;
const MAX_STEP_MS = 86_400_000;
/** What is kept may be so much older than its rule says. */
const STEP_SHARE = 0.05;

/** Before which time each rule has done its work. */
export class RuleCuts {
  readonly #done = new Map<string, number>();

  /** The time before which a rule deletes now, in milliseconds; undefined: it has already. */
  due(rule: string, ageMs: number, nowMs: number): number | undefined {
    const stepMs = Math.min(MAX_STEP_MS, Math.max(MIN_STEP_MS, Math.floor(ageMs * STEP_SHARE)));
    const cutMs = Math.floor((nowMs - ageMs) / stepMs) * stepMs;
    return cutMs > (this.#done.get(rule) ?? Number.NEGATIVE_INFINITY) ? cutMs : undefined;
  }

  done(rule: string, cutMs: number): void {
    this.#done.set(rule, cutMs);
  }
}
