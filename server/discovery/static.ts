import type { DiscoveryConfig } from '../config/scrape-config.ts';
import type { Discoverer, DiscovererDeps } from './discoverer.ts';

/** `static_configs`: the groups of the configuration, at once and for good. */
export function startStatic(config: Extract<DiscoveryConfig, { type: 'static' }>, deps: DiscovererDeps): Discoverer {
  deps.onUpdate(config.groups);
  return { stop: async () => undefined };
}
