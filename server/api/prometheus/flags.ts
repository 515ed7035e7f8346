// The settings under the names of upstream's flags; what cannot be set here has the value that this server acts by.
import type { ServerConfig } from '../../config/config.ts';
import { formatDurationMs } from '../../model/duration.ts';
import type { LanguageFeatures } from '../../model/language-features.ts';
import { MAX_SUBSCRIBERS } from './notifications.ts';

/** Upstream's name of each feature of the language. */
export const FEATURE_NAMES: Readonly<Record<keyof LanguageFeatures, string>> = {
  experimentalFunctions: 'promql-experimental-functions',
  durationExpressions: 'promql-duration-expr',
  delayedNameRemoval: 'promql-delayed-name-removal',
  extendedRangeSelectors: 'promql-extended-range-selectors',
  fillModifiers: 'promql-binop-fill-modifiers',
  typeAndUnitLabels: 'type-and-unit-labels',
};

/** Names of upstream's features that are in effect, whether they were asked for or always are. */
export function enabledFeatures({ query }: ServerConfig): string[] {
  const language = Object.entries(FEATURE_NAMES).filter(([field]) => query.features[field as keyof LanguageFeatures]);
  return ['exemplar-storage', 'native-histograms', 'promql-per-step-stats', ...language.map(([, name]) => name)].sort();
}

/** /api/v1/status/flags, in the order of the names. */
export function flagsOf(server: ServerConfig, configFile: string): Record<string, string> {
  const { query, retention, listen } = server;
  return {
    agent: 'false',
    'alertmanager.drain-notification-queue-on-shutdown': 'true',
    'alertmanager.notification-batch-size': '256',
    'alertmanager.notification-queue-capacity': '10000',
    'auto-gomaxprocs': 'true',
    'auto-gomemlimit': 'true',
    'auto-gomemlimit.ratio': '0.9',
    'config.auto-reload-interval': '30s',
    'config.file': configFile,
    'enable-feature': enabledFeatures(server).join(','),
    'log.format': 'json',
    'log.level': 'info',
    'query.lookback-delta': formatDurationMs(query.lookbackMs),
    'query.max-concurrency': String(query.maxConcurrency),
    'query.max-samples': String(query.maxSamples),
    'query.timeout': formatDurationMs(query.timeoutMs),
    'rules.alert.for-grace-period': '10m',
    'rules.alert.for-outage-tolerance': '1h',
    'rules.alert.resend-delay': '1m',
    'rules.max-concurrent-evals': '4',
    'storage.remote.flush-deadline': '1m',
    'storage.remote.read-concurrent-limit': '10',
    'storage.remote.read-max-bytes-in-frame': '1048576',
    'storage.remote.read-sample-limit': '50000000',
    'storage.tsdb.no-lockfile': 'false',
    'storage.tsdb.path': server.dataDir,
    'storage.tsdb.retention.size': '0B',
    'storage.tsdb.retention.time': formatDurationMs(retention.metricsMs),
    'web.config.file': '',
    'web.cors.origin': '.*',
    'web.enable-admin-api': String(server.enableAdminApi),
    'web.enable-lifecycle': String(server.enableLifecycle),
    'web.enable-otlp-receiver': 'true',
    'web.enable-remote-write-receiver': 'true',
    'web.external-url': server.externalUrl,
    'web.listen-address': `${listen.host}:${listen.port}`,
    'web.max-connections': '1024',
    'web.max-notifications-subscribers': String(MAX_SUBSCRIBERS),
    'web.page-title': 'Alidade',
    'web.read-timeout': '5m',
    'web.remote-write-receiver.accepted-protobuf-messages': 'prometheus.WriteRequest,io.prometheus.write.v2.Request',
    'web.route-prefix': '/',
    'web.user-assets': '',
  };
}
