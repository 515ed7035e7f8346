import type { DiscoveryConfig, TargetGroup } from '../config/scrape-config.ts';
import { createHttpClient, type HttpClient } from '../http-client/http-client.ts';
import { withoutPassword } from '../http-client/parse-url.ts';
import type { Discoverer, DiscovererDeps } from './discoverer.ts';
import { discoveryError } from './errors.ts';
import { startRefreshLoop } from './refresh-loop.ts';
import { parseJsonGroups } from './target-groups.ts';

type HttpDiscovery = Extract<DiscoveryConfig, { type: 'http' }>;

const SHORTEST_TIMEOUT_MS = 1_000;
const CONTENT_TYPE = /^application\/json(;\s*charset=("utf-8"|utf-8))?$/i;

/** `http_sd_configs`: target groups that a URL answers as JSON, asked again every refresh interval. */
export function startHttp(config: HttpDiscovery, deps: DiscovererDeps): Discoverer {
  const client = createHttpClient(config.client, { resolve: deps.resolve, clock: deps.clock });
  const shownUrl = withoutPassword(config.url);
  // What was found before stays in force when it fails: an outage of the endpoint must not end the scraping.
  const refresh = async (signal: AbortSignal) => {
    const groups = await fetchGroups(client, config, signal);
    if (!signal.aborted) deps.onUpdate(groups);
  };
  const loop = startRefreshLoop(deps.clock, config.refreshIntervalMs, refresh, (message) => deps.onProblem(shownUrl, message));
  return {
    async stop() {
      await loop.stop();
      await client.close();
    },
  };
}

async function fetchGroups(client: HttpClient, config: HttpDiscovery, signal: AbortSignal): Promise<TargetGroup[]> {
  const answer = await client.request(config.url, {
    signal,
    timeoutMs: Math.max(config.refreshIntervalMs, SHORTEST_TIMEOUT_MS),
    headers: {
      accept: 'application/json',
      'accept-encoding': 'gzip',
      'user-agent': 'Alidade',
      'x-prometheus-refresh-interval-seconds': String(config.refreshIntervalMs / 1000),
    },
  });
  if (answer.status !== 200) throw discoveryError('discovery.bad_answer', `server returned HTTP status ${answer.status}`);
  const contentType = answer.headers['content-type'] ?? '';
  if (!CONTENT_TYPE.test(contentType.trim())) {
    throw discoveryError('discovery.bad_answer', `unsupported content type "${contentType}" (the endpoint must answer application/json)`);
  }
  const groups = parseJsonGroups(new TextDecoder().decode(answer.body), (i) => `${config.url}:${i}`);
  return groups.map((group) => ({ ...group, labels: { ...group.labels, __meta_url: config.url } }));
}
