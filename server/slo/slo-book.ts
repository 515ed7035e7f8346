// The objectives of the configuration as they are now. Answers are kept for some seconds: a screen that refreshes, and several of
// them, should not read a month of samples each time.
import type { Slo, SloDetail, SloStatus } from '@alidade/sdk/schema';
import { sloDetail, sloStatus } from '@alidade/sdk/slo';
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

/** Tells the state of objectives. Both throw what the engine throws. */
export interface SloBook {
  /** All objectives, those that need care first. */
  list(signal?: AbortSignal): Promise<readonly SloStatus[]>;
  /** One with the history of its window. Throws `slo.unknown`. */
  detail(service: string, name: string, signal?: AbortSignal): Promise<SloDetail>;
}

const KEPT_MS = 10_000;
/** Each asks a dozen queries. */
const AT_ONCE = 4;
const ORDER: Readonly<Record<SloStatus['state'], number>> = { exhausted: 0, burning: 1, 'no-data': 2, 'low-traffic': 3, ok: 4 };

/** The book of the running configuration. */
export function createSloBook(deps: SloBookDeps): SloBook {
  return new Book(deps);
}

interface Kept {
  readonly atMs: number;
  readonly status: SloStatus;
}

class Book implements SloBook {
  readonly #deps: SloBookDeps;
  readonly #kept = new WeakMap<Slo, Kept>();

  constructor(deps: SloBookDeps) {
    this.#deps = deps;
  }

  async list(signal?: AbortSignal): Promise<readonly SloStatus[]> {
    const waiting = [...this.#deps.objectives()];
    const found: SloStatus[] = [];
    const work = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) found.push(await this.#status(next, signal));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return found.sort(byNeed);
  }

  async detail(service: string, name: string, signal?: AbortSignal): Promise<SloDetail> {
    const defined = this.#deps.objectives().find(({ slo }) => slo.service === service && slo.name === name);
    if (!defined) throw sloError('slo.unknown', `there is no objective "${service}/${name}"; the list shows those that exist`);
    return await sloDetail(await this.#status(defined, signal), askEngineRange(this.#deps.engine, signal));
  }

  async #status({ slo, file }: DefinedSlo, signal: AbortSignal | undefined): Promise<SloStatus> {
    const timeMs = this.#deps.clock.nowMs();
    const kept = this.#kept.get(slo);
    if (kept && timeMs - kept.atMs < KEPT_MS) return kept.status;
    const status = await sloStatus(slo, askEngine(this.#deps.engine, timeMs, signal), { timeMs, file });
    this.#kept.set(slo, { atMs: timeMs, status });
    return status;
  }
}

function byNeed(a: SloStatus, b: SloStatus): number {
  return (
    ORDER[a.state] - ORDER[b.state] ||
    (a.budgetRemaining ?? 1) - (b.budgetRemaining ?? 1) ||
    `${a.slo.service}/${a.slo.name}`.localeCompare(`${b.slo.service}/${b.slo.name}`)
  );
}
