// Prometheus' `web.config.file`: TLS, headers and users of a listener. https://prometheus.io/docs/prometheus/latest/configuration/https/
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { z } from 'zod';
import { messageOf } from '../model/app-error.ts';
import type { Secret } from '../model/secret.ts';
import type { Problem } from './config.ts';
import { ConfigFile } from './config-file.ts';
import { checkedText, filledText, flag, listOf, mapOf, oneOf, secret, section, text, unused } from './fields.ts';
import { sortProblems } from './problem.ts';

const CLIENT_AUTH = [
  'NoClientCert',
  'RequestClientCert',
  'RequireAnyClientCert',
  'RequireClientCert',
  'VerifyClientCertIfGiven',
  'RequireAndVerifyClientCert',
] as const;

/** Whether clients show certificates, in Go's words. */
export type ClientAuth = Exclude<(typeof CLIENT_AUTH)[number], 'RequireClientCert'>;

const VERSIONS = ['TLS10', 'TLS11', 'TLS12', 'TLS13'] as const;
const OPENSSL_VERSIONS = { TLS10: 'TLSv1', TLS11: 'TLSv1.1', TLS12: 'TLSv1.2', TLS13: 'TLSv1.3' } as const;

/** Go's names of the suites that OpenSSL has, too. */
const SUITES: Readonly<Record<string, string>> = {
  TLS_RSA_WITH_AES_128_CBC_SHA: 'AES128-SHA',
  TLS_RSA_WITH_AES_256_CBC_SHA: 'AES256-SHA',
  TLS_RSA_WITH_AES_128_CBC_SHA256: 'AES128-SHA256',
  TLS_RSA_WITH_AES_128_GCM_SHA256: 'AES128-GCM-SHA256',
  TLS_RSA_WITH_AES_256_GCM_SHA384: 'AES256-GCM-SHA384',
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: 'ECDHE-ECDSA-AES128-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: 'ECDHE-ECDSA-AES256-SHA',
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: 'ECDHE-RSA-AES128-SHA',
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: 'ECDHE-RSA-AES256-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256: 'ECDHE-ECDSA-AES128-SHA256',
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256: 'ECDHE-RSA-AES128-SHA256',
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 'ECDHE-RSA-AES128-GCM-SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: 'ECDHE-RSA-AES256-GCM-SHA384',
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 'ECDHE-ECDSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-RSA-CHACHA20-POLY1305',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-ECDSA-CHACHA20-POLY1305',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305: 'ECDHE-RSA-CHACHA20-POLY1305',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305: 'ECDHE-ECDSA-CHACHA20-POLY1305',
};
/** Those of TLS 1.3 are always on, as in Go. */
const SUITES_13 = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'];

const CURVES = { CurveP256: 'P-256', CurveP384: 'P-384', CurveP521: 'P-521', X25519: 'X25519' } as const;
const CURVE_NAMES = Object.keys(CURVES) as (keyof typeof CURVES)[];

const HEADERS = new Set([
  'Strict-Transport-Security',
  'X-Content-Type-Options',
  'X-Frame-Options',
  'X-XSS-Protection',
  'Content-Security-Policy',
]);

const tlsSection = section({
  cert_file: filledText().optional(),
  key_file: filledText().optional(),
  cert: filledText().optional(),
  key: secret().optional(),
  client_ca_file: filledText().optional(),
  client_ca: filledText().optional(),
  client_auth_type: oneOf(CLIENT_AUTH).optional(),
  client_allowed_sans: listOf(filledText()),
  min_version: oneOf(VERSIONS).default('TLS12'),
  max_version: oneOf(VERSIONS).default('TLS13'),
  cipher_suites: listOf(checkedText((name) => (SUITES[name] || SUITES_13.includes(name) ? undefined : `unknown cipher: ${name}`))),
  curve_preferences: listOf(oneOf(CURVE_NAMES)),
  ...unused(['prefer_server_cipher_suites']),
});

const webSection = section({
  tls_server_config: tlsSection.optional(),
  http_server_config: section({
    http2: flag().default(true),
    headers: mapOf(text(), (name) => (HEADERS.has(name) ? undefined : `HTTP header "${name}" can not be configured`)).default({}),
  }).optional(),
  basic_auth_users: mapOf(secret(), (name) => (name === '' ? 'want a user name' : undefined)).default({}),
  ...unused(['rate_limit']),
});

/** How TLS is spoken, in Node's words; texts are PEM. */
export interface TlsServerConfig {
  readonly cert: string;
  readonly key: string;
  readonly clientCa: string | undefined;
  readonly clientAuth: ClientAuth;
  /** Names in certificates of clients of which one must be there; none: all are good. */
  readonly clientAllowedSans: readonly string[];
  readonly minVersion: (typeof OPENSSL_VERSIONS)[keyof typeof OPENSSL_VERSIONS];
  readonly maxVersion: (typeof OPENSSL_VERSIONS)[keyof typeof OPENSSL_VERSIONS];
  /** OpenSSL's cipher list; undefined: the default. */
  readonly ciphers: string | undefined;
  readonly curves: string | undefined;
}

/** A web.config.file as it was read. */
export interface WebConfig {
  readonly tls: TlsServerConfig | undefined;
  /** For every answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** bcrypt hashes of passwords by user. */
  readonly users: ReadonlyMap<string, Secret>;
  /** Files that it consists of. */
  readonly files: readonly string[];
}

/** Reads the file and those that it names, at once. All problems come together; with one there is no configuration. */
export function readWebConfig(path: string): { config?: WebConfig; problems: readonly Problem[] } {
  const reader = new WebConfigReader(path);
  const config = reader.read();
  const problems = sortProblems(reader.problems);
  return problems.some(({ severity }) => severity === 'error') || !config ? { problems } : { config, problems };
}

class WebConfigReader {
  readonly #path: string;
  readonly #files: string[];
  #file: ConfigFile | undefined;
  readonly #own: Problem[] = [];

  constructor(path: string) {
    this.#path = resolve(path);
    this.#files = [this.#path];
  }

  get problems(): Problem[] {
    return [...this.#own, ...(this.#file?.problems ?? [])];
  }

  read(): WebConfig | undefined {
    let source: string;
    try {
      source = readFileSync(this.#path, 'utf8');
    } catch (error) {
      this.#own.push({ severity: 'error', file: this.#path, line: 0, path: '', message: `cannot read the file: ${messageOf(error)}` });
      return undefined;
    }
    const file = new ConfigFile(this.#path, source);
    this.#file = file;
    if (!file.has([])) return { tls: undefined, headers: {}, users: new Map(), files: this.#files };
    const settings = file.read(webSection, []);
    if (!settings) return undefined;
    if (file.has(['rate_limit'])) file.warn(['rate_limit'], 'requests are not limited by their rate; it has no effect');
    for (const [name, hash] of Object.entries(settings.basic_auth_users))
      if (!/^\$2[abxy]?\$\d\d\$[./A-Za-z0-9]{53}$/.test(hash.reveal()))
        file.error(['basic_auth_users', name], 'not a bcrypt hash; make one with: htpasswd -nBC 10 "" | tr -d ":\\n"');
    const tls = settings.tls_server_config && this.#tls(file, settings.tls_server_config);
    return {
      tls,
      headers: settings.http_server_config?.headers ?? {},
      users: new Map(Object.entries(settings.basic_auth_users)),
      files: this.#files,
    };
  }

  #tls(file: ConfigFile, tls: z.output<typeof tlsSection>): TlsServerConfig | undefined {
    const at = ['tls_server_config'];
    const { cert_file, key_file, client_ca_file } = tls;
    const [cert, key] = [tls.cert ?? this.#pem(file, 'cert_file', cert_file), tls.key?.reveal() ?? this.#pem(file, 'key_file', key_file)];
    const clientCa = tls.client_ca ?? this.#pem(file, 'client_ca_file', client_ca_file);
    if (cert === undefined && !cert_file) file.error(at, 'missing one of cert or cert_file');
    if (key === undefined && !key_file) file.error(at, 'missing one of key or key_file');
    for (const name of ['cert', 'key', 'client_ca'])
      if (file.has([...at, name]) && file.has([...at, `${name}_file`]))
        file.error([...at, name], `at most one of ${name} and ${name}_file must be configured`);
    const hasClientCa = tls.client_ca !== undefined || client_ca_file !== undefined;
    const asked = tls.client_auth_type === 'RequireClientCert' ? 'RequireAnyClientCert' : tls.client_auth_type;
    const clientAuth = asked ?? 'NoClientCert';
    if (hasClientCa && clientAuth === 'NoClientCert')
      file.error(at, 'client CAs have been configured without a client_auth_type; write client_auth_type: RequireAndVerifyClientCert');
    const verifies = clientAuth === 'RequireAndVerifyClientCert' || clientAuth === 'VerifyClientCertIfGiven';
    if (verifies && !hasClientCa) file.error([...at, 'client_auth_type'], `${clientAuth} needs client_ca_file`);
    if (tls.client_allowed_sans.length > 0 && !hasClientCa)
      file.error([...at, 'client_allowed_sans'], 'it needs client_ca_file and client_auth_type: RequireAndVerifyClientCert');
    if (VERSIONS.indexOf(tls.min_version) > VERSIONS.indexOf(tls.max_version))
      file.error([...at, 'min_version'], `${tls.min_version} is newer than max_version (${tls.max_version})`);
    if (cert === undefined || key === undefined) return undefined;
    return {
      cert,
      key,
      clientCa,
      clientAuth,
      clientAllowedSans: tls.client_allowed_sans,
      minVersion: OPENSSL_VERSIONS[tls.min_version],
      maxVersion: OPENSSL_VERSIONS[tls.max_version],
      ciphers: cipherList(tls),
      curves: tls.curve_preferences.length > 0 ? tls.curve_preferences.map((name) => CURVES[name]).join(':') : undefined,
    };
  }

  /** The content of a PEM file, whose path is relative to this one. */
  #pem(file: ConfigFile, key: string, path: string | undefined): string | undefined {
    if (path === undefined) return undefined;
    const full = resolve(dirname(this.#path), path);
    this.#files.push(full);
    try {
      return readFileSync(full, 'utf8');
    } catch (error) {
      file.error(['tls_server_config', key], `cannot read the file: ${messageOf(error)}`);
      return undefined;
    }
  }
}

function cipherList({ cipher_suites, min_version }: z.output<typeof tlsSection>): string | undefined {
  const isOld = min_version === 'TLS10' || min_version === 'TLS11';
  // OpenSSL speaks the old versions only when told that little security will do.
  const level = isOld ? ['@SECLEVEL=0'] : [];
  const named = cipher_suites.map((name) => SUITES[name]).filter((name) => name !== undefined);
  if (named.length === 0) return isOld ? ['DEFAULT', ...level].join(':') : undefined;
  return [...SUITES_13, ...named, ...level].join(':');
}
