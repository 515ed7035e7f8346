import type { Clock } from '../../model/clock.ts';
import type { TraceStore } from '../../storage/store.ts';
import type { TraceSearchEngine } from '../../traces/trace-search.ts';

/** What Tempo's API needs of the server. */
export interface TempoApiDeps {
  readonly clock: Clock;
  readonly store: TraceStore;
  readonly search: TraceSearchEngine;
  /** Alidade's version. */
  readonly version: string;
  /** Of one question. Default 2 minutes. */
  readonly timeoutMs?: number | undefined;
  reportError(error: unknown, request: string): void;
}
