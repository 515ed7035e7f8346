import type { Clock, Timer } from '../model/clock.ts';
import type { Labels } from '../model/labels.ts';
import type { Decision, Flush } from './flush.ts';
import { isResolved, type KnownAlert } from './inbox.ts';
import { compareAlerts } from './notification.ts';
import type { Route } from './route.ts';

const MIN_FLUSH_MS = 10_000;
const STOP_GRACE_MS = 2_000;
/** The longest that a timer can wait, 24.8 days; an interval beyond it is cut. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** What a group hands over when it is flushed; the rest of a Flush is the dispatcher's. */
export type GroupFlush = Pick<Flush, 'nowMs' | 'groupKey' | 'groupLabels' | 'alerts' | 'repeatIntervalMs' | 'signal' | 'attemptSignal'>;

/** The alerts of one route with equal group labels: told of together, first after group_wait, then every group_interval. */
export class AlertGroup {
  readonly route: Route;
  readonly labels: Labels;
  readonly #clock: Clock;
  readonly #onFlush: (flush: GroupFlush) => Promise<boolean>;
  readonly #alerts = new Map<string, KnownAlert>();
  readonly #stopping = new AbortController();
  readonly #abandoned = new AbortController();
  readonly #decisions = new Map<string, Decision>();
  #timer: Timer | undefined;
  #nextFlushMs = 0;
  #hasFlushed = false;
  #flushing: Promise<void> | undefined;
  #isDue = false;

  constructor(route: Route, labels: Labels, clock: Clock, onFlush: (flush: GroupFlush) => Promise<boolean>) {
    this.route = route;
    this.labels = labels;
    this.#clock = clock;
    this.#onFlush = onFlush;
    this.#arm(route.config.groupWaitMs);
  }

  /** Alertmanager's key, `{}:{alertname="x"}`. */
  get key(): string {
    const pairs = [...this.labels].map(([name, value]) => `${name}=${JSON.stringify(value)}`);
    return `${this.route.key}:{${pairs.join(', ')}}`;
  }

  get alerts(): readonly KnownAlert[] {
    return [...this.#alerts.values()].sort((a, b) => compareAlerts(a.labels, b.labels));
  }

  get nextFlushMs(): number {
    return this.#nextFlushMs;
  }

  /** The last decision for each integration. */
  get decisions(): readonly Decision[] {
    return [...this.#decisions.values()];
  }

  get isEmpty(): boolean {
    return this.#alerts.size === 0;
  }

  note(decision: Decision): void {
    if (decision.integration === '') this.#decisions.clear();
    else this.#decisions.delete('');
    this.#decisions.set(decision.integration, decision);
  }

  /** Adds or refreshes an alert. One that has waited long enough elsewhere is told of at once. */
  insert(alert: KnownAlert): void {
    this.#alerts.set(alert.fingerprint, alert);
    if (!this.#hasFlushed && alert.startsAtMs + this.route.config.groupWaitMs < this.#clock.nowMs()) this.#arm(0);
  }

  /** Ends the group; a request under way may take two more seconds. Resolves when nothing runs any more. */
  async stop(): Promise<void> {
    this.#timer?.cancel();
    this.#stopping.abort();
    const grace = this.#clock.after(STOP_GRACE_MS, () => this.#abandoned.abort());
    await this.#flushing;
    grace.cancel();
  }

  #arm(wantedMs: number): void {
    const delayMs = Math.min(wantedMs, MAX_TIMER_MS);
    this.#timer?.cancel();
    this.#nextFlushMs = this.#clock.nowMs() + delayMs;
    this.#timer = this.#clock.after(delayMs, () => this.#tick());
  }

  #tick(): void {
    if (this.#stopping.signal.aborted) return;
    this.#hasFlushed = true;
    // A flush that still runs is over soon: its time ends with the group interval.
    this.#isDue = this.#flushing !== undefined;
    this.#arm(this.route.config.groupIntervalMs);
    if (!this.#isDue) this.#flushing = this.#flush();
  }

  async #flush(): Promise<void> {
    do {
      this.#isDue = false;
      await this.#flushOnce();
    } while (this.#isDue && !this.#stopping.signal.aborted);
    this.#flushing = undefined;
  }

  async #flushOnce(): Promise<void> {
    if (this.isEmpty) return;
    const nowMs = this.#clock.nowMs();
    const alerts = this.alerts.map((alert) => ({ alert, isResolved: isResolved(alert, nowMs) }));
    const timeUp = new AbortController();
    const timer = this.#clock.after(Math.min(Math.max(MIN_FLUSH_MS, this.route.config.groupIntervalMs), MAX_TIMER_MS), () =>
      timeUp.abort(),
    );
    const signal = AbortSignal.any([timeUp.signal, this.#stopping.signal]);
    const attemptSignal = AbortSignal.any([timeUp.signal, this.#abandoned.signal]);
    const { repeatIntervalMs } = this.route.config;
    try {
      const isDone = await this.#onFlush({
        nowMs,
        groupKey: this.key,
        groupLabels: this.labels,
        alerts,
        repeatIntervalMs,
        signal,
        attemptSignal,
      });
      if (!isDone) return;
      // What was told to be over is forgotten, unless it fires again by now.
      for (const flushed of alerts)
        if (flushed.isResolved && this.#alerts.get(flushed.alert.fingerprint) === flushed.alert)
          this.#alerts.delete(flushed.alert.fingerprint);
    } finally {
      timer.cancel();
    }
  }
}
