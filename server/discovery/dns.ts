import { Resolver } from 'node:dns/promises';
import type { DnsDiscovery } from '../config/dns-discovery.ts';
import type { TargetGroup } from '../config/scrape-config.ts';
import { messageOf } from '../model/app-error.ts';
import { joinHostPort } from './address.ts';
import type { Discoverer, DiscovererDeps } from './discoverer.ts';
import { discoveryError } from './errors.ts';
import { startRefreshLoop } from './refresh-loop.ts';
import { namesToAsk, type ResolvConf, readResolvConf } from './resolv-conf.ts';

/** More targets of one name than this are an error: a zone that answers with them is not meant for us. */
export const MAX_RECORDS = 10_000;

/** One record as a target. */
interface Found {
  readonly address: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** `dns_sd_configs`: asks the servers of /etc/resolv.conf for each name, again every refresh interval. A name that fails keeps its targets. */
export function startDns(config: DnsDiscovery, deps: DiscovererDeps): Discoverer {
  const known = new Map<string, readonly TargetGroup[]>();
  const failing = new Set<string>();

  const refreshOne = async (name: string, conf: ResolvConf, resolver: Resolver, signal: AbortSignal) => {
    try {
      const found = await lookUp(name, config, conf, resolver);
      if (signal.aborted) return;
      known.set(
        name,
        found.map((one) => toGroup(name, one)),
      );
      if (failing.delete(name)) deps.onProblem(name, undefined);
    } catch (error) {
      if (signal.aborted) return;
      failing.add(name);
      deps.onProblem(name, messageOf(error));
    }
  };
  const refresh = async (signal: AbortSignal) => {
    const conf = await readResolvConf(deps.resolvConf);
    // A new one each time: a changed resolv.conf counts, and nothing is kept from the last answers.
    const resolver = new Resolver({ timeout: 2_000, tries: 2 });
    resolver.setServers(conf.servers);
    const cancel = () => resolver.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      await Promise.all(config.names.map((name) => refreshOne(name, conf, resolver, signal)));
    } finally {
      signal.removeEventListener('abort', cancel);
    }
    if (!signal.aborted) deps.onUpdate(config.names.flatMap((name) => known.get(name) ?? []));
  };
  const loop = startRefreshLoop(deps.clock, config.refreshIntervalMs, refresh, (message) => deps.onProblem('dns_sd_configs', message));
  return { stop: () => loop.stop() };
}

/** The records of the first name of the search list that exists. Throws when a name could not be asked for and no other exists. */
async function lookUp(name: string, config: DnsDiscovery, conf: ResolvConf, resolver: Resolver): Promise<readonly Found[]> {
  let failure: unknown;
  for (const full of namesToAsk(name, conf)) {
    try {
      const found = await ask(full, config, resolver);
      if (found.length > MAX_RECORDS) {
        throw discoveryError('discovery.too_large', `${found.length} ${config.recordType} records, more than ${MAX_RECORDS}`);
      }
      return found;
    } catch (error) {
      const { code } = error as { code?: unknown };
      if (code === 'ENODATA') return [];
      if (code !== 'ENOTFOUND') failure = error;
    }
  }
  if (failure === undefined) return [];
  const servers = conf.servers.join(', ');
  throw discoveryError(
    'discovery.bad_answer',
    `could not resolve "${name}" (${config.recordType}, asked ${servers}): ${messageOf(failure)}`,
    failure,
  );
}

async function ask(name: string, { recordType, port }: DnsDiscovery, resolver: Resolver): Promise<Found[]> {
  switch (recordType) {
    case 'SRV': {
      const records = await resolver.resolveSrv(name);
      return records.map((record) => ({
        address: joinHostPort(withoutDot(record.name), record.port),
        labels: { __meta_dns_srv_record_target: withDot(record.name), __meta_dns_srv_record_port: String(record.port) },
      }));
    }
    case 'MX': {
      const records = await resolver.resolveMx(name);
      return records.map(({ exchange }) => ({
        address: joinHostPort(withoutDot(exchange), port),
        labels: { __meta_dns_mx_record_target: withDot(exchange) },
      }));
    }
    case 'NS': {
      const records = await resolver.resolveNs(name);
      return records.map((server) => ({
        address: joinHostPort(withoutDot(server), port),
        labels: { __meta_dns_ns_record_target: withDot(server) },
      }));
    }
    case 'A':
      return (await resolver.resolve4(name)).map((address) => ({ address: joinHostPort(address, port), labels: {} }));
    case 'AAAA':
      return (await resolver.resolve6(name)).map((address) => ({ address: joinHostPort(address, port), labels: {} }));
  }
}

function toGroup(name: string, { address, labels }: Found): TargetGroup {
  return { targets: [address], labels: { __meta_dns_name: name, ...labels }, source: name };
}

// Records name hosts in full, with a dot at the end; addresses go without.
function withDot(host: string): string {
  return host.endsWith('.') ? host : `${host}.`;
}

function withoutDot(host: string): string {
  return host.replace(/\.+$/, '');
}
