// The composition root: wire → start → reload → stop. The only file that knows everybody; nothing of the trade is decided here. It is
// loaded while the store opens (start.ts).
import type { ServerStatus } from '@alidade/sdk/schema';
import { Advisor } from './advisor/advisor.ts';
import { QueryLog } from './advisor/query-log.ts';
import { watchEngine, watchStore } from './advisor/watch-queries.ts';
import { type Alerting, createAlerting } from './alerting/alerting.ts';
import { addExternalLabels } from './alerting/external-labels.ts';
import { Alertmanagers } from './alertmanagers.ts';
import { alertmanagerApi } from './api/alertmanager/plugin.ts';
import { backupApi } from './api/backup/plugin.ts';
import { grafanaApi } from './api/grafana/plugin.ts';
import { lokiApi } from './api/loki/plugin.ts';
import type { OtlpReceivers } from './api/otlp/exports.ts';
import { MAX_GRPC_MESSAGE_BYTES, otlpGrpcFailure, otlpGrpcMethods } from './api/otlp/grpc.ts';
import { otlpApi } from './api/otlp/plugin.ts';
import { prometheusApi } from './api/prometheus/plugin.ts';
import { pushgatewayApi } from './api/pushgateway/plugin.ts';
import { tempoApi } from './api/tempo/plugin.ts';
import { uiApi } from './api/ui/plugin.ts';
import { advisorSettings, appliedAdvice } from './app-advice.ts';
import { loadChecked } from './app-config.ts';
import { type DoctorReport, examine } from './app-doctor.ts';
import { exportResultCache, exportStoreStats, observeRequests } from './app-metrics.ts';
import { BackupOffers } from './backup/offers.ts';
import { settingsFiles } from './backup/settings-files.ts';
import type { Config, Problem, ServerConfig } from './config/config.ts';
import { formatProblem } from './config/problem.ts';
import type { CommandLineFlags } from './config/server.ts';
import { type ConfigWatch, watchConfig } from './config-watch.ts';
import { DashboardStore } from './dashboards/store.ts';
import { type DiscoveryManager, startDiscovery } from './discovery/manager.ts';
import { createDiscoveryMetrics } from './discovery/metrics.ts';
import { openExtraListeners } from './extra-listeners.ts';
import { createHostCollector } from './host/host-collector.ts';
import { formatAddress } from './http/address.ts';
import { Authenticator } from './http/auth/authenticator.ts';
import { createGrpcServer, type GrpcServer } from './http/grpc-server.ts';
import { createHttpServer, type HttpServer } from './http/server.ts';
import { IngestRates } from './ingest-rates.ts';
import { createLogEngine } from './logql/engine/log-engine.ts';
import type { LogQueryEngine } from './logql/query.ts';
import { messageOf } from './model/app-error.ts';
import { type Clock, systemClock, type Timer } from './model/clock.ts';
import { Secret } from './model/secret.ts';
import { createQueryEngine } from './promql/engine/query-engine.ts';
import { ResultCache } from './promql/engine/result-cache.ts';
import type { QueryEngine } from './promql/query.ts';
import { type Busy, warmUp } from './promql/warm-up.ts';
import { createPushExposition } from './push/expose-pushed.ts';
import { PushGroups } from './push/push-groups.ts';
import { exportPushMetrics } from './push/push-metrics.ts';
import { createLogReceiver, type LogReceiver } from './receive/logs.ts';
import { createMetricReceiver, type MetricReceiver } from './receive/otlp-metrics.ts';
import { createSampleReceiver, type SampleReceiver } from './receive/samples.ts';
import { createSpanReceiver, type SpanReceiver } from './receive/spans.ts';
import { createRuleManager, type RuleManager } from './rules/manager.ts';
import { createScrapeManager, type ScrapeManager } from './scrape/manager.ts';
import { SendManager } from './send/manager.ts';
import { createSloBook, type SloBook } from './slo/slo-book.ts';
import type { Store } from './storage/store.ts';
import type { Logger, LogLevel } from './telemetry/logger.ts';
import type { Telemetry } from './telemetry/telemetry.ts';
import { createTraceSearch, type TraceSearchEngine } from './traces/trace-search.ts';

/** How the process was asked to run. */
export interface AppOptions {
  readonly dir: string | undefined;
  readonly flags: CommandLineFlags;
  readonly version: string;
  /** Folder of the built UI. */
  readonly uiDir: string;
  readonly logLevel: LogLevel;
  /** Called by `/-/quit`. */
  readonly quit: () => void;
}

/** A running server. */
export interface App {
  readonly url: string;
  /** Reads the configuration again; keeps the running one when the new one is bad. Answers all problems; never throws. */
  reload(): Promise<readonly Problem[]>;
  stop(): Promise<void>;
}

const RETENTION_EVERY_MS = 10 * 60_000;

/** The credentials that every request must carry. */
function credentialFiles({ webConfigFile, tokensFile }: ServerConfig): string[] {
  return [webConfigFile, tokensFile].filter((file) => file !== '');
}

function ownToken(): Secret | undefined {
  const token = process.env.ALIDADE_TOKEN;
  return token ? new Secret(token) : undefined;
}

/** What the last attempt to load a configuration came to. */
interface LastLoad {
  readonly atMs: number;
  readonly succeeded: boolean;
  readonly problems: readonly Problem[];
}

/** Everything over an open store, wired. */
export class RunningApp implements App {
  readonly #options: AppOptions;
  readonly #clock: Clock = systemClock;
  readonly #startedAtMs = systemClock.nowMs();
  readonly #telemetry: Telemetry;
  readonly #logger: Logger;
  readonly #store: Store;
  readonly #engine: QueryEngine & Busy;
  readonly #stopping = new AbortController();
  #warming: Promise<void> | undefined;
  readonly #logEngine: LogQueryEngine;
  readonly #traceSearch: TraceSearchEngine;
  readonly #logReceiver: LogReceiver;
  readonly #spanReceiver: SpanReceiver;
  readonly #sampleReceiver: SampleReceiver;
  readonly #metricReceiver: MetricReceiver;
  readonly #pushGroups: PushGroups;
  readonly #scrape: ScrapeManager;
  readonly #discovery: DiscoveryManager;
  readonly #alerting: Alerting;
  readonly #alertmanagers: Alertmanagers;
  readonly #rules: RuleManager;
  readonly #slos: SloBook;
  readonly #queryLog: QueryLog;
  readonly #advisor: Advisor;
  readonly #send: SendManager;
  readonly #dashboards = new DashboardStore();
  readonly #authenticator: Authenticator;
  readonly #backups: BackupOffers;
  readonly #rates: IngestRates;
  readonly #observe: ReturnType<typeof observeRequests>;
  readonly #watch: ConfigWatch;
  #http: HttpServer | undefined;
  #grpc: GrpcServer | undefined;
  #retention: Timer | undefined;
  #config: Config;
  #lastLoad: LastLoad;
  #isReady = false;
  #closedPorts: readonly string[] = [];
  #reloading: Promise<readonly Problem[]> = Promise.resolve([]);
  url = '';

  constructor(options: AppOptions, config: Config, telemetry: Telemetry, store: Store) {
    this.#options = options;
    this.#config = config;
    this.#telemetry = telemetry;
    this.#logger = telemetry.logger;
    this.#store = store;
    this.#lastLoad = { atMs: this.#startedAtMs, succeeded: true, problems: config.warnings };
    const { query, resolve, externalUrl, listen, limits, retention } = config.server;
    const clock = this.#clock;
    const logger = this.#logger;
    const cache = query.cacheBytes > 0 ? new ResultCache({ maxBytes: query.cacheBytes }) : undefined;
    if (cache) exportResultCache(telemetry.registry, cache);
    const subqueryStepMs = config.prometheus.evaluationIntervalMs;
    this.#engine = createQueryEngine({ store: store.metrics, clock, ...query, subqueryStepMs, cache });
    const { timeoutMs, maxConcurrency } = query;
    this.#logEngine = createLogEngine({ store: store.logs, clock, timeoutMs, maxConcurrency });
    this.#traceSearch = createTraceSearch({ store: store.traces });
    const { registry } = telemetry;
    this.#logReceiver = createLogReceiver({ store: store.logs, clock, limits, retentionMs: retention.logsMs, registry });
    this.#spanReceiver = createSpanReceiver({ store: store.traces, clock, limits, retentionMs: retention.tracesMs, registry });
    const outOfOrderMs = () => this.#config.prometheus.storage.outOfOrderMs;
    const writesCreated = config.server.features.includes('created-timestamp-zero-ingestion');
    const metricStores = { store: store.metrics, exemplars: store.exemplars };
    this.#sampleReceiver = createSampleReceiver({ ...metricStores, clock, outOfOrderMs, writesCreated, registry });
    this.#metricReceiver = createMetricReceiver({
      ...metricStores,
      clock,
      settings: () => this.#config.prometheus.otlp,
      metadata: this.#sampleReceiver.metadata,
      limits,
      outOfOrderMs,
      lookbackMs: query.lookbackMs,
      withTypeAndUnit: query.features.typeAndUnitLabels,
      writesCreated,
      registry,
    });
    this.#pushGroups = new PushGroups({ state: store.state, clock, onAnyChange: () => void this.#applyScrape(this.#config) });
    this.#scrape = createScrapeManager({
      ...metricStores,
      features: {
        typeAndUnitLabels: query.features.typeAndUnitLabels,
        createdTimestampZeroIngestion: writesCreated,
      },
      clock,
      logger,
      registry: telemetry.registry,
      version: options.version,
      hostMetrics: createHostCollector({ clock, logger }),
      pushedMetrics: createPushExposition(this.#pushGroups),
      externalUrl,
      listenPort: listen.port,
    });
    this.#discovery = startDiscovery({
      jobs: [],
      clock,
      resolve,
      onUpdate: (job, groups) => void this.#scrape.updateTargets(job, groups),
      onProblem: (problem) => logger.warn({ ...problem }, 'discovery failed'),
      metrics: createDiscoveryMetrics(registry),
    });
    this.#alerting = createAlerting({ clock, state: store.state, externalUrl, resolve, logger });
    this.#alertmanagers = new Alertmanagers({ clock, resolve, logger });
    this.#rules = createRuleManager({
      engine: this.#engine,
      store: store.metrics,
      state: store.state,
      clock,
      onAlerts: (alerts) => {
        const { externalLabels, alertRelabel } = this.#config.prometheus;
        const labelled = addExternalLabels(alerts, externalLabels, alertRelabel);
        this.#alerting.push(labelled);
        this.#alertmanagers.push(labelled);
      },
      externalUrl,
      externalLabels: config.prometheus.externalLabels,
      logger,
    });
    this.#slos = createSloBook({ engine: this.#engine, clock, objectives: () => this.#config.slos });
    this.#queryLog = new QueryLog({ state: store.state, clock, features: query.features, warn: (message) => logger.warn(message) });
    this.#advisor = new Advisor({
      store,
      engine: this.#engine,
      clock,
      log: this.#queryLog,
      dashboards: () => this.#dashboards.answers(),
      settings: () => advisorSettings(this.#config),
    });
    this.#send = new SendManager({
      log: store.commitLog,
      dataDir: config.server.dataDir,
      maxLogBytes: config.server.remoteWriteLogBytes,
      metadata: () => this.#families(),
      samplesIn: () => store.stats().samplesAppended,
      clock,
      logger,
      registry,
      version: options.version,
    });
    this.#authenticator = new Authenticator({ clock, token: ownToken(), ...config.server });
    this.#backups = new BackupOffers({
      clock,
      dataDir: config.server.dataDir,
      copyTo: (folder) => store.copyTo(folder),
      settings: () => {
        const { dir, server, watch } = this.#config;
        return settingsFiles({ configDir: dir, dataDir: server.dataDir }, [...watch, ...credentialFiles(server)]);
      },
      warn: (message) => logger.warn(message),
    });
    this.#rates = new IngestRates(clock, () => store.stats());
    this.#watch = watchConfig(
      clock,
      () => void this.reload(),
      (message) => logger.warn(message),
    );
    this.#observe = observeRequests(registry);
    exportStoreStats(registry, store);
  }

  /** Listens and applies the configuration. Throws what listeners throw. */
  async start(): Promise<void> {
    const { server } = this.#config;
    await this.#backups.start();
    await this.#pushGroups.restore();
    await this.#queryLog.start();
    // The port first: whoever else listens there should be named before anything is scraped or evaluated.
    this.#http = await this.#createHttp();
    const address = await this.#http.listen();
    this.url = `${this.#authenticator.web.tls ? 'https' : 'http'}://${formatAddress(address)}`;
    this.#grpc = this.#createGrpc();
    this.#closedPorts = await openExtraListeners(this.#http, this.#grpc, server, this.#logger);
    await this.#apply(this.#config);
    for (const problem of this.#lastLoad.problems) this.#logger.warn(formatProblem(problem));
    this.#scheduleRetention();
    this.#isReady = true;
    this.#logger.info({ url: this.url, data: server.dataDir, dir: this.#config.dir }, 'ready');
    this.#warming = warmUp(this.#engine, this.#store.metrics, this.#stopping.signal).catch((error: unknown) => {
      if (!this.#stopping.signal.aborted)
        this.#logger.warn({ error: messageOf(error) }, 'queries were not tried out beforehand: the first ones take longer');
    });
  }

  reload(): Promise<readonly Problem[]> {
    // One after the other: a file may change while its previous state is still being applied.
    this.#reloading = this.#reloading.then(() => this.#reloadNow());
    return this.#reloading;
  }

  async stop(): Promise<void> {
    this.#isReady = false;
    this.#stopping.abort();
    await this.#warming;
    this.#retention?.cancel();
    this.#rates.stop();
    await this.#watch.close();
    await this.#reloading;
    await this.#discovery.stop();
    await this.#scrape.stop();
    await this.#rules.stop();
    await this.#alerting.stop();
    await this.#alertmanagers.stop();
    await Promise.all([this.#http?.close(), this.#grpc?.close()]);
    await this.#send.stop();
    await this.#backups.stop();
    await this.#queryLog.stop();
    await this.#engine.close();
    await this.#logEngine.close();
    await this.#store.close();
    this.#logger.info('stopped');
  }

  async #reloadNow(): Promise<readonly Problem[]> {
    const { dir, flags } = this.#options;
    const atMs = this.#clock.nowMs();
    try {
      const { config, problems, watch } = await loadChecked(dir, flags);
      // Also what is read for the first time and broken: its mending must be noticed.
      if (!config) this.#watch.update([...this.#config.watch, ...watch]);
      this.#lastLoad = { atMs, succeeded: config !== undefined, problems };
      for (const problem of problems) this.#logger[problem.severity === 'error' ? 'error' : 'warn'](formatProblem(problem));
      if (config) await this.#apply(config);
    } catch (error) {
      this.#logger.error({ err: error }, 'the configuration could not be applied');
      const problem: Problem = { severity: 'error', file: this.#config.dir, line: 0, path: '', message: messageOf(error) };
      this.#lastLoad = { atMs, succeeded: false, problems: [...this.#lastLoad.problems, problem] };
    }
    this.#logger.info(this.#lastLoad.succeeded ? 'configuration loaded' : 'configuration refused: the previous one runs on');
    return this.#lastLoad.problems;
  }

  /** Gives every part its section. Listeners, data directory and query limits stay as they were at the start. */
  async #apply(config: Config): Promise<void> {
    const { prometheus, server } = config;
    this.#store.metrics.setOutOfOrderMs(prometheus.storage.outOfOrderMs);
    await this.#send.apply(prometheus.remoteWrites, { externalLabels: prometheus.externalLabels, resolve: server.resolve });
    await this.#alerting.apply(config.alertmanager);
    await this.#alertmanagers.apply(prometheus, config.alertmanager !== undefined);
    await this.#applyScrape(config);
    const jobs = prometheus.scrapeConfigs.map(({ jobName, discoveries }) => ({ name: jobName, discoveries }));
    await this.#discovery.apply(jobs, server.resolve);
    await this.#rules.apply(prometheus.ruleGroups, { externalUrl: server.externalUrl, externalLabels: prometheus.externalLabels });
    const dashboardProblems = await this.#dashboards.load(config.grafana);
    this.#lastLoad = { ...this.#lastLoad, problems: [...this.#lastLoad.problems, ...dashboardProblems] };
    this.#config = config;
    this.#watch.update(config.watch);
  }

  #applyScrape({ prometheus, server, hostCollector, pushgateway }: Config): Promise<void> {
    const addPushJob = pushgateway.addJob && this.#pushGroups.groups.length > 0;
    return this.#scrape.apply(prometheus.scrapeConfigs, { resolve: server.resolve, addHostJob: hostCollector.addJob, addPushJob });
  }

  #createHttp(): Promise<HttpServer> {
    const { listen, noAuth, externalUrl, limits, query } = this.#config.server;
    const common = { clock: this.#clock, version: this.#options.version, reportError: this.#reportError };
    return createHttpServer(
      {
        clock: this.#clock,
        listen,
        authenticator: this.#authenticator,
        noAuth,
        externalUrl,
        allowedHosts: Object.keys(this.#config.server.resolve),
        observe: this.#observe,
        maxRequestBytes: limits.maxRequestBytes,
        uiDir: this.#options.uiDir,
        reportError: this.#reportError,
      },
      [
        prometheusApi({
          ...common,
          engine: watchEngine(this.#engine, this.#queryLog),
          metrics: watchStore(this.#store.metrics, this.#queryLog),
          exemplars: this.#store.exemplars,
          receiver: this.#sampleReceiver,
          targets: this.#scrape,
          rules: this.#rules,
          lifecycle: {
            startedAtMs: this.#startedAtMs,
            isReady: () => this.#isReady,
            reload: () => this.reload(),
            lastReload: () => this.#lastLoad,
            quit: this.#options.quit,
          },
          ownMetrics: this.#telemetry.registry,
          config: () => this.#config,
          snapshot: () => this.#store.snapshot(),
          alertmanagers: () => ({ active: [...this.#builtInUrls(), ...this.#alertmanagers.active()], dropped: [] }),
        }),
        alertmanagerApi({
          ...common,
          alerting: this.#alerting,
          startedAtMs: this.#startedAtMs,
          configText: () => this.#config.alertmanager?.text ?? '',
        }),
        lokiApi({
          ...common,
          engine: this.#logEngine,
          logs: this.#store.logs,
          receiver: this.#logReceiver,
          maxRequestBytes: limits.maxRequestBytes,
          queryTimeoutMs: query.timeoutMs,
          isReady: () => this.#isReady,
        }),
        otlpApi({ ...this.#otlpReceivers(), reportError: this.#reportError }),
        pushgatewayApi({
          ...common,
          groups: this.#pushGroups,
          observe: exportPushMetrics(this.#telemetry.registry, this.#pushGroups),
          startedAtMs: this.#startedAtMs,
          isReady: () => this.#isReady,
          isAdminEnabled: () => this.#config.server.enableAdminApi,
          url: () => this.url,
        }),
        tempoApi({ ...common, store: this.#store.traces, search: this.#traceSearch, timeoutMs: query.timeoutMs }),
        backupApi({
          version: this.#options.version,
          offers: this.#backups,
          reportError: this.#reportError,
        }),
        grafanaApi({ version: this.#options.version, dashboards: this.#dashboards }),
        uiApi({
          ...common,
          engine: watchEngine(this.#engine, this.#queryLog),
          metrics: this.#store.metrics,
          logEngine: this.#logEngine,
          traces: { traceStore: this.#store.traces, traceSearch: this.#traceSearch },
          dashboards: this.#dashboards,
          slos: this.#slos,
          advisor: this.#advisor,
          discoveryProblems: () => this.#discovery.problems(),
          status: () => this.#status(),
          doctor: () => this.#examine(),
          notifications: () => this.#alerting.notifications(),
          defaultMinStepMs: () => Math.min(15_000, ...this.#config.prometheus.scrapeConfigs.map((job) => job.scrapeIntervalMs)),
        }),
      ],
    );
  }

  #createGrpc(): GrpcServer {
    const { noAuth, limits } = this.#config.server;
    return createGrpcServer({
      clock: this.#clock,
      authenticator: this.#authenticator,
      noAuth,
      maxMessageBytes: Math.min(limits.maxRequestBytes, MAX_GRPC_MESSAGE_BYTES),
      methods: otlpGrpcMethods(this.#otlpReceivers()),
      failureOf: otlpGrpcFailure,
      reportError: this.#reportError,
      observe: this.#observe,
    });
  }

  #otlpReceivers(): OtlpReceivers {
    const logs = { receiver: this.#logReceiver, clock: this.#clock };
    return { spans: this.#spanReceiver, logs, metrics: this.#metricReceiver };
  }

  #examine(): Promise<DoctorReport> {
    return examine({
      version: this.#options.version,
      nowMs: () => this.#clock.nowMs(),
      store: this.#store,
      config: () => this.#config,
      lastLoad: () => this.#lastLoad,
      targets: this.#scrape,
      rules: this.#rules,
      alertmanagers: () => this.#alertmanagers.active(),
      closedPorts: () => this.#closedPorts,
    });
  }

  #builtInUrls(): string[] {
    return this.#config.alertmanager ? [`${this.url}/api/v2/alerts`] : [];
  }

  *#families() {
    yield* this.#sampleReceiver.metadata.entries();
    yield* this.#scrape.families();
  }

  readonly #reportError = (error: unknown, request: string): void => {
    this.#logger.error({ err: error, request }, 'a request failed');
  };

  #status(): ServerStatus {
    const { series, diskBytes, pendingBytes } = this.#store.stats();
    return {
      version: this.#options.version,
      startedAtMs: this.#startedAtMs,
      nowMs: this.#clock.nowMs(),
      dir: this.#config.dir,
      config: {
        loadedAtMs: this.#lastLoad.atMs,
        stale: !this.#lastLoad.succeeded,
        problems: this.#lastLoad.problems,
        ...appliedAdvice(this.#config),
      },
      ingest: this.#rates.now(),
      store: { series, diskBytes, pendingBytes },
      hasAlertmanager: this.#config.alertmanager !== undefined,
    };
  }

  #scheduleRetention(): void {
    this.#retention = this.#clock.after(RETENTION_EVERY_MS, () => {
      this.#store
        .enforceRetention()
        .catch((error: unknown) => this.#logger.error({ err: error }, 'old data could not be deleted'))
        .finally(() => this.#scheduleRetention());
    });
  }
}
