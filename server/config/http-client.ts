import type { z } from 'zod';
import type { Secret } from '../model/secret.ts';
import type { ConfigFile } from './config-file.ts';
import { checkedText, flag, listOf, mapOf, oneOf, secret, section, text, unused, urlFault } from './fields.ts';
import { scalarText, type YamlPath } from './yaml-file.ts';

/** How to talk HTTP to something: targets, discovery, webhooks. Files named here are read at each use, so that rotated secrets work. */
export interface HttpClientConfig {
  readonly basicAuth?: {
    readonly username: string;
    readonly usernameFile?: string;
    readonly password?: Secret;
    readonly passwordFile?: string;
  };
  readonly authorization?: { readonly type: string; readonly credentials?: Secret; readonly credentialsFile?: string };
  readonly tls?: TlsConfig;
  readonly followRedirects: boolean;
  readonly proxyUrl?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Client side of TLS; texts and files are PEM. */
export interface TlsConfig {
  readonly caFile?: string;
  readonly ca?: string;
  readonly certFile?: string;
  readonly cert?: string;
  readonly keyFile?: string;
  readonly key?: Secret;
  readonly serverName?: string;
  readonly insecureSkipVerify: boolean;
}

/** Translates a path of a configuration file to one of this machine. */
export type MapPath = (path: string) => string;

const TLS_VERSIONS = ['TLS10', 'TLS11', 'TLS12', 'TLS13'] as const;

const tlsSection = section({
  ca: text().optional(),
  cert: text().optional(),
  key: secret().optional(),
  ca_file: text().optional(),
  cert_file: text().optional(),
  key_file: text().optional(),
  server_name: text().optional(),
  insecure_skip_verify: flag().default(false),
  min_version: oneOf(TLS_VERSIONS).optional(),
  max_version: oneOf(TLS_VERSIONS).optional(),
  ...unused(['ca_ref', 'cert_ref', 'key_ref']),
});

/** The keys of upstream's HTTP client settings, wherever they stand: in a scrape job, in `http_config`, in discovery. */
export const httpClientShape = {
  basic_auth: section({
    username: text().default(''),
    username_file: text().optional(),
    password: secret().optional(),
    password_file: text().optional(),
    ...unused(['username_ref', 'password_ref']),
  }).optional(),
  authorization: section({
    type: text().default('Bearer'),
    credentials: secret().optional(),
    credentials_file: text().optional(),
    ...unused(['credentials_ref']),
  }).optional(),
  bearer_token: secret().optional(),
  bearer_token_file: text().optional(),
  tls_config: tlsSection.optional(),
  proxy_url: checkedText((value) => (value === '' ? undefined : urlFault(value))).optional(),
  follow_redirects: flag().default(true),
  http_headers: mapOf(section({ values: listOf(text()), secrets: listOf(secret()), ...unused(['files']) }), (name) =>
    /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) ? undefined : `"${name}" is not a valid HTTP header name`,
  ).optional(),
  ...unused(['oauth2', 'no_proxy', 'proxy_from_environment', 'proxy_connect_header', 'enable_http2']),
};

/** What the shape above reads. */
export type HttpClientSettings = z.output<z.ZodObject<typeof httpClientShape>>;

const NOT_YET = ['oauth2', 'no_proxy', 'proxy_from_environment', 'proxy_connect_header'] as const;
// Headers that the client itself decides (upstream reserves the same).
const RESERVED_HEADERS = new Set([
  'authorization',
  'host',
  'content-encoding',
  'content-length',
  'content-type',
  'user-agent',
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'www-authenticate',
  'accept-encoding',
  'x-prometheus-remote-write-version',
  'x-prometheus-remote-read-version',
  'x-prometheus-scrape-timeout-seconds',
  'transfer-encoding',
  'upgrade',
  'trailer',
  'te',
]);

/** Cross-checks of the HTTP settings at `path`, with upstream's words; parts that do not work yet become warnings. */
export function checkHttpClient(file: ConfigFile, path: YamlPath): void {
  checkAuth(file, path);
  checkTls(file, [...path, 'tls_config']);
  if (file.has([...path, 'no_proxy']) && !file.has([...path, 'proxy_url'])) {
    file.error([...path, 'no_proxy'], 'if no_proxy is configured, proxy_url must also be configured');
  }
  for (const key of NOT_YET) {
    if (file.has([...path, key])) file.warn([...path, key], `${key} is not supported yet; requests are sent without it`);
  }
  for (const name of file.keys([...path, 'http_headers'])) {
    const header = [...path, 'http_headers', name];
    if (RESERVED_HEADERS.has(name.toLowerCase()))
      file.error(header, `setting header "${name}" is not allowed; it is set by other options or by the client itself`);
    if (file.has([...header, 'files']))
      file.warn([...header, 'files'], 'files of http_headers are not supported yet; write values or secrets');
  }
}

/** From the file's settings to the contract; named files are mapped to this machine. */
export function toHttpClient(settings: HttpClientSettings, mapPath: MapPath): HttpClientConfig {
  const basic = settings.basic_auth;
  const authorization = toAuthorization(settings, mapPath);
  return {
    ...(basic && {
      basicAuth: {
        username: basic.username,
        ...(basic.username_file !== undefined && { usernameFile: mapPath(basic.username_file) }),
        ...(basic.password !== undefined && { password: basic.password }),
        ...(basic.password_file !== undefined && { passwordFile: mapPath(basic.password_file) }),
      },
    }),
    ...(authorization && { authorization }),
    ...(settings.tls_config && { tls: toTls(settings.tls_config, mapPath) }),
    followRedirects: settings.follow_redirects,
    ...(settings.proxy_url && { proxyUrl: settings.proxy_url }),
    ...(settings.http_headers && { headers: toHeaders(settings.http_headers) }),
  };
}

/** From a `tls_config` to the contract. */
export function toTls(tls: z.output<typeof tlsSection>, mapPath: MapPath): TlsConfig {
  return {
    ...(tls.ca !== undefined && { ca: tls.ca }),
    ...(tls.ca_file !== undefined && { caFile: mapPath(tls.ca_file) }),
    ...(tls.cert !== undefined && { cert: tls.cert }),
    ...(tls.cert_file !== undefined && { certFile: mapPath(tls.cert_file) }),
    ...(tls.key !== undefined && { key: tls.key }),
    ...(tls.key_file !== undefined && { keyFile: mapPath(tls.key_file) }),
    ...(tls.server_name !== undefined && { serverName: tls.server_name }),
    insecureSkipVerify: tls.insecure_skip_verify,
  };
}

/** Files that requests with these settings read. */
export function filesOf(client: HttpClientConfig): string[] {
  const { basicAuth, authorization, tls } = client;
  const files = [
    basicAuth?.usernameFile,
    basicAuth?.passwordFile,
    authorization?.credentialsFile,
    tls?.caFile,
    tls?.certFile,
    tls?.keyFile,
  ];
  return files.filter((file) => file !== undefined);
}

function toAuthorization(settings: HttpClientSettings, mapPath: MapPath): HttpClientConfig['authorization'] {
  const { authorization, bearer_token: token, bearer_token_file: tokenFile } = settings;
  if (token !== undefined) return { type: 'Bearer', credentials: token };
  if (tokenFile !== undefined) return { type: 'Bearer', credentialsFile: mapPath(tokenFile) };
  if (!authorization) return undefined;
  return {
    type: authorization.type.trim() === '' ? 'Bearer' : authorization.type.trim(),
    ...(authorization.credentials !== undefined && { credentials: authorization.credentials }),
    ...(authorization.credentials_file !== undefined && { credentialsFile: mapPath(authorization.credentials_file) }),
  };
}

function toHeaders(headers: NonNullable<HttpClientSettings['http_headers']>): Record<string, string> {
  const joined = Object.entries(headers).map(([name, { values, secrets }]) => [
    name,
    [...values, ...secrets.map((item) => item.reveal())].join(', '),
  ]);
  return Object.fromEntries(joined);
}

function checkAuth(file: ConfigFile, path: YamlPath): void {
  const has = (...keys: string[]) => file.has([...path, ...keys]);
  const onlyOne = (at: string[], one: string, other: string) => {
    if (has(...at, one) && has(...at, other))
      file.error([...path, ...at, other], `at most one of ${[...at, one].join(' ')} & ${other} must be configured`);
  };
  onlyOne([], 'bearer_token', 'bearer_token_file');
  onlyOne(['basic_auth'], 'username', 'username_file');
  onlyOne(['basic_auth'], 'password', 'password_file');
  onlyOne(['authorization'], 'credentials', 'credentials_file');
  const hasToken = has('bearer_token') || has('bearer_token_file');
  if (has('authorization') && hasToken)
    file.error([...path, 'authorization'], 'authorization is not compatible with bearer_token & bearer_token_file');
  const ways = [has('basic_auth') && 'basic_auth', has('oauth2') && 'oauth2', (has('authorization') || hasToken) && 'authorization'].filter(
    Boolean,
  );
  if (ways.length > 1)
    file.error(
      [...path, String(ways[1])],
      `at most one of basic_auth, oauth2 & authorization must be configured, not ${ways.join(' and ')}`,
    );
  const type = scalarText(file.get([...path, 'authorization', 'type']));
  if (type?.trim().toLowerCase() === 'basic') {
    file.error([...path, 'authorization', 'type'], 'authorization type cannot be set to "basic", use "basic_auth" instead');
  }
}

function checkTls(file: ConfigFile, path: YamlPath): void {
  const has = (key: string) => file.has([...path, key]);
  for (const key of ['ca', 'cert', 'key']) {
    if (has(key) && has(`${key}_file`)) file.error([...path, `${key}_file`], `at most one of ${key} and ${key}_file must be configured`);
  }
  const hasCert = has('cert') || has('cert_file');
  const hasKey = has('key') || has('key_file');
  if (hasCert && !hasKey) file.error(path, 'exactly one of key or key_file must be configured when a client certificate is configured');
  if (hasKey && !hasCert) file.error(path, 'exactly one of cert or cert_file must be configured when a client key is configured');
  for (const key of ['min_version', 'max_version']) {
    if (has(key)) file.warn([...path, key], `${key} is not supported yet; TLS 1.2 and 1.3 are spoken`);
  }
}
