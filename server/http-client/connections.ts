import { lookup as dnsLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import type { HttpClientConfig } from '../config/http-client.ts';
import { chooseProxy, type Environment } from './choose-proxy.ts';
import { httpClientError } from './errors.ts';
import { readMaterial, type TlsMaterial, tlsOptions } from './tls-options.ts';

const CONNECT_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_MS = 60_000;
/** Connections to one server that may lie idle because requests over them got no answer. */
const MAX_LEFT_BEHIND = 4;
const MAX_DISTRUSTED = 10_000;

/** Where connections lead besides what the settings say. */
export interface Surroundings {
  /** Host names to addresses or other names. */
  readonly resolve: Readonly<Record<string, string>>;
  /** Where proxies may be named. */
  readonly env: Environment;
  /** Every connection is to this unix socket. */
  readonly socketPath?: string | undefined;
}

/** The connection pools of one client, one for each proxy; rebuilt when a certificate file has changed. */
export interface Connections {
  /** The pool for requests to `url`. */
  dispatcher(url: URL): Promise<Dispatcher>;
  /** A request to `url` got no answer in time: the next one has a connection of its own, as the one of before may lead nowhere. */
  distrust(url: URL): void;
  close(): Promise<void>;
}

interface Pools {
  readonly fingerprint: string;
  readonly material: TlsMaterial;
  /** By the target's scheme, the proxy's URL ('' for none), and which of its connections is used. */
  readonly byProxy: Map<string, Dispatcher>;
}

/** Pools with `config`'s TLS and proxies. */
export function createConnections(config: HttpClientConfig, surroundings: Surroundings): Connections {
  let current: Pools | undefined;
  let isClosed = false;
  // HTTP/2 goes on with a connection after a request was given up, HTTP/1.1 closes it. By origin: how often its connection was left behind.
  const left = new Map<string, number>();

  async function pools(): Promise<Pools> {
    const material = await readMaterial(config.tls);
    if (isClosed) throw httpClientError('http_client.closed', 'the HTTP client is closed');
    const fingerprint = JSON.stringify(material);
    if (current?.fingerprint === fingerprint) return current;
    const previous = current;
    current = { fingerprint, material, byProxy: new Map() };
    // Graceful: requests under way finish on the old certificates.
    for (const dispatcher of previous?.byProxy.values() ?? []) void dispatcher.close();
    return current;
  }

  return {
    async dispatcher(url) {
      const { material, byProxy } = await pools();
      const proxy = surroundings.socketPath === undefined ? (chooseProxy(config, url, surroundings.env) ?? '') : '';
      // A proxy's own headers are for the request for a tunnel, which only secured targets need.
      const connectHeaders = url.protocol === 'https:' ? (config.proxyConnectHeaders ?? {}) : {};
      const key = `${url.protocol} ${proxy} ${(left.get(url.origin) ?? 0) % MAX_LEFT_BEHIND}`;
      const dispatcher = byProxy.get(key) ?? buildDispatcher(config, material, { url: proxy, connectHeaders }, surroundings);
      byProxy.set(key, dispatcher);
      return dispatcher;
    },
    distrust(url) {
      if (url.protocol !== 'https:' || config.enableHttp2 === false) return;
      if (left.size >= MAX_DISTRUSTED) left.clear();
      left.set(url.origin, (left.get(url.origin) ?? 0) + 1);
    },
    async close() {
      isClosed = true;
      const dispatchers = [...(current?.byProxy.values() ?? [])];
      current = undefined;
      await Promise.all(dispatchers.map((dispatcher) => dispatcher.destroy()));
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

function buildDispatcher(
  config: HttpClientConfig,
  material: TlsMaterial,
  proxy: { readonly url: string; readonly connectHeaders: NonNullable<HttpClientConfig['proxyConnectHeaders']> },
  { resolve, socketPath }: Surroundings,
): Dispatcher {
  const tls = tlsOptions(config.tls, material);
  // Time limits are the request's own (`timeoutMs`), so undici's are off; connecting keeps one because an aborted request leaves its socket behind.
  const limits = { headersTimeout: 0, bodyTimeout: 0, keepAliveTimeout: KEEP_ALIVE_MS, pipelining: 1 };
  const connect = { lookup: mappedLookup(resolve), timeout: CONNECT_TIMEOUT_MS };
  if (socketPath !== undefined) return new Agent({ ...limits, connect: { socketPath, timeout: CONNECT_TIMEOUT_MS } });
  // Agreed on by ALPN, so only over TLS, and only where nothing stands between.
  if (proxy.url === '') return new Agent({ ...limits, allowH2: config.enableHttp2 !== false, connect: { ...connect, ...tls } });
  if (/^socks5h?:/.test(proxy.url)) {
    const uri = new URL(proxy.url.replace(/^socks5h:/, 'socks5:'));
    uri.hostname = resolve[uri.hostname] ?? uri.hostname;
    // Options for TLS to the proxy, however empty, would mean a proxy behind TLS.
    return new ProxyAgent({ uri: uri.href, ...limits, requestTls: tls });
  }
  const { servername: _ofTarget, ...tlsOfProxy } = tls;
  const headers = Object.entries(proxy.connectHeaders).map(([name, values]) => [name, values.map((value) => value.reveal()).join(', ')]);
  return new ProxyAgent({
    uri: proxy.url,
    ...limits,
    connect,
    proxyTls: { ...connect, ...tlsOfProxy },
    requestTls: tls,
    proxyTunnel: false,
    headers: Object.fromEntries(headers),
  });
}
