import type { z } from 'zod';
import type { Secret } from '../model/secret.ts';
import type { ConfigFile } from './config-file.ts';
import { checkedText, flag, listOf, mapOf, secret, text } from './fields.ts';
import { headerNameFault } from './http-headers.ts';
import { maskUserInfo } from './redact.ts';
import type { YamlPath } from './yaml-file.ts';

/** Through which proxy requests go; at most one of `proxyUrl` and `proxyFromEnvironment`. */
export interface ProxyConfig {
  readonly proxyUrl?: string;
  /** Hosts, domains, addresses and networks that are reached without it, separated by commas. */
  readonly noProxy?: string;
  /** HTTP_PROXY, HTTPS_PROXY and NO_PROXY decide, in capitals or small letters. */
  readonly proxyFromEnvironment?: boolean;
  /** Headers for the proxy itself, when it is asked for a tunnel. */
  readonly proxyConnectHeaders?: Readonly<Record<string, readonly Secret[]>>;
}

/** The keys of a proxy, beside those of TLS and authorization. */
export const proxyShape = {
  proxy_url: checkedText(proxyFault).optional(),
  no_proxy: text().optional(),
  proxy_from_environment: flag().default(false),
  proxy_connect_header: mapOf(listOf(secret()) as z.ZodType<readonly Secret[]>, headerNameFault).optional(),
};

const SCHEMES: ReadonlySet<string> = new Set(['http:', 'https:', 'socks5:', 'socks5h:']);

/** Cross-checks of the proxy settings at `path`, with upstream's words. */
export function checkProxy(file: ConfigFile, path: YamlPath): void {
  const has = (key: string) => file.has([...path, key]);
  const isSet = (key: string) => (file.text([...path, key]) ?? '') !== '';
  const fromEnvironment = ['true', 'yes', 'on', 'y'].includes((file.text([...path, 'proxy_from_environment']) ?? '').toLowerCase());
  if (file.keys([...path, 'proxy_connect_header']).length > 0 && !fromEnvironment && !isSet('proxy_url')) {
    file.error(
      [...path, 'proxy_connect_header'],
      'if proxy_connect_header is configured, proxy_url or proxy_from_environment must also be configured',
    );
  }
  if (fromEnvironment && isSet('proxy_url')) {
    file.error([...path, 'proxy_url'], 'if proxy_from_environment is configured, proxy_url must not be configured');
  }
  if (!isSet('no_proxy')) return;
  if (fromEnvironment) file.error([...path, 'no_proxy'], 'if proxy_from_environment is configured, no_proxy must not be configured');
  else if (!has('proxy_url')) file.error([...path, 'no_proxy'], 'if no_proxy is configured, proxy_url must also be configured');
}

/** From the file's settings to the contract. */
export function toProxy(settings: z.output<z.ZodObject<typeof proxyShape>>): ProxyConfig {
  return {
    ...(settings.proxy_url && { proxyUrl: settings.proxy_url }),
    ...(settings.no_proxy && { noProxy: settings.no_proxy }),
    ...(settings.proxy_from_environment && { proxyFromEnvironment: true }),
    ...(settings.proxy_connect_header && { proxyConnectHeaders: settings.proxy_connect_header }),
  };
}

function proxyFault(value: string): string | undefined {
  if (value === '') return undefined;
  if (!URL.canParse(value) || !/^[a-z0-9]+:\/\/[^/?#]/i.test(value))
    return `not a valid URL: "${maskUserInfo(value)}" (write http://proxy:3128)`;
  const { protocol } = new URL(value);
  return SCHEMES.has(protocol) ? undefined : `unsupported scheme "${protocol.slice(0, -1)}" of a proxy (use http, https or socks5)`;
}
