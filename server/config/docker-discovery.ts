import { checkedText, duration, filledText, flag, listOf, section, text, wholeNumber } from './fields.ts';
import { type HttpClientConfig, httpClientShape, toHttpClient } from './http-client.ts';
import type { MapPath } from './map-path.ts';
import { maskUserInfo } from './redact.ts';

/** `docker_sd_configs`: the containers that one Docker daemon runs. */
export interface DockerDiscovery {
  readonly type: 'docker';
  /** `unix:///path`, `tcp://host:port`, or a URL. */
  readonly host: string;
  /** For containers that expose none. */
  readonly port: number;
  readonly filters: readonly { readonly name: string; readonly values: readonly string[] }[];
  readonly hostNetworkingHost: string;
  readonly matchFirstNetwork: boolean;
  readonly refreshIntervalMs: number;
  /** Used for http and https only, as upstream. */
  readonly client: HttpClientConfig;
}

const DEFAULT_REFRESH_MS = 60_000;

/** One entry of `docker_sd_configs`. */
export const dockerSection = section({
  ...httpClientShape,
  host: checkedText(hostFault).default(''),
  port: wholeNumber(0, 65_535).default(80),
  filters: listOf(section({ name: filledText(), values: listOf(text()) })),
  host_networking_host: text().default('localhost'),
  match_first_network: flag().default(true),
  refresh_interval: duration().default(DEFAULT_REFRESH_MS),
}).superRefine((settings, context) => {
  if (settings.host === '') context.addIssue({ code: 'custom', message: 'host missing (host: unix:///var/run/docker.sock)' });
});

/** From the file's settings to the contract. The daemon's socket is no file of the configuration: its path is not mapped. */
export function toDockerDiscovery(settings: (typeof dockerSection)['_output'], mapPath: MapPath): DockerDiscovery {
  return {
    type: 'docker',
    host: settings.host,
    port: settings.port,
    filters: settings.filters,
    hostNetworkingHost: settings.host_networking_host,
    matchFirstNetwork: settings.match_first_network,
    refreshIntervalMs: settings.refresh_interval,
    client: toHttpClient(settings, mapPath),
  };
}

function hostFault(host: string): string | undefined {
  if (host === '' || /^unix:\/\/\/./.test(host)) return undefined;
  const isUrl = /^(tcp|http|https):\/\/[^/?#]/.test(host) && URL.canParse(host.replace(/^tcp:/, 'http:'));
  return isUrl
    ? undefined
    : `not a Docker host: "${maskUserInfo(host)}" (write unix:///var/run/docker.sock, tcp://host:2375 or https://host:2376)`;
}
