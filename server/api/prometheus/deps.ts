import type { Config, Problem } from '../../config/config.ts';
import type { Clock } from '../../model/clock.ts';
import type { QueryEngine } from '../../promql/query.ts';
import type { SampleReceiver } from '../../receive/samples.ts';
import type { RulesView } from '../../rules/rule-status.ts';
import type { TargetsView } from '../../scrape/target-status.ts';
import type { ExemplarStore, MetricStore } from '../../storage/store.ts';

/** Anything that can print our own metrics: prom-client's Registry does. */
export interface MetricsSource {
  readonly contentType: string;
  metrics(): Promise<string>;
}

/** Starting, reloading and ending the process. */
export interface Lifecycle {
  readonly startedAtMs: number;
  /** True once everything runs. */
  isReady(): boolean;
  /** Loads the configuration again and answers all that is wrong with it; `lastReload` says whether the new one runs. */
  reload(): Promise<readonly Problem[]>;
  /** When the running configuration was loaded, and whether the last attempt succeeded. */
  lastReload(): { readonly atMs: number; readonly succeeded: boolean };
  /** Ends the process in good order. */
  quit(): void;
}

/** What bounds remote read; 0 = no limit. */
export interface RemoteReadLimits {
  /** Samples in the answer to one query, when it is no stream. */
  readonly maxSamples: number;
  /** Requests at a time; more wait. */
  readonly concurrency: number;
  /** A frame of a stream ends with the chunk that reaches so many bytes. */
  readonly maxFrameBytes: number;
}

/** What the Prometheus API needs of the server. */
export interface PrometheusApiDeps {
  readonly clock: Clock;
  readonly engine: QueryEngine;
  readonly metrics: MetricStore;
  readonly exemplars: ExemplarStore;
  /** Where remote writes go. */
  readonly receiver: SampleReceiver;
  /** Default: Prometheus' own limits. */
  readonly remoteRead?: RemoteReadLimits | undefined;
  readonly targets: TargetsView;
  readonly rules: RulesView;
  readonly lifecycle: Lifecycle;
  readonly ownMetrics: MetricsSource;
  /** Alidade's version. */
  readonly version: string;
  config(): Config;
  /** URLs of the Alertmanagers that our rules send to. */
  alertmanagers(): { readonly active: readonly string[]; readonly dropped: readonly string[] };
  /** Copies the store into a folder of its own and answers its name; absent where there is nothing on disk. */
  readonly snapshot?: (() => Promise<string>) | undefined;
  reportError(error: unknown, request: string): void;
}
