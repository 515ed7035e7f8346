import { lookup as dnsLookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { type Clock, sleep } from '../model/clock.ts';
import type { FetchedBody } from './fetch-target.ts';
import { askBuiltIn, BUILT_INS, type BuiltInMetrics } from './host-job.ts';
import type { Target } from './target.ts';

/** What decides whether something of ours answers for a target. */
export interface StandInDeps {
  readonly clock: Clock;
  readonly hostMetrics?: BuiltInMetrics | undefined;
  readonly pushedMetrics?: BuiltInMetrics | undefined;
  /** Names with an address of their own are never stood in for. */
  readonly resolve: Readonly<Record<string, string>>;
  /** Rejects when the name has no address; by default the system's resolver. */
  readonly lookup?: ((hostname: string) => Promise<unknown>) | undefined;
}

// A name is not looked up at each scrape: without a network one lookup can take as long as a scrape may.
const LOOK_UP_AGAIN_AFTER_MS = 60_000;

/**
 * For a target that looks like a node-exporter or a Pushgateway: asks whether its host name resolves, and answers with what is built in
 * when it does not (yet) – undefined when it does, or when the target is something else.
 */
export function createStandIn(target: Target, deps: StandInDeps): (signal: AbortSignal) => Promise<FetchedBody | undefined> {
  const { hostname, port } = URL.canParse(target.url) ? new URL(target.url) : { hostname: '', port: '' };
  const isLike = (name: keyof typeof BUILT_INS) => port === BUILT_INS[name].port || BUILT_INS[name].hostname.test(hostname);
  const name = isLike('host') ? 'host' : isLike('push') ? 'push' : undefined;
  const metrics = name && (name === 'host' ? deps.hostMetrics : deps.pushedMetrics);
  const isAddress = isIP(hostname.replace(/^\[|\]$/g, '')) !== 0;
  if (!metrics || isAddress || Object.hasOwn(deps.resolve, hostname)) return async () => undefined;
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
      ...(await askBuiltIn(metrics)),
      note: `answered by ${BUILT_INS[name].title}, because "${hostname}" does not resolve`,
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
