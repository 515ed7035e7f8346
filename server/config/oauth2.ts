import type { z } from 'zod';
import type { Secret } from '../model/secret.ts';
import type { ConfigFile } from './config-file.ts';
import { httpUrl, listOf, mapOf, oneOf, secret, section, text, unused } from './fields.ts';
import type { MapPath } from './map-path.ts';
import { checkProxy, type ProxyConfig, proxyShape, toProxy } from './proxy.ts';
import { checkTls, type TlsConfig, tlsSection, toTls } from './tls.ts';
import type { YamlPath } from './yaml-file.ts';

/** Tokens by the client credentials grant (RFC 6749, section 4.4). */
export interface OAuth2Config extends ProxyConfig {
  readonly clientId: string;
  readonly clientSecret?: Secret;
  /** Read at each request: a new secret means a new token. */
  readonly clientSecretFile?: string;
  readonly scopes: readonly string[];
  readonly tokenUrl: string;
  readonly endpointParams: Readonly<Record<string, string>>;
  readonly tls?: TlsConfig;
}

const GRANTS = ['', 'client_credentials', 'urn:ietf:params:oauth:grant-type:jwt-bearer'] as const;
const OF_JWT_BEARER = [
  'client_certificate_key_id',
  'client_certificate_key',
  'client_certificate_key_file',
  'client_certificate_key_ref',
  'signature_algorithm',
  'iss',
  'audience',
  'claims',
] as const;

/** An `oauth2`. */
export const oauth2Section = section({
  client_id: text().default(''),
  client_secret: secret().optional(),
  client_secret_file: text().optional(),
  scopes: listOf(text()),
  token_url: httpUrl().optional(),
  endpoint_params: mapOf(text()).default({}),
  tls_config: tlsSection.optional(),
  grant_type: oneOf(GRANTS).default(''),
  ...proxyShape,
  ...unused(['client_secret_ref']),
  ...unused(OF_JWT_BEARER),
});

/** Cross-checks of the `oauth2` at `path`, with upstream's words. */
export function checkOAuth2(file: ConfigFile, path: YamlPath): void {
  if (!file.has(path)) return;
  const isSet = (key: string) => (file.text([...path, key]) ?? '') !== '';
  if (!isSet('client_id')) file.error(path, 'oauth2 client_id must be configured');
  if (!isSet('token_url')) file.error(path, 'oauth2 token_url must be configured');
  if (isSet('client_secret') && isSet('client_secret_file')) {
    file.error([...path, 'client_secret_file'], 'at most one of oauth2 client_secret & client_secret_file must be configured');
  }
  if (file.text([...path, 'grant_type'])?.endsWith('jwt-bearer')) {
    file.warn([...path, 'grant_type'], 'the grant jwt-bearer is not supported; the client credentials are sent instead');
  }
  checkTls(file, [...path, 'tls_config']);
  checkProxy(file, path);
}

/** From the file's settings to the contract. */
export function toOAuth2(settings: z.output<typeof oauth2Section>, mapPath: MapPath): OAuth2Config {
  return {
    clientId: settings.client_id,
    ...(settings.client_secret !== undefined && { clientSecret: settings.client_secret }),
    ...(settings.client_secret_file !== undefined && { clientSecretFile: mapPath(settings.client_secret_file) }),
    scopes: settings.scopes,
    tokenUrl: settings.token_url ?? '',
    endpointParams: settings.endpoint_params,
    ...(settings.tls_config && { tls: toTls(settings.tls_config, mapPath) }),
    ...toProxy(settings),
  };
}
