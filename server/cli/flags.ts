import { Option } from 'commander';
import type { CommandLineFlags } from '../config/server.ts';

/** The options that say how the server runs; shared by `up` and `check`. Values are validated with the configuration. */
export function serverOptions(): Option[] {
  const repeatable = (value: string, before: readonly string[] = []) => [...before, value];
  return [
    new Option('--listen <address>', 'address to listen on (default: 127.0.0.1:9090)'),
    new Option('--otlp-http <address>', 'address for OTLP over HTTP besides --listen, or off (default: 127.0.0.1:4318)'),
    new Option('--compat-ports', 'open the usual ports of Grafana, Loki, Tempo, Jaeger and Alertmanager too'),
    new Option('--data <folder>', 'where data is kept (default: DIR/.alidade/data)'),
    new Option(
      '--retention <[signal=]duration>',
      'how long data is kept, 0 = for ever; signal is metrics, logs or traces (default: all); repeatable',
    ).argParser(repeatable),
    new Option('--durability <when>', 'when a write is on disk: always, interval or off (default: always)'),
    new Option('--resolve <name=address>', 'address of a host name in the configuration, e.g. app=127.0.0.1; repeatable').argParser(
      repeatable,
    ),
    new Option('--alertmanager-config <file>', 'alertmanager.yml to use (default: found under DIR)'),
    new Option('--external-url <url>', 'URL under which others reach this server; used in links'),
    new Option('--enable-lifecycle', 'allow POST /-/reload and /-/quit (default: on loopback)'),
    new Option('--enable-admin-api', 'allow the routes that delete data'),
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
  ];
}

/** commander's view of the options: `--no-auth` arrives as `auth: false`. */
export interface ParsedServerOptions extends Omit<CommandLineFlags, 'noAuth'> {
  readonly auth?: boolean;
}

/** The flags as the configuration takes them. */
export function flagsOf({ auth, ...options }: ParsedServerOptions): CommandLineFlags {
  return auth === false ? { ...options, noAuth: true } : options;
}
