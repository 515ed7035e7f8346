import type { DockerDiscovery } from '../config/docker-discovery.ts';
import type { TargetGroup } from '../config/scrape-config.ts';
import { createHttpClient, type HttpClient } from '../http-client/http-client.ts';
import { withoutPassword } from '../http-client/parse-url.ts';
import type { Discoverer, DiscovererDeps } from './discoverer.ts';
import { readContainers, readNetworks } from './docker-answers.ts';
import { dockerTargets } from './docker-targets.ts';
import { discoveryError } from './errors.ts';
import { readJsonAnswer } from './json-answer.ts';
import { startRefreshLoop } from './refresh-loop.ts';

/** The newest version of the Engine API whose answers are known to mean what we take them for. */
const NEWEST_API = '1.51';
const REFRESH_LIMIT_MS = 60_000;

/** `docker_sd_configs`: lists the containers of a Docker daemon every refresh interval. An outage leaves what was found in force. */
export function startDocker(config: DockerDiscovery, deps: DiscovererDeps): Discoverer {
  const { client, baseUrl } = connectTo(config, deps);
  const timeoutMs = Math.max(1_000, Math.min(config.refreshIntervalMs, REFRESH_LIMIT_MS));
  const refresh = async (signal: AbortSignal) => {
    const groups = await listTargets(client, baseUrl, config, { signal, timeoutMs });
    if (!signal.aborted) deps.onUpdate(groups);
  };
  const source = withoutPassword(config.host);
  const loop = startRefreshLoop(deps.clock, config.refreshIntervalMs, refresh, (message) => deps.onProblem(source, message));
  return {
    async stop() {
      await loop.stop();
      await client.close();
    },
  };
}

function connectTo(config: DockerDiscovery, { resolve, clock }: DiscovererDeps): { client: HttpClient; baseUrl: string } {
  const bare = { followRedirects: true };
  const socketPath = /^unix:\/\/(.*)$/.exec(config.host)?.[1];
  if (socketPath !== undefined) return { client: createHttpClient(bare, { clock, socketPath }), baseUrl: 'http://docker' };
  // As upstream: HTTP settings are for http and https; tcp is plain.
  const isPlain = config.host.startsWith('tcp://');
  const client = createHttpClient(isPlain ? bare : config.client, { resolve, clock });
  return { client, baseUrl: config.host.replace(/^tcp:/, 'http:').replace(/\/+$/, '') };
}

interface RequestLimits {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

async function listTargets(client: HttpClient, baseUrl: string, config: DockerDiscovery, limits: RequestLimits): Promise<TargetGroup[]> {
  const ask = async (path: string) => {
    const answer = await client.request(`${baseUrl}${path}`, {
      ...limits,
      headers: { accept: 'application/json', 'user-agent': 'Alidade' },
    });
    return readJsonAnswer(answer, path.replace(/\?.*/, ''));
  };
  const version = await negotiate(client, baseUrl, limits);
  const containers = readContainers(await ask(`${version}/containers/json${filterQuery(config.filters)}`));
  const networks = readNetworks(await ask(`${version}/networks`));
  return dockerTargets(config, containers, networks);
}

/** The path prefix of the newest version that both sides know; '' for a daemon too old to say. */
async function negotiate(client: HttpClient, baseUrl: string, limits: RequestLimits): Promise<string> {
  const { status, headers } = await client.request(`${baseUrl}/_ping`, { ...limits, maxBytes: 64 * 1024 });
  if (status >= 400) throw discoveryError('discovery.bad_answer', `server returned HTTP status ${status} for /_ping`);
  const offered = headers['api-version'] ?? '';
  if (!/^\d+\.\d+$/.test(offered)) return '';
  return `/v${minorOf(offered) < minorOf(NEWEST_API) && offered.startsWith('1.') ? offered : NEWEST_API}`;
}

function minorOf(version: string): number {
  return Number(version.split('.')[1]);
}

function filterQuery(filters: DockerDiscovery['filters']): string {
  if (filters.length === 0) return '';
  const byName: Record<string, Record<string, boolean>> = {};
  for (const { name, values } of filters) {
    for (const value of values) byName[name] = { ...byName[name], [value]: true };
  }
  return `?filters=${encodeURIComponent(JSON.stringify(byName))}`;
}
