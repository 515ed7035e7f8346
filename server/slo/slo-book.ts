// The objectives of the configuration as they are now. Answers are kept for some seconds: a screen that refreshes, and several of
// them, should not read a month of samples each time.
import type { Slo, SloDetail, SloStatus } from '@alidade/sdk/schema';
import { sloDetail, sloStatus, unaskedStatus } from '@alidade/sdk/slo';
import { messageOf } from '../model/app-error.ts';
import type { Clock } from '../model/clock.ts';
import type { QueryEngine } from '../promql/query.ts';
import { askEngine, askEngineRange } from './ask-engine.ts';
import { sloError } from './errors.ts';

/** An objective and the file that defines it. */
export interface DefinedSlo {
  readonly slo: Slo;
  readonly file: string;
}

/** What the book needs of the others. */
export interface SloBookDeps {
  readonly engine: QueryEngine;
  readonly clock: Clock;
  /** The objectives of the running configuration. */
  readonly objectives: () => readonly DefinedSlo[];
}

/** Tells the state of objectives. */
export interface SloBook {
  /** All objectives, those that need care first. One that cannot be asked is in the state `no-data`, with the reason. */
  list(): Promise<readonly SloStatus[]>;
  /** One with the history of its window. Throws `slo.unknown`, and what the engine throws. */
  detail(service: string, name: string, signal?: AbortSignal): Promise<SloDetail>;
}

const KEPT_MS = 10_000;
/** What is dear to calculate is kept longer, so that screens cost at most a twentieth of the engine's time. */
const KEPT_PER_COST = 20;
const MOST_KEPT_MS = 5 * 60_000;
/** Each asks a dozen queries. */
const AT_ONCE = 4;
const ORDER: Readonly<Record<SloStatus['state'], number>> = { exhausted: 0, burning: 1, 'no-data': 2, 'low-traffic': 3, ok: 4 };

/** The book of the running configuration. */
export function createSloBook(deps: SloBookDeps): SloBook {
  return new Book(deps);
}

interface Kept {
  readonly status: Promise<SloStatus>;
  /** Until when it is answered again; undefined while it is calculated. */
  untilMs: number | undefined;
}

class Book implements SloBook {
  readonly #deps: SloBookDeps;
  readonly #kept = new WeakMap<Slo, Kept>();

  constructor(deps: SloBookDeps) {
    this.#deps = deps;
  }

  async list(): Promise<readonly SloStatus[]> {
    const waiting = [...this.#deps.objectives()];
    const found: SloStatus[] = [];
    const work = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) found.push(await this.#status(next).catch(this.#unasked(next)));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return found.sort(byNeed);
  }

  async detail(service: string, name: string, signal?: AbortSignal): Promise<SloDetail> {
    const defined = this.#deps.objectives().find(({ slo }) => slo.service === service && slo.name === name);
    if (!defined) throw sloError('slo.unknown', `there is no objective "${service}/${name}"; the list shows those that exist`);
    return await sloDetail(await this.#status(defined), askEngineRange(this.#deps.engine, signal));
  }

  #unasked({ slo, file }: DefinedSlo): (error: unknown) => SloStatus {
    return (error) => unaskedStatus(slo, messageOf(error), { timeMs: this.#deps.clock.nowMs(), file });
  }

  /** Shared by all who ask meanwhile, so nobody's going away ends it; the engine bounds its time. */
  #status({ slo, file }: DefinedSlo): Promise<SloStatus> {
    const { clock, engine } = this.#deps;
    const timeMs = clock.nowMs();
    const kept = this.#kept.get(slo);
    if (kept && (kept.untilMs === undefined || timeMs < kept.untilMs)) return kept.status;
    const fresh: Kept = { status: sloStatus(slo, askEngine(engine, timeMs), { timeMs, file }), untilMs: undefined };
    this.#kept.set(slo, fresh);
    fresh.status.then(
      () => {
        const tookMs = clock.nowMs() - timeMs;
        fresh.untilMs = timeMs + Math.min(MOST_KEPT_MS, Math.max(KEPT_MS, KEPT_PER_COST * tookMs));
      },
      () => void this.#kept.delete(slo),
    );
    return fresh.status;
  }
}

function byNeed(a: SloStatus, b: SloStatus): number {
  return (
    ORDER[a.state] - ORDER[b.state] ||
    (a.budgetRemaining ?? 1) - (b.budgetRemaining ?? 1) ||
    `${a.slo.service}/${a.slo.name}`.localeCompare(`${b.slo.service}/${b.slo.name}`)
  );
}
