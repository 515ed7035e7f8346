// Opening a listener, of HTTP or of gRPC: who may be let in, and what went wrong in words.
import type { Server } from 'node:net';
import { messageOf } from '../model/app-error.ts';
import { isLoopback } from '../model/loopback.ts';
import { formatAddress, type ListenAddress } from './address.ts';
import type { Authenticator } from './auth/authenticator.ts';
import { httpError } from './errors.ts';

/** Throws `http.needs_credentials` for an address that others can reach when nothing protects it. */
export function checkExposure(address: ListenAddress, authenticator: Authenticator, noAuth: boolean): void {
  if (isLoopback(address.host) || noAuth) return;
  if (authenticator.isRequired || authenticator.asksForCertificates) {
    authenticator.expose();
    return;
  }
  throw httpError(
    'http.needs_credentials',
    `refusing to listen on ${formatAddress(address)} without credentials: whoever reaches it could read and change everything. ` +
      'Make a token with `alidade token create`, set ALIDADE_TOKEN to a secret of your choice, name users in a --web.config.file, listen on 127.0.0.1, or pass --no-auth if something else protects it',
  );
}

/** Resolves when the server listens. Throws `http.port_taken` and `http.listen_failed`. */
export function listenOn(server: Server, address: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(listenError(address, cause)));
    server.listen(address.port, address.host, resolve);
  });
}

function listenError(address: ListenAddress, cause: NodeJS.ErrnoException): Error {
  const where = `cannot listen on ${formatAddress(address)}`;
  if (cause.code === 'EADDRINUSE')
    return httpError(
      'http.port_taken',
      `${where}: port ${address.port} is taken; stop what runs there (another Alidade, a Prometheus?) or choose another with --listen ${formatAddress({ ...address, port: address.port + 1 })}`,
      cause,
    );
  if (cause.code === 'EACCES')
    return httpError('http.listen_failed', `${where}: no permission; ports below 1024 need it, choose a higher one with --listen`, cause);
  if (cause.code === 'EADDRNOTAVAIL' || cause.code === 'ENOTFOUND')
    return httpError('http.listen_failed', `${where}: this machine has no address "${address.host}"`, cause);
  return httpError('http.listen_failed', `${where}: ${messageOf(cause)}`, cause);
}
