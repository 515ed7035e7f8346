// gRPC beside HTTP/1: unary methods over HTTP/2, in clear text or over TLS.
//
//   connection → HTTP/2 → credentials → its turn → message → decompression, size → handler → answer, or a status with its reason
//
// @grpc/grpc-js is loaded with the first connection: it costs 50 ms and 15 MB, and most servers never need it.
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createSecureServer } from 'node:tls';
import type { Clock } from '../model/clock.ts';
import type { ListenAddress } from './address.ts';
import { Authenticator } from './auth/authenticator.ts';
import { followTls, tlsOptions } from './auth/tls.ts';
import type { GrpcCalls } from './grpc-calls.ts';
import { checkExposure, listenOn } from './listen.ts';

const MAX_CONNECTIONS = 512;
const GRACE_MS = 5_000;

/** A unary method: bytes of a message in, bytes of a message out. */
export interface GrpcMethod {
  /** `/package.Service/Method` */
  readonly path: string;
  handle(message: Buffer): Promise<Uint8Array>;
}

/** How a failure is answered: one of gRPC's codes, and whether the client is asked to try again. */
export interface GrpcFailure {
  readonly code: number;
  readonly message: string;
  readonly mayRetry: boolean;
}

export interface GrpcServerOptions {
  readonly clock: Clock;
  /** Who may call, and TLS. Default: everybody who reaches the address. */
  readonly authenticator?: Authenticator | undefined;
  /** Allows an address that others can reach without credentials. */
  readonly noAuth: boolean;
  /** Of a message, before and after decompression. */
  readonly maxMessageBytes: number;
  /** Of all messages that are being received or worked on; further calls wait. Default 256 MiB. */
  readonly maxBytes?: number | undefined;
  readonly methods: readonly GrpcMethod[];
  /** Says how anything that a method threw is answered. */
  readonly failureOf: (error: unknown) => GrpcFailure;
  /** Told about every error that is answered with code 13. */
  readonly reportError: (error: unknown, call: string) => void;
  /** Called after each call, for our own metrics, in HTTP's words. */
  readonly observe?: ((done: { method: string; route: string; status: number; seconds: number }) => void) | undefined;
}

/** A listener for gRPC. */
export interface GrpcServer {
  /** Throws `http.port_taken`, `http.needs_credentials`, `http.listen_failed`. */
  listen(address: ListenAddress): Promise<ListenAddress>;
  /** Stops listening, lets running calls finish for up to 5 seconds, then cuts them. */
  close(): Promise<void>;
}

/** Opens nothing yet. */
export function createGrpcServer(options: GrpcServerOptions): GrpcServer {
  const authenticator = options.authenticator ?? new Authenticator({ clock: options.clock });
  const listeners = new Set<Server>();
  let calls: Promise<GrpcCalls> | undefined;
  const inject = async (socket: Socket) => {
    // Before there is anybody else to hear of it.
    const drop = () => socket.destroy();
    socket.on('error', drop);
    calls ??= import('./grpc-calls.ts').then(({ openGrpcCalls }) => openGrpcCalls({ ...options, authenticator }));
    (await calls).inject(socket);
    socket.off('error', drop);
  };
  return {
    async listen(address) {
      checkExposure(address, authenticator, options.noAuth);
      const reportError = (error: unknown) => options.reportError(error, 'connection for gRPC');
      const server = createListener(authenticator, reportError, (socket) => {
        inject(socket).catch((error: unknown) => {
          socket.destroy();
          reportError(error);
        });
      });
      server.maxConnections = MAX_CONNECTIONS;
      await listenOn(server, address);
      server.on('error', reportError);
      listeners.add(server);
      return { host: address.host, port: (server.address() as AddressInfo).port };
    },
    async close() {
      const closed = [...listeners].map((server) => new Promise((resolve) => server.close(resolve)));
      listeners.clear();
      (await calls)?.close(GRACE_MS);
      await Promise.all(closed);
    },
  };
}

/** HTTP/2 in clear text, or over TLS where the web.config.file has a certificate. */
function createListener(authenticator: Authenticator, reportError: (error: unknown) => void, onSocket: (socket: Socket) => void): Server {
  const { tls } = authenticator.web;
  if (!tls) return createServer(onSocket);
  const server = createSecureServer({ ...tlsOptions(tls), ALPNProtocols: ['h2'] }, onSocket);
  followTls(server, authenticator, reportError);
  return server;
}
