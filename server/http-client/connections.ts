import { lookup as dnsLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import type { HttpClientConfig, TlsConfig } from '../config/http-client.ts';
import { readPem } from './credentials.ts';
import { httpClientError } from './errors.ts';

const CONNECT_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_MS = 60_000;

/** PEM texts as they are on disk now. */
interface TlsMaterial {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** The connection pool of one client; rebuilt when a certificate file has changed. */
export interface Connections {
  dispatcher(): Promise<Dispatcher>;
  close(): Promise<void>;
}

/** A pool with `config`'s TLS and proxy whose host names go through `resolve` first; with `socketPath` every connection is to that unix socket. */
export function createConnections(config: HttpClientConfig, resolve: Readonly<Record<string, string>>, socketPath?: string): Connections {
  let current: { readonly fingerprint: string; readonly dispatcher: Dispatcher } | undefined;
  let isClosed = false;
  return {
    async dispatcher() {
      const material = await readMaterial(config.tls);
      if (isClosed) throw httpClientError('http_client.closed', 'the HTTP client is closed');
      const fingerprint = JSON.stringify(material);
      if (current?.fingerprint === fingerprint) return current.dispatcher;
      const previous = current;
      current = { fingerprint, dispatcher: buildDispatcher(config, material, resolve, socketPath) };
      // Graceful: requests under way finish on the old certificates.
      void previous?.dispatcher.close();
      return current.dispatcher;
    },
    async close() {
      isClosed = true;
      await current?.dispatcher.destroy();
      current = undefined;
    },
  };
}

/** A `lookup` for `net.connect` that answers names of `resolve` itself. A mapped name may be an address or another name. */
export function mappedLookup(resolve: Readonly<Record<string, string>>): LookupFunction {
  const table = new Map(Object.entries(resolve));
  return (hostname, options, callback) => {
    const mapped = table.get(hostname) ?? hostname;
    const family = isIP(mapped);
    if (family === 0) return dnsLookup(mapped, options, callback);
    if (options.all) return callback(null, [{ address: mapped, family }]);
    return callback(null, mapped, family);
  };
}

async function readMaterial(tls: TlsConfig | undefined): Promise<TlsMaterial> {
  if (!tls) return {};
  const ca = tls.caFile === undefined ? tls.ca : await readPem(tls.caFile);
  const cert = tls.certFile === undefined ? tls.cert : await readPem(tls.certFile);
  const key = tls.keyFile === undefined ? tls.key?.reveal() : await readPem(tls.keyFile);
  return { ...(ca !== undefined && { ca }), ...(cert !== undefined && { cert }), ...(key !== undefined && { key }) };
}

function buildDispatcher(
  config: HttpClientConfig,
  material: TlsMaterial,
  resolve: Readonly<Record<string, string>>,
  socketPath: string | undefined,
): Dispatcher {
  const tls = {
    ...material,
    rejectUnauthorized: !config.tls?.insecureSkipVerify,
    ...(config.tls?.serverName !== undefined && { servername: config.tls.serverName }),
  };
  // Time limits are the request's own (`timeoutMs`), so undici's are off; connecting keeps one because an aborted request leaves its socket behind.
  const limits = { headersTimeout: 0, bodyTimeout: 0, keepAliveTimeout: KEEP_ALIVE_MS, pipelining: 1 };
  const connect = { lookup: mappedLookup(resolve), timeout: CONNECT_TIMEOUT_MS };
  if (socketPath !== undefined) return new Agent({ ...limits, connect: { socketPath, timeout: CONNECT_TIMEOUT_MS } });
  if (config.proxyUrl === undefined) return new Agent({ ...limits, connect: { ...connect, ...tls } });
  return new ProxyAgent({ uri: config.proxyUrl, ...limits, connect, proxyTls: connect, requestTls: tls, proxyTunnel: false });
}
