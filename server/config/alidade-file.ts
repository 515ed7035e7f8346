import { isIP } from 'node:net';
import type { z } from 'zod';
import { adviceSection } from './advice.ts';
import type { ConfigFile } from './config-file.ts';
import { byteSize, checkedText, duration, filledText, flag, httpUrl, listOf, mapOf, oneOf, section, text, wholeNumber } from './fields.ts';
import { keptSignal } from './retention.ts';

/** Durability settings, the safest first. */
export const DURABILITIES = ['always', 'interval', 'off'] as const;

/** Of each signal how long it is kept (0 = for ever), or `{age, size, rules: [{match, age}]}`. */
const retentionSection = section({
  metrics: keptSignal().optional(),
  logs: keptSignal().optional(),
  traces: keptSignal().optional(),
});

const querySection = section({
  /** Most samples that one query may hold in memory. */
  max_samples: wholeNumber(1).optional(),
  /** Series that one query may select; 0 = as many as its samples allow. */
  max_series: wholeNumber(0).optional(),
  /** Memory for results that are kept to be extended when they are asked for again; 0 = none. Default 32MB. */
  cache_bytes: byteSize().optional(),
  /** Memory for what is read of metrics again and again. */
  storage_cache_bytes: byteSize().optional(),
  /** Longest time that one query may take. */
  timeout: duration().optional(),
  /** Most queries at the same time; others wait. */
  max_concurrency: wholeNumber(1).optional(),
  /** How far back an instant looks for a sample. */
  lookback: duration().optional(),
  /** Worker threads that evaluate queries. */
  workers: wholeNumber(1, 64).optional(),
});

const limitsSection = section({
  /** Most series in the store; new ones beyond are refused. */
  max_series: wholeNumber(1).optional(),
  /** Most log streams in the store; new ones beyond are refused. */
  max_streams: wholeNumber(1).optional(),
  /** Most streams of OTLP deltas that are added up at a time; new ones beyond are refused. Default 100000. */
  max_delta_streams: wholeNumber(1).optional(),
  /** Largest pushed request, decompressed. */
  max_request_bytes: byteSize().optional(),
  /** Longest log line. */
  max_line_bytes: byteSize().optional(),
  /** Largest span with its attributes and events. */
  max_span_bytes: byteSize().optional(),
});

const grafanaSection = section({
  /** Folder with `datasources/` and `dashboards/`, as Grafana's provisioning. */
  provisioning: text().optional(),
  /** Folders or single files of dashboard JSON. */
  dashboards: listOf(filledText()),
});

/** alidade.yaml. Every key is optional; paths are relative to the file. */
const alidadeSection = section({
  /** prometheus.yml. Default: found by convention. */
  prometheus: filledText().optional(),
  /** More rule files, besides `rule_files` of prometheus.yml; `*` in the last part. */
  rules: listOf(filledText()),
  /** Files of objectives (OpenSLO, Sloth, Pyrra), besides those below `slo/`; `*` in the last part. */
  slo: listOf(filledText()),
  /** alertmanager.yml. Default: found by convention. */
  alertmanager: filledText().optional(),
  /** Grafana's provisioning and dashboards. Default: found by convention. */
  grafana: grafanaSection.optional(),
  /** host:port of the server. Default 127.0.0.1:9090. */
  listen: checkedText(listenFault).optional(),
  /** host:port where OTLP over HTTP is received too, or `off`. Default 127.0.0.1:4318. */
  otlp_http: checkedText(otlpFault).optional(),
  /** host:port where OTLP over gRPC is received, or `off`. Default 127.0.0.1:4317. */
  otlp_grpc: checkedText(otlpFault).optional(),
  /** Disk for what remote_write has not sent yet. Default 4GB. */
  remote_write_log_bytes: byteSize().optional(),
  /** Whether the usual ports of Grafana, Loki, Tempo, Jaeger, Alertmanager and the Pushgateway are opened too. Default false. */
  compat_ports: flag().optional(),
  /** Data directory. Default `.alidade/data` beside this file. */
  data: filledText().optional(),
  retention: retentionSection.optional(),
  /** When an acknowledged write is on disk: always (before the answer), interval (within a second), off. */
  durability: oneOf(DURABILITIES).optional(),
  /** Host names to addresses: `app: 127.0.0.1`. */
  resolve: mapOf(checkedText(addressFault), (name) => (/^[\w.-]+$/.test(name) ? undefined : `"${name}" is not a host name`)).default({}),
  /** Whether `POST /-/reload` and `/-/quit` answer. Default: on loopback only. */
  enable_lifecycle: flag().optional(),
  /** Whether series can be deleted through the API. Default false. */
  enable_admin_api: flag().optional(),
  /** Whether an address that others can reach may be opened without credentials. Default false. */
  no_auth: flag().optional(),
  /** Prometheus' web.config.file: TLS and users. */
  web_config_file: filledText().optional(),
  /** Tokens made by `alidade token`. Default: tokens.yaml in the data directory. */
  tokens_file: filledText().optional(),
  /** The server's address in links of alerts. Default: from `listen`. */
  external_url: httpUrl().optional(),
  /** Upstream's names of features to turn on, e.g. promql-experimental-functions. */
  enable_features: listOf(filledText()),
  query: querySection.optional(),
  limits: limitsSection.optional(),
  /** Prices that advice about cost goes by. Default: the exercise's. */
  advice: adviceSection.optional(),
});

/** alidade.yaml as it was written. */
export type AlidadeSettings = z.output<typeof alidadeSection>;

/** Reads alidade.yaml; undefined when it has faults, which are then among its problems. */
export function readAlidadeFile(file: ConfigFile): AlidadeSettings | undefined {
  return file.has([]) ? file.read(alidadeSection, []) : { rules: [], slo: [], resolve: {}, enable_features: [] };
}

/** Host and port of `host:port`, `:port`, `port` or `[::1]:port`; undefined when it is none of them. Port 0 lets the system choose. */
export function parseListen(address: string): { host: string; port: number } | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]:|([^:[\]\s]*):)?(\d{1,5})$/.exec(address);
  const port = Number(match?.[3] ?? NaN);
  if (!match || !(port <= 65_535)) return undefined;
  const host = match[1] ?? match[2];
  // `:9090` means every address, as in upstream's --web.listen-address; a bare port stays on loopback.
  return { host: host === '' ? '0.0.0.0' : (host ?? '127.0.0.1'), port };
}

/** What is wrong with a listen address. */
export function listenFault(address: string): string | undefined {
  return parseListen(address) ? undefined : `not a listen address: "${address}" (write 127.0.0.1:9090)`;
}

/** What is wrong with an address for OTLP. */
export function otlpFault(address: string): string | undefined {
  return address === 'off' || parseListen(address) ? undefined : `not a listen address: "${address}" (write 127.0.0.1:4318, or off)`;
}

/** What is wrong with the address that a host name is mapped to. */
export function addressFault(address: string): string | undefined {
  if (isIP(address) !== 0 || /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(address)) return undefined;
  return `not an address: "${address}" (write an IP address or a host name, without a port)`;
}
