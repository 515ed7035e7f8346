import { EXERCISE_PRICES } from '@alidade/sdk/advise';
import type { Config } from '../../config/config.ts';
import { DEFAULT_OTLP } from '../../config/otlp-section.ts';
import { NO_FEATURES } from '../../model/language-features.ts';

/** A configuration for tests of the APIs: everything at its default, nothing scraped. */
export function testConfig(server: Partial<Config['server']> = {}): Config {
  return {
    dir: '',
    server: {
      listen: { host: '127.0.0.1', port: 0 },
      dataDir: 'data',
      retention: {
        metricsMs: 15 * 86_400_000,
        logsMs: 0,
        tracesMs: 0,
        metricsBytes: 0,
        logsBytes: 0,
        tracesBytes: 0,
        rules: { metrics: [], logs: [], traces: [] },
      },
      durability: 'always',
      resolve: {},
      enableLifecycle: false,
      enableAdminApi: false,
      noAuth: false,
      webConfigFile: '',
      tokensFile: '',
      compatPorts: false,
      prices: EXERCISE_PRICES,
      features: [],
      externalUrl: '',
      query: {
        maxSamples: 50_000_000,
        timeoutMs: 120_000,
        maxConcurrency: 20,
        lookbackMs: 300_000,
        workers: 0,
        features: NO_FEATURES,
        maxSeries: 0,
        cacheBytes: 0,
        storageCacheBytes: 0,
      },
      limits: {
        maxSeries: 1_000_000,
        maxStreams: 100_000,
        maxDeltaStreams: 100_000,
        maxLineBytes: 262_144,
        maxSpanBytes: 1_048_576,
        maxRequestBytes: 64 * 1024 * 1024,
      },
      remoteWriteLogBytes: 4096 * 1024 * 1024,
      ...server,
    },
    prometheus: {
      file: '',
      text: 'global: {}\n',
      evaluationIntervalMs: 15_000,
      externalLabels: { site: 'lab' },
      scrapeConfigs: [],
      ruleGroups: [],
      alertmanagers: [],
      alertRelabel: [],
      remoteWrites: [],
      storage: { outOfOrderMs: 0 },
      otlp: DEFAULT_OTLP,
    },
    slos: [],
    grafana: { datasources: [], dashboardFolders: [], dashboardFiles: [] },
    hostCollector: { addJob: false },
    pushgateway: { addJob: false },
    watch: [],
    warnings: [],
  };
}
