import { lookup as dnsLookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { type Clock, sleep } from '../model/clock.ts';
import type { FetchedBody } from './fetch-target.ts';
import type { Target } from './target.ts';

/** What decides whether the built-in host collector answers for a target. */
export interface StandInDeps {
  readonly clock: Clock;
  readonly hostMetrics: () => Promise<Uint8Array>;
  /** Names with an address of their own are never stood in for. */
  readonly resolve: Readonly<Record<string, string>>;
  /** Rejects when the name has no address; by default the system's resolver. */
  readonly lookup?: ((hostname: string) => Promise<unknown>) | undefined;
}

// A name is not looked up at each scrape: without a network one lookup can take as long as a scrape may.
const LOOK_UP_AGAIN_AFTER_MS = 60_000;

/**
 * For a target that looks like a node-exporter: asks whether its host name resolves, and answers with the built-in host collector's
 * text when it does not (yet) – undefined when it does, or when the target is something else.
 */
export function createStandIn(target: Target, deps: StandInDeps): (signal: AbortSignal) => Promise<FetchedBody | undefined> {
  const { hostname, port } = URL.canParse(target.url) ? new URL(target.url) : { hostname: '', port: '' };
  const isNodeExporter = port === '9100' || /node[-_]?exporter/i.test(hostname);
  const isAddress = isIP(hostname.replace(/^\[|\]$/g, '')) !== 0;
  if (!isNodeExporter || isAddress || Object.hasOwn(deps.resolve, hostname)) return async () => undefined;
  let isKnown = false;
  let checkedMs = Number.NEGATIVE_INFINITY;

  return async (signal) => {
    const nowMs = deps.clock.nowMs();
    if (Math.abs(nowMs - checkedMs) >= LOOK_UP_AGAIN_AFTER_MS) {
      // Half of the timeout leaves time for the scrape itself.
      isKnown = await resolvesWithin(hostname, target.timeoutMs / 2, deps, signal);
      checkedMs = nowMs;
    }
    if (isKnown) return undefined;
    return {
      body: await deps.hostMetrics(),
      format: 'text',
      note: `answered by the built-in host collector, because "${hostname}" does not resolve`,
    };
  };
}

/** Whether the name has an address, as far as is known after `limitMs`. */
async function resolvesWithin(
  hostname: string,
  limitMs: number,
  { clock, lookup = dnsLookup }: StandInDeps,
  signal: AbortSignal,
): Promise<boolean> {
  const done = new AbortController();
  const found = lookup(hostname)
    .then(
      () => true,
      () => false,
    )
    .finally(() => done.abort());
  const late = sleep(clock, limitMs, AbortSignal.any([done.signal, signal])).then(
    () => false,
    () => (done.signal.aborted ? found : false),
  );
  return Promise.race([found, late]);
}
