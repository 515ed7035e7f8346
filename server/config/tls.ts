import type { z } from 'zod';
import type { Secret } from '../model/secret.ts';
import type { ConfigFile } from './config-file.ts';
import { flag, oneOf, secret, section, text, unused } from './fields.ts';
import type { MapPath } from './map-path.ts';
import type { YamlPath } from './yaml-file.ts';

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
  /** Default: TLS 1.2. */
  readonly minVersion?: TlsVersion;
  /** Default: TLS 1.3. */
  readonly maxVersion?: TlsVersion;
}

const TLS_VERSIONS = ['TLS10', 'TLS11', 'TLS12', 'TLS13'] as const;

/** As configurations name them. */
export type TlsVersion = (typeof TLS_VERSIONS)[number];

/** A `tls_config`. */
export const tlsSection = section({
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

/** Cross-checks of the `tls_config` at `path`. */
export function checkTls(file: ConfigFile, path: YamlPath): void {
  const has = (key: string) => file.has([...path, key]);
  for (const key of ['ca', 'cert', 'key']) {
    if (has(key) && has(`${key}_file`)) file.error([...path, `${key}_file`], `at most one of ${key} and ${key}_file must be configured`);
  }
  const hasCert = has('cert') || has('cert_file');
  const hasKey = has('key') || has('key_file');
  if (hasCert && !hasKey) file.error(path, 'exactly one of key or key_file must be configured when a client certificate is configured');
  if (hasKey && !hasCert) file.error(path, 'exactly one of cert or cert_file must be configured when a client key is configured');
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
    ...(tls.min_version !== undefined && { minVersion: tls.min_version }),
    ...(tls.max_version !== undefined && { maxVersion: tls.max_version }),
  };
}
