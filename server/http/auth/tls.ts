// TLS of a listener by a web.config.file that may change: what a new connection meets is what the file says then.
import type { SecureContextOptions, Server, TLSSocket } from 'node:tls';
import type { TlsServerConfig } from '../../config/web-config.ts';
import type { Authenticator } from './authenticator.ts';

/** Options for a server of TLS or HTTPS. */
export interface TlsOptions extends SecureContextOptions {
  readonly requestCert: boolean;
  readonly rejectUnauthorized: boolean;
  readonly handshakeTimeout: number;
}

const HANDSHAKE_MS = 10_000;

/** In Node's words. */
export function tlsOptions(tls: TlsServerConfig): TlsOptions {
  return {
    cert: tls.cert,
    key: tls.key,
    ...(tls.clientCa !== undefined && { ca: tls.clientCa }),
    ...(tls.ciphers !== undefined && { ciphers: tls.ciphers }),
    ...(tls.curves !== undefined && { ecdhCurve: tls.curves }),
    minVersion: tls.minVersion,
    maxVersion: tls.maxVersion,
    requestCert: tls.clientAuth !== 'NoClientCert',
    rejectUnauthorized: tls.clientAuth === 'RequireAndVerifyClientCert',
    handshakeTimeout: HANDSHAKE_MS,
  };
}

/** Keeps a server at what the file says; a connection while the file is bad is cut, and told to `reportError`. */
export function followTls(server: Server, authenticator: Authenticator, reportError: (error: unknown) => void): void {
  let applied = authenticator.web.tls;
  server.prependListener('connection', (socket) => {
    try {
      const { tls } = authenticator.web;
      if (tls === applied || !tls) return;
      const options = tlsOptions(tls);
      server.setSecureContext(options);
      // Node has no method for these; it reads them with each connection.
      Object.assign(server, { requestCert: options.requestCert, rejectUnauthorized: options.rejectUnauthorized });
      applied = tls;
    } catch (error) {
      reportError(error);
      socket.destroy();
    }
  });
  server.prependListener('secureConnection', (socket) => {
    if (applied && !isAdmitted(socket, applied)) socket.destroy();
  });
  // Whoever does not manage a handshake is no error of ours.
  server.on('tlsClientError', (_error, socket) => socket.destroy());
}

/** What Node does not check by itself. */
function isAdmitted(socket: TLSSocket, { clientAuth, clientAllowedSans }: TlsServerConfig): boolean {
  const certificate = socket.getPeerCertificate();
  const hasCertificate = certificate !== null && Object.keys(certificate).length > 0;
  if (clientAuth === 'RequireAnyClientCert' && !hasCertificate) return false;
  if (clientAuth === 'VerifyClientCertIfGiven' && hasCertificate && !socket.authorized) return false;
  if (clientAllowedSans.length === 0 || !hasCertificate)
    return clientAllowedSans.length === 0 || clientAuth !== 'RequireAndVerifyClientCert';
  return namesIn(certificate.subjectaltname ?? '').some((name) => clientAllowedSans.includes(name));
}

/** The names of `subjectAltName` as Node writes it, with a name that has a comma in quotes: what is in there is no further name. */
export function namesIn(names: string): string[] {
  return [...names.matchAll(/(?:^|, )(?:DNS|IP Address|email|URI):((?!")[^,]*)|"(?:[^"\\]|\\.)*"/g)].flatMap(([, name]) => name ?? []);
}
