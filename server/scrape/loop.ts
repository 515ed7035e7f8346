// One loop for each target. A scrape is due at the target's offset into every interval; the next due time is computed from the last
// due time, never from "now", so that scrapes do not drift. Each scrape writes its samples and its report, or, when it failed, stale
// markers and its report, in one commit.
import type { ScrapeConfig } from '../config/scrape-config.ts';
import { isAppError, messageOf } from '../model/app-error.ts';
import { type Clock, sleep, type Timer } from '../model/clock.ts';
import type { Labels } from '../model/labels.ts';
import type { ExemplarStore, MetricAppender, MetricStore, SeriesRef } from '../storage/store.ts';
import type { Logger } from '../telemetry/logger.ts';
import { startStopwatch } from '../telemetry/stopwatch.ts';
import { type AppendResult, type AppendSettings, appendBody, emptyResult, type ScrapedBody } from './append-body.ts';
import { SeriesCache } from './cache.ts';
import type { ScrapeFeatures } from './features.ts';
import type { FetchedBody, FetchTarget } from './fetch-target.ts';
import { MetadataCache } from './metadata-cache.ts';
import type { ScrapeMetrics } from './metrics.ts';
import { ReportSeries } from './report.ts';
import { scrapeOffsetMs, type Target } from './target.ts';
import type { TargetHealth } from './target-status.ts';

/** How one job's targets are scraped. */
export type LoopSettings = AppendSettings & Pick<ScrapeConfig, 'extraScrapeMetrics'>;

/** What a loop works with. */
export interface ScrapeLoopDeps {
  readonly target: Target;
  readonly settings: LoopSettings;
  readonly fetch: FetchTarget;
  readonly store: MetricStore;
  readonly exemplars?: ExemplarStore | undefined;
  /** Default: none. */
  readonly features?: ScrapeFeatures | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: ScrapeMetrics;
  /** Series of an earlier loop of the same target: stale unless the first good scrape has them. */
  readonly inherited?: readonly SeriesRef[];
}

/** How the last scrape went. */
export interface ScrapeStatus {
  readonly health: TargetHealth;
  readonly lastError: string;
  readonly note: string;
  readonly lastScrapeMs: number;
  readonly lastDurationSeconds: number;
  readonly lastSamples: number;
}

// Upstream's scrape timestamp alignment: jitter within the tolerance is not stored, because equal steps compress far better.
const ALIGNMENT_TOLERANCE_MS = 2;

// Node fires timers of more than 24 days at once.
const LONGEST_TIMER_MS = 86_400_000;

const NEVER: ScrapeStatus = { health: 'unknown', lastError: '', note: '', lastScrapeMs: 0, lastDurationSeconds: 0, lastSamples: 0 };

/** Scrapes one target until stopped. */
export class ScrapeLoop {
  readonly target: Target;
  /** As discovery says them now, for screens. */
  discoveredLabels: Labels;
  readonly metadata = new MetadataCache();
  readonly #deps: ScrapeLoopDeps;
  #cache: SeriesCache;
  #refEpoch: number;
  readonly #report: ReportSeries;
  readonly #stopped = new AbortController();
  #timer: Timer | undefined;
  #dueMs = 0;
  #running: Promise<void> = Promise.resolve();
  #status = NEVER;
  #forcedError: Error | undefined;
  #refusals = '';

  constructor(deps: ScrapeLoopDeps) {
    this.#deps = deps;
    this.target = deps.target;
    this.discoveredLabels = deps.target.discoveredLabels;
    this.#cache = new SeriesCache(deps.inherited);
    this.#refEpoch = deps.store.refEpoch;
    this.#report = new ReportSeries(deps.target.labels);
  }

  get status(): ScrapeStatus {
    return this.#status;
  }

  /** Series texts that the loop remembers. */
  get cachedSeries(): number {
    return this.#cache.size;
  }

  /** Begins at the target's offset into the interval. */
  start(): void {
    this.#dueMs = this.#firstDueMs();
    this.#arm();
  }

  /** While set, nothing is fetched and every scrape fails with this error. */
  forceError(error: Error | undefined): void {
    this.#forcedError = error;
  }

  /** Ends the loop without stale markers: the server stops, or another loop goes on with the target. Resolves when nothing runs any more. */
  async stop(): Promise<readonly SeriesRef[]> {
    this.#stopped.abort();
    this.#timer?.cancel();
    await this.#running;
    return this.#cache.trackedSeries();
  }

  /**
   * Ends the loop because the target is gone. Stale markers get the time of the scrape that would have come next, and are written two
   * scrapes later: a target that came back meanwhile has newer samples then, and refuses them (upstream's end-of-run staleness).
   * Resolves when they are written, or given up because `signal` was aborted.
   */
  async retire(signal: AbortSignal): Promise<void> {
    await this.stop();
    if (this.#status === NEVER) return;
    const { clock, target } = this.#deps;
    const nextMs = Math.max(this.#dueMs, clock.nowMs());
    try {
      await sleep(clock, nextMs + 1.1 * target.intervalMs - clock.nowMs(), signal);
    } catch {
      return;
    }
    await this.#writeEnd(nextMs);
  }

  #firstDueMs(): number {
    const { intervalMs } = this.target;
    const nowMs = this.#deps.clock.nowMs();
    const dueMs = nowMs - (nowMs % intervalMs) + scrapeOffsetMs(this.target);
    return dueMs > nowMs ? dueMs : dueMs + intervalMs;
  }

  #arm(): void {
    const { clock } = this.#deps;
    // A due time further away than one interval means that the clock was set back.
    if (this.#dueMs - clock.nowMs() > this.target.intervalMs) this.#dueMs = this.#firstDueMs();
    const delayMs = Math.max(0, this.#dueMs - clock.nowMs());
    this.#timer = clock.after(Math.min(delayMs, LONGEST_TIMER_MS), () => {
      if (delayMs > LONGEST_TIMER_MS) this.#arm();
      else this.#running = this.#scrapeDue();
    });
  }

  async #scrapeDue(): Promise<void> {
    const { clock, metrics, logger } = this.#deps;
    const { intervalMs } = this.target;
    const nowMs = clock.nowMs();
    const latenessMs = nowMs - this.#dueMs;
    metrics.lateness.observe(Math.max(0, latenessMs) / 1000);
    // Scrapes that were missed (the machine slept) are not made up for; one that is late by less than an interval is.
    if (latenessMs >= intervalMs) this.#dueMs += Math.floor(latenessMs / intervalMs) * intervalMs;
    const tolerance = Math.min(ALIGNMENT_TOLERANCE_MS, intervalMs / 100);
    const scrapeMs = Math.abs(nowMs - this.#dueMs) <= tolerance ? this.#dueMs : nowMs;
    try {
      await this.#scrape(scrapeMs);
    } catch (error) {
      logger.error({ err: error, target: this.target.url }, 'scrape could not be stored');
    }
    if (this.#stopped.signal.aborted) return;
    this.#dueMs += intervalMs;
    this.#arm();
  }

  async #scrape(scrapeMs: number): Promise<void> {
    const { store, metrics } = this.#deps;
    const elapsedSeconds = startStopwatch();
    const { body, note, error } = await this.#fetch();
    if (this.#stopped.signal.aborted) return;
    this.#dropOldRefs();
    let appender = store.appender();
    const result = body ? await this.#append(body, scrapeMs, appender) : emptyResult(error);
    body?.release?.();
    if (result.error) {
      appender.rollback();
      appender = store.appender();
    }
    // An empty or failed scrape ends every series that was alive.
    const ended = result.error ? this.#cache.abandon() : this.#cache.finish();
    for (const ref of ended) appender.appendStale(ref, scrapeMs);
    const durationSeconds = elapsedSeconds();
    this.#note(result, scrapeMs, durationSeconds, note);
    this.#report.append(appender, scrapeMs, {
      up: result.error ? 0 : 1,
      scrape_duration_seconds: durationSeconds,
      scrape_samples_scraped: result.scraped,
      scrape_samples_post_metric_relabeling: result.kept,
      scrape_series_added: result.seriesAdded,
      ...(this.#deps.settings.extraScrapeMetrics && this.#extraReport(body, error)),
    });
    metrics.samples.inc(result.scraped);
    metrics.scrapes.inc({ result: result.error ? 'failed' : 'ok' });
    // With thousands of targets hundreds of scrapes end in a second, each of which would be a write of its own.
    await appender.commit({ mayLinger: true });
  }

  /** After a good scrape the cache has nothing but what that one wrote. */
  #dropOldRefs(): void {
    const { refEpoch } = this.#deps.store;
    if (this.#refEpoch !== refEpoch && this.#status.health !== 'up') this.#cache = new SeriesCache(this.#cache.trackedSeries());
    this.#refEpoch = refEpoch;
  }

  /** A body that is too large has the size -1, no body 0. */
  #extraReport(body: ScrapedBody | undefined, error: unknown) {
    const { target, settings } = this.#deps;
    return {
      scrape_timeout_seconds: target.timeoutMs / 1000,
      scrape_sample_limit: settings.sampleLimit,
      scrape_body_size_bytes: isAppError(error, 'scrape.body_too_large') ? -1 : (body?.body.length ?? 0),
    };
  }

  async #fetch(): Promise<{ body?: FetchedBody; note: string; error?: unknown }> {
    if (this.#forcedError) return { note: '', error: this.#forcedError };
    try {
      const body = await this.#deps.fetch(this.#stopped.signal);
      return { body, note: body.note };
    } catch (error) {
      return { note: '', error };
    }
  }

  async #append(body: ScrapedBody, scrapeMs: number, appender: MetricAppender): Promise<AppendResult> {
    const { target, settings, exemplars, features } = this.#deps;
    this.#cache.begin();
    this.metadata.begin();
    const context = { target: target.labels, settings, cache: this.#cache, metadata: this.metadata, exemplars, features };
    const result = await appendBody(body, scrapeMs, context, appender);
    if (!result.error) this.metadata.finish();
    return result;
  }

  /** Keeps how the scrape went, and logs what changed: never the same thing at every scrape. */
  #note(result: AppendResult, scrapeMs: number, durationSeconds: number, note: string): void {
    const { logger, metrics, target } = this.#deps;
    const lastError = result.error ? messageOf(result.error) : '';
    const facts = { job: target.labels.get('job'), target: target.url };
    if (lastError !== '' && lastError !== this.#status.lastError) logger.warn({ ...facts, error: lastError }, 'scrape failed');
    if (lastError === '' && this.#status.lastError !== '') logger.info(facts, 'target is up again');
    const refused = result.error ? [] : Object.entries(result.refused);
    for (const [reason, samples] of refused) metrics.refused.inc({ reason }, samples);
    const refusals = refused.map(([reason, samples]) => `${samples} ${reason.replaceAll('_', ' ')}`).join(', ');
    if (refusals !== '' && refusals !== this.#refusals) logger.warn({ ...facts, samples: refusals }, 'samples were refused');
    this.#refusals = refusals;
    this.#status = {
      health: result.error ? 'down' : 'up',
      lastError,
      note: [note, result.refusal, refusals === '' ? '' : `samples refused: ${refusals}`].filter(Boolean).join('; '),
      lastScrapeMs: scrapeMs,
      lastDurationSeconds: durationSeconds,
      lastSamples: result.scraped,
    };
  }

  async #writeEnd(staleMs: number): Promise<void> {
    const { store, logger } = this.#deps;
    try {
      const appender = store.appender();
      for (const ref of this.#cache.abandon()) appender.appendStale(ref, staleMs);
      this.#report.appendStale(appender, staleMs);
      await appender.commit();
    } catch (error) {
      logger.error({ err: error, target: this.target.url }, 'stale markers of a removed target could not be stored');
    }
  }
}
