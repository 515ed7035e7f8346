import { Option } from 'commander';
import type { CommandLineFlags } from '../config/server.ts';

/** The options that say how the server runs; shared by `up` and `check`. Values are validated with the configuration. */
export function serverOptions(): Option[] {
  const repeatable = (value: string, before: readonly string[] = []) => [...before, value];
  return [
    new Option('--listen <address>', 'address to listen on (default: 127.0.0.1:9090)'),
    new Option('--otlp-http <address>', 'address for OTLP over HTTP besides --listen, or off (default: 127.0.0.1:4318)'),
    new Option('--otlp-grpc <address>', 'address for OTLP over gRPC, or off (default: 127.0.0.1:4317)'),
    new Option('--compat-ports', 'open the usual ports of Grafana, Loki, Tempo, Jaeger, Alertmanager and the Pushgateway too'),
    new Option('--data <folder>', 'where data is kept (default: DIR/.alidade/data)'),
    new Option(
      '--retention <[signal=]duration>',
      'how long data is kept, 0 = for ever; signal is metrics, logs or traces (default: all); repeatable',
    ).argParser(repeatable),
    new Option(
      '--retention-size <[signal=]size>',
      'how much disk each may take, e.g. logs=10GB; the oldest goes first (default: no limit); repeatable',
    ).argParser(repeatable),
    new Option('--durability <when>', 'when a write is on disk: always, interval or off (default: always)'),
    new Option('--resolve <name=address>', 'address of a host name in the configuration, e.g. app=127.0.0.1; repeatable').argParser(
      repeatable,
    ),
    new Option('--alertmanager-config <file>', 'alertmanager.yml to use (default: found under DIR)'),
    new Option('--external-url <url>', 'URL under which others reach this server; used in links'),
    new Option('--enable-lifecycle', 'allow POST /-/reload and /-/quit (default: on loopback)'),
    new Option('--enable-admin-api', 'allow the routes that delete data'),
    new Option(WEB_CONFIG_FLAG, "Prometheus' file of TLS and users with passwords"),
    new Option('--tokens-file <file>', 'tokens made by `alidade token` (default: tokens.yaml in the data folder)'),
    new Option('--no-auth', 'accept that anybody who reaches the address may do everything'),
    new Option('--enable-feature <names>', "Prometheus' feature flags, e.g. promql-experimental-functions; repeatable").argParser(
      repeatable,
    ),
    new Option('--max-samples <n>', 'most samples that one query may load (default: 50000000)'),
    new Option('--query-timeout <duration>', 'longest time of a query (default: 2m)'),
    new Option('--max-concurrency <n>', 'heavy queries at a time (default: 20)'),
    new Option('--lookback <duration>', 'how old a sample an instant selector takes (default: 5m)'),
    new Option('--workers <n>', 'threads that evaluate queries (default: by processors)'),
    new Option('--max-series <n>', 'most series at a time (default: 1000000)'),
    new Option('--max-query-series <n>', 'most series that one query may select, 0 = no limit (default: 0)'),
    new Option('--query-cache-mb <n>', 'memory for results of range queries that are asked again, 0 = none (default: 32)'),
    new Option('--storage-cache-mb <n>', 'memory for what is read of metrics again and again, 0 = none (default: 128)'),
    new Option('--remote-write-log-mb <n>', 'disk for what remote_write has not sent yet; beyond, the oldest is dropped (default: 4096)'),
    ...UPSTREAM_FLAGS.filter(({ flag }) => flag !== WEB_CONFIG_FLAG).map(({ flag }) => new Option(flag).hideHelp()),
  ];
}

const WEB_CONFIG_FLAG = '--web.config.file <file>';

/** Flags under Prometheus' names, for those who have them in their fingers or scripts; what they set here. */
const UPSTREAM_FLAGS: readonly { readonly flag: string; readonly name: keyof CommandLineFlags | undefined }[] = [
  { flag: '--web.listen-address <address>', name: 'listen' },
  { flag: '--web.external-url <url>', name: 'externalUrl' },
  { flag: WEB_CONFIG_FLAG, name: 'webConfigFile' },
  { flag: '--web.enable-lifecycle', name: 'enableLifecycle' },
  { flag: '--web.enable-admin-api', name: 'enableAdminApi' },
  // It is always on here.
  { flag: '--web.enable-remote-write-receiver', name: undefined },
  { flag: '--storage.tsdb.path <folder>', name: 'data' },
  { flag: '--storage.tsdb.retention.time <duration>', name: 'retention' },
  { flag: '--storage.tsdb.retention.size <size>', name: 'retentionSize' },
  { flag: '--query.max-samples <n>', name: 'maxSamples' },
  { flag: '--query.timeout <duration>', name: 'queryTimeout' },
  { flag: '--query.max-concurrency <n>', name: 'maxConcurrency' },
  { flag: '--query.lookback-delta <duration>', name: 'lookback' },
];

/** commander's view of the options: `--no-auth` arrives as `auth: false`, upstream's names as `query.maxSamples` and the like. */
export interface ParsedServerOptions extends Omit<CommandLineFlags, 'noAuth'> {
  readonly auth?: boolean;
}

/** The flags as the configuration takes them; our own names win over upstream's. */
export function flagsOf({ auth, ...options }: ParsedServerOptions): CommandLineFlags {
  const ours: Record<string, unknown> = auth === false ? { noAuth: true } : {};
  const theirs: Record<string, unknown> = {};
  for (const [key, value] of Object.entries<unknown>(options)) {
    const upstream = UPSTREAM_FLAGS.find(({ flag }) => new Option(flag).attributeName() === key);
    if (!upstream) ours[key] = value;
    else if (upstream.name)
      theirs[upstream.name] = upstream.name === 'retention' || upstream.name === 'retentionSize' ? [`metrics=${value}`] : value;
  }
  return { ...theirs, ...ours };
}
