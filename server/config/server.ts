import { existsSync } from 'node:fs';
import { availableParallelism, hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { messageOf } from '../model/app-error.ts';
import { parseDurationMs } from '../model/duration.ts';
import type { LanguageFeatures } from '../model/language-features.ts';
import { isLoopback } from '../model/loopback.ts';
import { pricesOf } from './advice.ts';
import { type AlidadeSettings, addressFault, DURABILITIES, listenFault, otlpFault, parseListen } from './alidade-file.ts';
import type { Compose } from './compose.ts';
import type { IngestLimits, Problem, RetentionConfig, ServerConfig } from './config.ts';
import { byteSize, urlFault } from './fields.ts';
import { SIGNALS, type Signal } from './retention.ts';
import { readWebConfig } from './web-config.ts';

/** What the command line can say; every value as it was typed. Absent means not given. */
export interface CommandLineFlags {
  /** `--listen 127.0.0.1:9090` */
  readonly listen?: string;
  /** `--otlp-http 127.0.0.1:4318` or `off` */
  readonly otlpHttp?: string;
  /** `--otlp-grpc 127.0.0.1:4317` or `off` */
  readonly otlpGrpc?: string;
  readonly compatPorts?: boolean;
  /** `--data FOLDER`, relative to the working directory. */
  readonly data?: string;
  /** `--retention 30d` (every signal) or `--retention logs=7d`, repeatable. */
  readonly retention?: readonly string[];
  /** `--retention-size metrics=50GB`, repeatable. */
  readonly retentionSize?: readonly string[];
  readonly durability?: string;
  /** `--alertmanager-config FILE`, relative to the working directory. */
  readonly alertmanagerConfig?: string;
  /** `--resolve app=127.0.0.1`, repeatable. */
  readonly resolve?: readonly string[];
  readonly externalUrl?: string;
  readonly enableLifecycle?: boolean;
  readonly enableAdminApi?: boolean;
  readonly noAuth?: boolean;
  /** `--web.config.file FILE`, relative to the working directory. */
  readonly webConfigFile?: string;
  /** `--tokens-file FILE`, relative to the working directory. */
  readonly tokensFile?: string;
  readonly maxSamples?: string;
  readonly queryTimeout?: string;
  readonly maxConcurrency?: string;
  readonly lookback?: string;
  readonly workers?: string;
  readonly maxSeries?: string;
  readonly maxQuerySeries?: string;
  readonly queryCacheMb?: string;
  readonly storageCacheMb?: string;
  readonly remoteWriteLogMb?: string;
  /** False: nothing but what is configured or sent, not even this host's metrics, unless there is a folder. */
  readonly demo?: boolean;
  /** `--enable-feature a,b`, repeatable. */
  readonly enableFeature?: readonly string[];
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const MEGABYTE = 1024 * 1024;
const DEFAULTS = {
  listen: '127.0.0.1:9090',
  retention: { metrics: 30 * DAY_MS, logs: 30 * DAY_MS, traces: 7 * DAY_MS },
  maxSamples: 50_000_000,
  timeoutMs: 2 * MINUTE_MS,
  maxConcurrency: 20,
  lookbackMs: 5 * MINUTE_MS,
  cacheBytes: 32 * MEGABYTE,
  storageCacheBytes: 128 * MEGABYTE,
  remoteWriteLogBytes: 4096 * MEGABYTE,
  limits: {
    maxSeries: 1_000_000,
    maxStreams: 100_000,
    maxDeltaStreams: 100_000,
    maxRequestBytes: 64 * 1024 * 1024,
    maxLineBytes: 256 * 1024,
    maxSpanBytes: 1024 * 1024,
  },
  otlpHttp: '127.0.0.1:4318',
  otlpGrpc: '127.0.0.1:4317',
};
/** Features of Prometheus that need no turning on here. */
const ALWAYS_ON = new Set([
  'auto-reload-config',
  'exemplar-storage',
  'expand-external-labels',
  'memory-snapshot-on-shutdown',
  'otlp-deltatocumulative',
  'promql-per-step-stats',
]);
const NOT_YET = new Set([
  'concurrent-rule-eval',
  'delayed-compaction',
  'metadata-wal-records',
  'old-ui',
  'otlp-native-delta-ingestion',
  'use-uncached-io',
]);
/** Upstream's name of each feature of the language. */
const LANGUAGE: Readonly<Record<keyof LanguageFeatures, string>> = {
  experimentalFunctions: 'promql-experimental-functions',
  durationExpressions: 'promql-duration-expr',
  delayedNameRemoval: 'promql-delayed-name-removal',
  extendedRangeSelectors: 'promql-extended-range-selectors',
  fillModifiers: 'promql-binop-fill-modifiers',
  typeAndUnitLabels: 'type-and-unit-labels',
};
/** Features of scraping, which have settings in prometheus.yml, too, or need none. */
const SCRAPING = new Set(['created-timestamp-zero-ingestion', 'extra-scrape-metrics', 'native-histograms']);

/** The sources of the settings, the strongest first. */
export interface ServerSources {
  readonly flags: CommandLineFlags;
  readonly alidade: AlidadeSettings;
  /** Absent without a docker-compose file. */
  readonly compose: Compose | undefined;
  /** Folder of the configuration, '' without one. */
  readonly dir: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Command line over alidade.yaml over docker-compose flags over defaults. Faults of flags are problems without a file. */
export function buildServerConfig(sources: ServerSources): { server: ServerConfig; problems: Problem[] } {
  const { flags, alidade, dir } = sources;
  const problems: Problem[] = [];
  const reader = new FlagReader((path, message) => problems.push({ severity: 'error', file: '', line: 0, path, message }));
  const compose = composeSettings(sources.compose);
  const listen = parseListen(reader.checked('--listen', flags.listen, listenFault) ?? alidade.listen ?? DEFAULTS.listen);
  const { host, port } = listen ?? { host: '127.0.0.1', port: 9090 };
  const noAuth = flags.noAuth ?? alidade.no_auth ?? false;
  const files = authFiles(flags, alidade, dir);
  if (flags.listen !== undefined && !isLoopback(host) && !noAuth && !hasCredentials(sources.env, files))
    reader.report('--listen', openAddressMessage(host));
  const features = featuresOf(flags, alidade, compose.features, problems);
  const server: ServerConfig = {
    listen: { host, port },
    dataDir: dataDirOf(flags, alidade, dir),
    ...files,
    retention: retentionOf(flags, alidade, compose, reader),
    durability: reader.word('--durability', flags.durability, DURABILITIES) ?? alidade.durability ?? 'always',
    resolve: { ...alidade.resolve, ...reader.pairs('--resolve', flags.resolve ?? []) },
    enableLifecycle: flags.enableLifecycle ?? alidade.enable_lifecycle ?? (compose.enableLifecycle || isLoopback(host)),
    enableAdminApi: flags.enableAdminApi ?? alidade.enable_admin_api ?? compose.enableAdminApi,
    noAuth,
    externalUrl:
      reader.checked('--external-url', flags.externalUrl, urlFault) ??
      alidade.external_url ??
      compose.externalUrl ??
      urlOf(host, port, schemeOf(files)),
    query: {
      maxSamples:
        reader.count('--max-samples', flags.maxSamples) ?? alidade.query?.max_samples ?? compose.maxSamples ?? DEFAULTS.maxSamples,
      timeoutMs:
        reader.durationMs('--query-timeout', flags.queryTimeout) ?? alidade.query?.timeout ?? compose.timeoutMs ?? DEFAULTS.timeoutMs,
      maxConcurrency:
        reader.count('--max-concurrency', flags.maxConcurrency) ??
        alidade.query?.max_concurrency ??
        compose.maxConcurrency ??
        DEFAULTS.maxConcurrency,
      lookbackMs: reader.durationMs('--lookback', flags.lookback) ?? alidade.query?.lookback ?? compose.lookbackMs ?? DEFAULTS.lookbackMs,
      maxSeries: reader.count('--max-query-series', flags.maxQuerySeries, 0) ?? alidade.query?.max_series ?? 0,
      cacheBytes: megabytes(reader.count('--query-cache-mb', flags.queryCacheMb, 0)) ?? alidade.query?.cache_bytes ?? DEFAULTS.cacheBytes,
      storageCacheBytes:
        megabytes(reader.count('--storage-cache-mb', flags.storageCacheMb, 0)) ??
        alidade.query?.storage_cache_bytes ??
        DEFAULTS.storageCacheBytes,
      features: languageFeatures(features),
      workers: reader.count('--workers', flags.workers) ?? alidade.query?.workers ?? defaultWorkers(),
    },
    features: [...features].sort(),
    prices: pricesOf(alidade.advice),
    compatPorts: flags.compatPorts ?? alidade.compat_ports ?? false,
    limits: limitsOf(flags, alidade, reader),
    remoteWriteLogBytes:
      megabytes(reader.count('--remote-write-log-mb', flags.remoteWriteLogMb)) ??
      alidade.remote_write_log_bytes ??
      DEFAULTS.remoteWriteLogBytes,
    otlpHttp: parseListen(reader.checked('--otlp-http', flags.otlpHttp, otlpFault) ?? alidade.otlp_http ?? DEFAULTS.otlpHttp),
    otlpGrpc: parseListen(reader.checked('--otlp-grpc', flags.otlpGrpc, otlpFault) ?? alidade.otlp_grpc ?? DEFAULTS.otlpGrpc),
  };
  return { server, problems };
}

function megabytes(count: number | undefined): number | undefined {
  return count === undefined ? undefined : count * MEGABYTE;
}

/** Reads typed values; what is wrong is reported under the name of the flag. */
class FlagReader {
  readonly report: (name: string, message: string) => void;

  constructor(report: (name: string, message: string) => void) {
    this.report = report;
  }

  checked(name: string, value: string | undefined, faultOf: (value: string) => string | undefined): string | undefined {
    const fault = value === undefined ? undefined : faultOf(value);
    if (fault !== undefined) this.report(name, fault);
    return fault === undefined ? value : undefined;
  }

  word<Word extends string>(name: string, value: string | undefined, words: readonly Word[]): Word | undefined {
    const found = words.find((word) => word === value);
    if (value !== undefined && found === undefined) this.report(name, `"${value}" is not one of ${words.join(', ')}`);
    return found;
  }

  count(name: string, value: string | undefined, least: 0 | 1 = 1): number | undefined {
    const faultOf = (text: string) =>
      /^(0|[1-9]\d{0,14})$/.test(text) && Number(text) >= least ? undefined : `want a whole number from ${least} on, got "${text}"`;
    const good = this.checked(name, value, faultOf);
    return good === undefined ? undefined : Number(good);
  }

  durationMs(name: string, value: string | undefined): number | undefined {
    if (value === undefined) return undefined;
    try {
      return parseDurationMs(value);
    } catch (error) {
      this.report(name, messageOf(error));
      return undefined;
    }
  }

  /** `50GB` */
  bytes(name: string, value: string | undefined): number | undefined {
    const read = byteSize().optional().safeParse(value);
    if (!read.success) this.report(name, read.error.issues[0]?.message ?? 'not a size');
    return read.data;
  }

  pairs(name: string, values: readonly string[]): Record<string, string> {
    const pairs: Record<string, string> = {};
    for (const value of values.flatMap((item) => item.split(','))) {
      const [, host, address] = /^([\w.-]+)=(.*)$/.exec(value.trim()) ?? [];
      if (host === undefined || address === undefined) this.report(name, `want name=address, got "${value}" (write app=127.0.0.1)`);
      else if (this.checked(name, address, addressFault) !== undefined) pairs[host] = address;
    }
    return pairs;
  }
}

function retentionOf(
  flags: CommandLineFlags,
  { retention }: AlidadeSettings,
  compose: { readonly retentionMs: number | undefined; readonly retentionBytes: number | undefined },
  reader: FlagReader,
): RetentionConfig {
  const ages = bySignal(flags.retention, '--retention', reader, (name, text) => reader.durationMs(name, text));
  const sizes = bySignal(flags.retentionSize, '--retention-size', reader, (name, text) => reader.bytes(name, text));
  const bytesOf = (signal: Signal) => sizes[signal] ?? retention?.[signal]?.sizeBytes;
  const ageOf = (signal: Signal) => ages[signal] ?? retention?.[signal]?.ageMs;
  const rulesOf = (signal: Signal) => retention?.[signal]?.rules ?? [];
  return {
    metricsMs: ageOf('metrics') ?? compose.retentionMs ?? DEFAULTS.retention.metrics,
    logsMs: ageOf('logs') ?? DEFAULTS.retention.logs,
    tracesMs: ageOf('traces') ?? DEFAULTS.retention.traces,
    metricsBytes: bytesOf('metrics') ?? compose.retentionBytes ?? 0,
    logsBytes: bytesOf('logs') ?? 0,
    tracesBytes: bytesOf('traces') ?? 0,
    rules: { metrics: rulesOf('metrics'), logs: rulesOf('logs'), traces: rulesOf('traces') },
  };
}

/** Values of a repeatable flag `[signal=]value`; one without a signal is for those that have none of their own. */
function bySignal(
  values: readonly string[] | undefined,
  name: string,
  reader: FlagReader,
  read: (name: string, text: string) => number | undefined,
): Partial<Record<Signal, number>> {
  const named: Partial<Record<Signal, number>> = {};
  let every: number | undefined;
  for (const value of values ?? []) {
    const [, prefix, text = ''] = /^(?:(\w+)=)?(.*)$/.exec(value) ?? [];
    const signal = reader.word(name, prefix, SIGNALS);
    const number = read(name, text);
    if (number === undefined) continue;
    if (signal !== undefined) named[signal] = number;
    else if (prefix === undefined) every = number;
  }
  if (every === undefined) return named;
  return { metrics: every, logs: every, traces: every, ...named };
}

function languageFeatures(asked: ReadonlySet<string>): LanguageFeatures {
  const features = Object.entries(LANGUAGE).map(([field, name]) => [field, asked.has(name)]);
  return Object.freeze(Object.fromEntries(features) as Record<keyof LanguageFeatures, boolean>);
}

/** Names of upstream's features that are turned on; one that has no effect here is a warning. */
function featuresOf(
  flags: CommandLineFlags,
  alidade: AlidadeSettings,
  fromCompose: readonly string[],
  problems: Problem[],
): ReadonlySet<string> {
  const asked = [...(flags.enableFeature ?? []).flatMap((names) => names.split(',')), ...alidade.enable_features, ...fromCompose];
  const features = new Set(asked.map((name) => name.trim()).filter((name) => name !== ''));
  for (const name of features) {
    if (Object.values(LANGUAGE).includes(name) || SCRAPING.has(name) || ALWAYS_ON.has(name)) continue;
    const message = NOT_YET.has(name)
      ? `the feature "${name}" is not supported yet; it has no effect`
      : `there is no feature "${name}"; it has no effect`;
    problems.push({ severity: 'warning', file: '', line: 0, path: '--enable-feature', message });
  }
  return features;
}

function limitsOf(flags: CommandLineFlags, { limits }: AlidadeSettings, reader: FlagReader): IngestLimits {
  return {
    maxSeries: reader.count('--max-series', flags.maxSeries) ?? limits?.max_series ?? DEFAULTS.limits.maxSeries,
    maxStreams: limits?.max_streams ?? DEFAULTS.limits.maxStreams,
    maxDeltaStreams: limits?.max_delta_streams ?? DEFAULTS.limits.maxDeltaStreams,
    maxRequestBytes: limits?.max_request_bytes ?? DEFAULTS.limits.maxRequestBytes,
    maxLineBytes: limits?.max_line_bytes ?? DEFAULTS.limits.maxLineBytes,
    maxSpanBytes: limits?.max_span_bytes ?? DEFAULTS.limits.maxSpanBytes,
  };
}

/** Prometheus' own flags, as docker-compose files carry them; the others say where its files and pages lie, which is not our affair. */
function composeSettings(compose: Compose | undefined) {
  const flags = (compose?.flags ?? []).filter((flag) => flag.role === 'prometheus');
  const find = (name: string) => flags.findLast((flag) => flag.name === name);
  // The file is not ours: what we cannot use in it is a warning.
  const reader = new FlagReader((name, message) => compose?.file.warn(find(name)?.path ?? [], `--${name}: ${message}; it is ignored`));
  const value = (name: string) => find(name)?.value || undefined;
  const isOn = (name: string) => flags.some((flag) => flag.name === name && flag.value !== 'false');
  const durationMs = (name: string) => reader.durationMs(name, value(name));
  const count = (name: string) => reader.count(name, value(name));
  return {
    retentionBytes: reader.bytes('storage.tsdb.retention.size', value('storage.tsdb.retention.size')),
    retentionMs: durationMs('storage.tsdb.retention.time') ?? durationMs('storage.tsdb.retention'),
    features: flags.filter((flag) => flag.name === 'enable-feature').flatMap((flag) => flag.value.split(',')),
    enableLifecycle: isOn('web.enable-lifecycle'),
    enableAdminApi: isOn('web.enable-admin-api'),
    externalUrl: reader.checked('web.external-url', value('web.external-url'), urlFault),
    maxSamples: count('query.max-samples'),
    timeoutMs: durationMs('query.timeout'),
    maxConcurrency: count('query.max-concurrency'),
    lookbackMs: durationMs('query.lookback-delta'),
  };
}

/** The data directory: `--data` over alidade.yaml over the default. */
export function dataDirOf(flags: Pick<CommandLineFlags, 'data'>, alidade: Pick<AlidadeSettings, 'data'>, dir: string): string {
  if (flags.data !== undefined) return resolve(flags.data);
  return alidade.data !== undefined ? resolve(dir, alidade.data) : defaultDataDir(dir);
}

function defaultDataDir(dir: string): string {
  return dir === '' ? resolve('alidade-data') : join(dir, '.alidade', 'data');
}

function defaultWorkers(): number {
  const cores = availableParallelism();
  return cores <= 2 ? cores : Math.min(4, Math.floor(cores / 2));
}

function urlOf(host: string, port: number, scheme: string): string {
  const shown = host === '0.0.0.0' || host === '::' ? hostname() : host.includes(':') ? `[${host}]` : host;
  return `${scheme}://${shown}:${port}`;
}

function schemeOf({ webConfigFile }: AuthFiles): string {
  return webConfigFile !== '' && readWebConfig(webConfigFile).config?.tls ? 'https' : 'http';
}

/** Where callers' credentials are told. */
export interface AuthFiles {
  readonly webConfigFile: string;
  readonly tokensFile: string;
}

/** The files of credentials: command line over alidade.yaml over the default. */
export function authFiles(flags: CommandLineFlags, alidade: AlidadeSettings, dir: string): AuthFiles {
  const place = (typed: string | undefined, named: string | undefined, otherwise: string) =>
    typed !== undefined ? resolve(typed) : named !== undefined ? resolve(dir, named) : otherwise;
  return {
    webConfigFile: place(flags.webConfigFile, alidade.web_config_file, ''),
    tokensFile: place(flags.tokensFile, alidade.tokens_file, join(dataDirOf(flags, alidade, dir), 'tokens.yaml')),
  };
}

/** Whether callers may be asked for credentials: ALIDADE_TOKEN, users or tokens. What the files hold is looked at when listening begins. */
export function hasCredentials(env: NodeJS.ProcessEnv, { webConfigFile, tokensFile }: AuthFiles): boolean {
  return (env.ALIDADE_TOKEN ?? '') !== '' || webConfigFile !== '' || existsSync(tokensFile);
}

/** Why an address that others can reach is refused. */
export function openAddressMessage(host: string): string {
  return `${host} can be reached by other machines, but there are no credentials; listen on 127.0.0.1, make a token (alidade token create), set ALIDADE_TOKEN, name users in a web.config.file, or accept it with --no-auth (no_auth: true)`;
}
