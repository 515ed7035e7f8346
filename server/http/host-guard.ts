// Keeps web pages of other sites from acting through a visitor's browser: DNS rebinding (a foreign name that resolves to
// 127.0.0.1 makes a page "same-origin") shows in the Host header, cross-site requests in Origin and Sec-Fetch-Site.
import type { FastifyRequest } from 'fastify';
import { isLoopback } from '../model/loopback.ts';
import type { Access } from './access.ts';
import { hostNameOf, isAddressLiteral } from './address.ts';
import { httpError } from './errors.ts';

export interface HostGuardOptions {
  /** The configured listen host. */
  readonly listenHost: string;
  /** The host of the listener that a request came to; by default the configured one. */
  readonly listenHostOf?: ((request: FastifyRequest) => string | undefined) | undefined;
  /** Where a reverse proxy publishes us, '' = nowhere. */
  readonly externalUrl: string;
  /** Further names of this server. */
  readonly allowedHosts: readonly string[];
}

/** Throws `http.foreign_host` or `http.foreign_origin` when a request must not be served; see DESIGN section 6. */
export type HostGuard = (request: FastifyRequest, access: Access) => void;

// Docker's name for the machine that runs the containers; it exists inside containers only.
const DOCKER_HOST = 'host.docker.internal';

export function createHostGuard(options: HostGuardOptions): HostGuard {
  const external = options.externalUrl === '' ? undefined : new URL(options.externalUrl);
  const names = new Set([DOCKER_HOST, options.listenHost, ...options.allowedHosts].map((name) => name.toLowerCase()));
  if (external) names.add(hostNameOf(external.host));
  // Browsers always send Host; who leaves it out is a program.
  const isOwnName = (name: string) => name === '' || isLoopback(name) || isAddressLiteral(name) || names.has(name);

  return (request, access) => {
    const { headers } = request;
    const listenHost = options.listenHostOf?.(request) ?? options.listenHost;
    const isOnlyLocal = isLoopback(listenHost);
    const name = hostNameOf(headers.host);
    const isFromPage = headers.origin !== undefined || headers['sec-fetch-site'] !== undefined;
    if (!isOwnName(name) && name !== listenHost.toLowerCase() && (isOnlyLocal || (access === 'change' && isFromPage)))
      throw httpError(
        'http.foreign_host',
        `the Host header names "${headers.host ?? ''}", which is not a name of this server; ` +
          'if a proxy publishes it under that name, set the external URL (--external-url)',
      );
    if (access !== 'change') return;
    const { origin } = headers;
    const isForeign = origin === undefined ? headers['sec-fetch-site'] === 'cross-site' : !isSameOrigin(origin, headers.host);
    const isThroughProxy = origin !== undefined && origin === external?.origin;
    if (isForeign && !isThroughProxy)
      throw httpError('http.foreign_origin', `a page of ${origin ?? 'another site'} may read here but not change anything`);
  };
}

function isSameOrigin(origin: string, host: string | undefined): boolean {
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
}
