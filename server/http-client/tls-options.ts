import type { SecureVersion } from 'node:tls';
import type { TlsConfig, TlsVersion } from '../config/tls.ts';
import { readPem } from './credentials.ts';

/** PEM texts as they are on disk now. */
export interface TlsMaterial {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

const VERSIONS: Readonly<Record<TlsVersion, SecureVersion>> = { TLS10: 'TLSv1', TLS11: 'TLSv1.1', TLS12: 'TLSv1.2', TLS13: 'TLSv1.3' };

/** Reads the files that `tls` names. Throws `http_client.secret_file`. */
export async function readMaterial(tls: TlsConfig | undefined): Promise<TlsMaterial> {
  if (!tls) return {};
  const ca = tls.caFile === undefined ? tls.ca : await readPem(tls.caFile);
  const cert = tls.certFile === undefined ? tls.cert : await readPem(tls.certFile);
  const key = tls.keyFile === undefined ? tls.key?.reveal() : await readPem(tls.keyFile);
  return { ...(ca !== undefined && { ca }), ...(cert !== undefined && { cert }), ...(key !== undefined && { key }) };
}

/** Options of `tls.connect`. */
export function tlsOptions(tls: TlsConfig | undefined, material: TlsMaterial) {
  const isOld = tls?.minVersion === 'TLS10' || tls?.minVersion === 'TLS11';
  return {
    ...material,
    rejectUnauthorized: !tls?.insecureSkipVerify,
    ...(tls?.serverName !== undefined && { servername: tls.serverName }),
    ...(tls?.minVersion && { minVersion: VERSIONS[tls.minVersion] }),
    ...(tls?.maxVersion && { maxVersion: VERSIONS[tls.maxVersion] }),
    // OpenSSL speaks the old versions only at its lowest level of security.
    ...(isOld && { ciphers: 'DEFAULT:@SECLEVEL=0' }),
  };
}
