import { BlockList, isIP } from 'node:net';
import type { ProxyConfig } from '../config/proxy.ts';

/** Environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The URL of the proxy for a request to `url`; undefined: none. The rules are those of Go's programs. */
export function chooseProxy(config: ProxyConfig, url: URL, env: Environment): string | undefined {
  if (config.proxyFromEnvironment) {
    const named = variable(env, url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY');
    if (named === '' || isExempt(variable(env, 'NO_PROXY'), url)) return undefined;
    return named.includes('://') ? named : `http://${named}`;
  }
  if (config.proxyUrl === undefined) return undefined;
  return config.noProxy !== undefined && isExempt(config.noProxy, url) ? undefined : config.proxyUrl;
}

function variable(env: Environment, name: string): string {
  return env[name] || env[name.toLowerCase()] || '';
}

/** Whether `noProxy` says that `url` is reached without a proxy; this machine always is. */
function isExempt(noProxy: string, url: URL): boolean {
  const host = url.hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
  const family = isIP(host);
  if (host === 'localhost' || (family === 4 && host.startsWith('127.')) || host === '::1') return true;
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  const entries = noProxy
    .toLowerCase()
    .split(',')
    .map((entry) => entry.trim());
  return entries.some(
    (entry) => entry !== '' && (entry === '*' || (family === 0 ? matchesName(entry, host, port) : matchesAddress(entry, host, port))),
  );
}

/** `10.0.0.0/8`, `10.0.0.1`, `10.0.0.1:80`, `[::1]:80`. */
function matchesAddress(entry: string, host: string, port: string): boolean {
  const [network = '', bits] = entry.split('/');
  if (bits !== undefined) {
    const kind = isIP(network);
    if (kind === 0 || !/^\d+$/.test(bits) || Number(bits) > (kind === 4 ? 32 : 128)) return false;
    const list = new BlockList();
    list.addSubnet(network, Number(bits), kind === 4 ? 'ipv4' : 'ipv6');
    return list.check(host, isIP(host) === 4 ? 'ipv4' : 'ipv6');
  }
  const [address, wantedPort] = isIP(entry) === 6 ? [entry, ''] : splitPort(entry);
  return address === host && (wantedPort === '' || wantedPort === port);
}

/** `example.com` with all below it, `.example.com` and `*.example.com` only what is below; each may end with a port. */
function matchesName(entry: string, host: string, port: string): boolean {
  const [name, wantedPort] = splitPort(entry);
  if (wantedPort !== '' && wantedPort !== port) return false;
  const bare = name.replace(/^\*(?=\.)/, '');
  if (bare === '') return false;
  return bare.startsWith('.') ? host.endsWith(bare) : host === bare || host.endsWith(`.${bare}`);
}

function splitPort(entry: string): [host: string, port: string] {
  const found = /^(.*?)(?::(\d+))?$/.exec(entry);
  return [(found?.[1] ?? '').replace(/^\[|\]$/g, ''), found?.[2] ?? ''];
}
