import { FakeClock } from '../../model/fake-clock.ts';
import { openMemoryStore } from '../../storage/memory/open.ts';
import type { FetchTarget } from '../fetch-target.ts';
import { ScrapeLoop, type ScrapeLoopDeps } from '../loop.ts';
import { buildTargets, scrapeOffsetMs, type Target } from '../target.ts';
import { freshMetrics, groupOf, jobOf, keepLog } from './fixtures.ts';
import { storedSamples, storedTargetSamples } from './stored.ts';

/** A loop of one target on a fake clock; `answer` is called at each scrape. */
export function loopOnFakeClock(answer: () => string | Promise<string>, changes: Partial<ScrapeLoopDeps> = {}) {
  const clock = (changes.clock as FakeClock | undefined) ?? new FakeClock(1_000_000);
  const store = openMemoryStore(clock).metrics;
  const log = keepLog();
  const target = targetOf();
  const fetchedAt: number[] = [];
  const fetch: FetchTarget = async () => {
    fetchedAt.push(clock.nowMs());
    return { body: Buffer.from(await answer()), format: 'text' as const, note: '' };
  };
  const deps = { target, settings: jobOf('j'), fetch, store, clock, logger: log.logger, metrics: freshMetrics(), ...changes };
  return {
    clock,
    fetchedAt,
    log,
    deps,
    loop: new ScrapeLoop(deps),
    offsetMs: scrapeOffsetMs(target),
    stored: () => storedTargetSamples(deps.store),
    reports: () => storedSamples(deps.store, 'up|scrape_.*'),
  };
}

/** The target `h:1` of a job with an interval of 10 s. */
export function targetOf(): Target {
  const [outcome] = buildTargets(jobOf('j', { scrapeIntervalMs: 10_000, scrapeTimeoutMs: 5_000 }), groupOf(['h:1']));
  if (outcome?.type !== 'active') throw new Error('no target');
  return outcome.target;
}
