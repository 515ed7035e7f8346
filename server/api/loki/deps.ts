import type { LogQueryEngine } from '../../logql/query.ts';
import type { Clock } from '../../model/clock.ts';
import type { LogReceiver } from '../../receive/logs.ts';
import type { LogStore } from '../../storage/store.ts';

/** What the Loki API needs of the server. */
export interface LokiApiDeps {
  readonly clock: Clock;
  readonly engine: LogQueryEngine;
  readonly logs: LogStore;
  readonly receiver: LogReceiver;
  /** Alidade's version. */
  readonly version: string;
  /** Of a push, as it comes and after decompression. */
  readonly maxRequestBytes: number;
  /** Of a query; a request cannot lengthen it. */
  readonly queryTimeoutMs: number;
  /** True once everything runs. */
  isReady(): boolean;
  reportError(error: unknown, request: string): void;
}
