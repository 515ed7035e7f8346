import type { Prices } from '@alidade/sdk/advise';
import type { LanguageFeatures } from '../model/language-features.ts';
import type { AppliedAdvice } from './advice.ts';
import type { AlertmanagerConfig } from './alertmanager.ts';
import type { GrafanaConfig } from './grafana.ts';
import type { PrometheusConfig } from './prometheus.ts';
import type { RetentionRule, Signal } from './retention.ts';
import type { SloConfig } from './slo-files.ts';

export type { AlertmanagerTarget, PrometheusConfig } from './prometheus.ts';

/** Something wrong or not yet supported in a configuration file, placed for an editor: `file:line: path: message`. */
export interface Problem {
  readonly severity: 'error' | 'warning';
  readonly file: string;
  /** From 1; 0 when the file as a whole is meant. */
  readonly line: number;
  /** `scrape_configs[1].scrape_interval`; '' for the whole file. */
  readonly path: string;
  /** What is wrong, the value, and the cure. */
  readonly message: string;
}

/** How long signals are kept (0 = for ever), how many bytes each may take (0 = any), and what is kept for a shorter time. */
export interface RetentionConfig {
  readonly metricsMs: number;
  readonly logsMs: number;
  readonly tracesMs: number;
  readonly metricsBytes: number;
  readonly logsBytes: number;
  readonly tracesBytes: number;
  readonly rules: Readonly<Record<Signal, readonly RetentionRule[]>>;
}

/** What is refused of data that arrives. */
export interface IngestLimits {
  readonly maxSeries: number;
  /** Streams of log lines. */
  readonly maxStreams: number;
  /** Streams of OTLP deltas that are added up. */
  readonly maxDeltaStreams: number;
  /** Of a request body after decompression. */
  readonly maxRequestBytes: number;
  readonly maxLineBytes: number;
  /** A span with its attributes and events. */
  readonly maxSpanBytes: number;
}

/** How the process runs: command line over alidade.yaml over docker-compose `command:` flags over defaults. */
export interface ServerConfig {
  readonly listen: { readonly host: string; readonly port: number };
  readonly dataDir: string;
  readonly retention: RetentionConfig;
  /** When an acknowledged write is on disk: `always` before the answer, `interval` within a second, `off` when the system likes. */
  readonly durability: 'always' | 'interval' | 'off';
  /** Compose-style names to addresses: `app` → `127.0.0.1`. */
  readonly resolve: Readonly<Record<string, string>>;
  readonly enableLifecycle: boolean;
  readonly enableAdminApi: boolean;
  readonly noAuth: boolean;
  /** Prometheus' file of TLS and users, '' = none. */
  readonly webConfigFile: string;
  /** The file that `alidade token` writes; it need not exist. */
  readonly tokensFile: string;
  readonly externalUrl: string;
  readonly query: {
    readonly maxSamples: number;
    readonly timeoutMs: number;
    readonly maxConcurrency: number;
    readonly lookbackMs: number;
    readonly workers: number;
    /** Series that one query may select; 0 = as many as its samples allow. */
    readonly maxSeries: number;
    /** Memory for results of range queries that are kept; 0 = none. */
    readonly cacheBytes: number;
    /** Memory for what is read of metrics again and again, 0 = none. */
    readonly storageCacheBytes: number;
    /** What upstream keeps behind feature flags. */
    readonly features: LanguageFeatures;
  };
  /** Names of all of Prometheus' features that are turned on and have an effect here. */
  readonly features: readonly string[];
  readonly limits: IngestLimits;
  /** Disk for what remote_write has not sent yet; what is beyond is dropped, oldest first. */
  readonly remoteWriteLogBytes: number;
  /** Where OTLP over HTTP is received besides `listen`; absent = nowhere. */
  readonly otlpHttp?: { readonly host: string; readonly port: number } | undefined;
  /** Where OTLP over gRPC is received; absent = nowhere. */
  readonly otlpGrpc?: { readonly host: string; readonly port: number } | undefined;
  /** What storage costs, for advice. */
  readonly prices: Prices;
  /** Whether the usual ports of Grafana, Loki, Tempo, Jaeger, Alertmanager and the Pushgateway are opened too. */
  readonly compatPorts: boolean;
}

/** The whole configuration: validated, deeply frozen. */
export interface Config {
  /** The folder given to `up` or `check`; '' without one. */
  readonly dir: string;
  readonly server: ServerConfig;
  readonly prometheus: PrometheusConfig;
  /** Objectives; their rules are among those of `prometheus`. */
  readonly slos: readonly SloConfig[];
  /** Absent when DIR has no alertmanager.yml: alerts are shown, nobody is told. */
  readonly alertmanager?: AlertmanagerConfig;
  readonly grafana: GrafanaConfig;
  /** What `alidade advise --apply` has written; absent without a folder. */
  readonly advice?: AppliedAdvice | undefined;
  /** Whether the built-in host collector gets a job of its own. */
  readonly hostCollector: { readonly addJob: boolean };
  /** Whether pushed metrics get a job of their own once there are any. */
  readonly pushgateway: { readonly addJob: boolean };
  /** Files and folders whose change means a reload. */
  readonly watch: readonly string[];
  /** Warnings; errors never get this far. */
  readonly warnings: readonly Problem[];
}
