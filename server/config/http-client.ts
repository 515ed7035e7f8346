import type { z } from 'zod';
import type { Secret } from '../model/secret.ts';
import type { ConfigFile } from './config-file.ts';
import { flag, secret, section, text, unused } from './fields.ts';
import { checkHeaders, type HeaderValues, headersField, toHeaders } from './http-headers.ts';
import type { MapPath } from './map-path.ts';
import { checkOAuth2, type OAuth2Config, oauth2Section, toOAuth2 } from './oauth2.ts';
import { checkProxy, type ProxyConfig, proxyShape, toProxy } from './proxy.ts';
import { checkTls, type TlsConfig, tlsSection, toTls } from './tls.ts';
import { scalarText, type YamlPath } from './yaml-file.ts';

/** How to talk HTTP to something: targets, discovery, webhooks. Files named here are read at each use, so that rotated secrets work. */
export interface HttpClientConfig extends ProxyConfig {
  readonly basicAuth?: {
    readonly username: string;
    readonly usernameFile?: string;
    readonly password?: Secret;
    readonly passwordFile?: string;
  };
  readonly authorization?: { readonly type: string; readonly credentials?: Secret; readonly credentialsFile?: string };
  readonly tls?: TlsConfig;
  readonly oauth2?: OAuth2Config;
  readonly followRedirects: boolean;
  /** Default: yes, where TLS is spoken and the server knows it. */
  readonly enableHttp2?: boolean;
  readonly headers?: Readonly<Record<string, HeaderValues>>;
}

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
  oauth2: oauth2Section.optional(),
  follow_redirects: flag().default(true),
  enable_http2: flag().default(true),
  http_headers: headersField.optional(),
  ...proxyShape,
};

/** What the shape above reads. */
export type HttpClientSettings = z.output<z.ZodObject<typeof httpClientShape>>;

/** Cross-checks of the HTTP settings at `path`, with upstream's words. */
export function checkHttpClient(file: ConfigFile, path: YamlPath): void {
  checkAuth(file, path);
  checkTls(file, [...path, 'tls_config']);
  checkOAuth2(file, [...path, 'oauth2']);
  checkProxy(file, path);
  checkHeaders(file, [...path, 'http_headers']);
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
    ...(settings.oauth2 && { oauth2: toOAuth2(settings.oauth2, mapPath) }),
    ...(!settings.enable_http2 && { enableHttp2: false }),
    ...(settings.http_headers && { headers: toHeaders(settings.http_headers, mapPath) }),
    ...toProxy(settings),
  };
}

/** Files that requests with these settings read. */
export function filesOf(client: HttpClientConfig): string[] {
  const { basicAuth, authorization, oauth2, tls } = client;
  const files = [
    basicAuth?.usernameFile,
    basicAuth?.passwordFile,
    authorization?.credentialsFile,
    oauth2?.clientSecretFile,
    ...[tls, oauth2?.tls].flatMap((section) => [section?.caFile, section?.certFile, section?.keyFile]),
    ...Object.values(client.headers ?? {}).flatMap((header) => header.files),
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
