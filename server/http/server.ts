// The HTTP kernel: listeners, limits, compression, who may ask. What is answered comes from plugins, one for each API dialect.
//
//   listener → route → Host and Origin → credentials → decompression → size, alone and in all → parser → handler → compression → answer
//                │          └───────────── errors: the dialect's error handler, else fallback.ts ─────┘
//                └─ none: another method's path (405), a page of the UI, 404
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import fastifyCompress from '@fastify/compress';
import Fastify, { type FastifyInstance, type FastifyPluginAsync, type FastifyRequest } from 'fastify';
import { isAppError } from '../model/app-error.ts';
import type { Clock, Timer } from '../model/clock.ts';
import { type Access, accessOf } from './access.ts';
import { formatAddress, type ListenAddress } from './address.ts';
import { Authenticator } from './auth/authenticator.ts';
import { addLoginRoutes, checkCredentials } from './auth/guard.ts';
import { followTls, tlsOptions } from './auth/tls.ts';
import { DEFAULT_MAX_BODY_BYTES, limitBodies } from './body-budget.ts';
import { addPreflightRoutes, allowOrigin } from './cross-origin.ts';
import { answerError, answerNotFound } from './fallback.ts';
import { createHostGuard } from './host-guard.ts';
import { type KnownPaths, watchPaths } from './known-paths.ts';
import { checkExposure, listenOn } from './listen.ts';
import { readRefusedBodies } from './refused-bodies.ts';
import { openUi, type UiFiles } from './static-ui.ts';
import { isUpgrade, routeUpgrades } from './upgrade.ts';

export interface HttpServerOptions {
  readonly clock: Clock;
  /** The main address: it decides which Host headers are accepted. */
  readonly listen: ListenAddress;
  /** Who may ask, and TLS. Default: everybody who reaches the address. */
  readonly authenticator?: Authenticator | undefined;
  /** Allows an address that others can reach without credentials. */
  readonly noAuth: boolean;
  /** Where a reverse proxy publishes us, '' = nowhere. */
  readonly externalUrl: string;
  /** Further names under which this server is called. */
  readonly allowedHosts?: readonly string[] | undefined;
  /** Of a request body after decompression. */
  readonly maxRequestBytes: number;
  /** Of all request bodies that are being received or worked on together; beyond it they are refused. Default 256 MiB. */
  readonly maxBodyBytes?: number | undefined;
  /** Folder of the built UI. */
  readonly uiDir?: string | undefined;
  /** Told about every error that is answered with a 500. */
  readonly reportError: (error: unknown, request: string) => void;
  /** Called after each answer, for our own metrics. `route` is the pattern, '' when none matched. */
  readonly observe?: ((done: { method: string; route: string; status: number; seconds: number }) => void) | undefined;
}

/** The running kernel. `app` is there for tests (`inject`). */
export interface HttpServer {
  readonly app: FastifyInstance;
  /** Opens a listener, by default on `options.listen`; `rewrite` says what an address that is asked of it means here. Throws `http.port_taken`, `http.needs_credentials`, `http.listen_failed`. */
  listen(address?: ListenAddress, rewrite?: (url: string) => string): Promise<ListenAddress>;
  /** Stops listening, lets running requests finish for up to 5 seconds, then cuts them. */
  close(): Promise<void>;
}

const CLIENT_GONE = 499;
const GRACE_MS = 5_000;
const SWEEP_MS = 50;
const MAX_CONNECTIONS = 2_048;
const MAX_HEADER_BYTES = 64 * 1024;
const COMPRESS_FROM_BYTES = 2_048;
/** Larger answers are compressed off the main thread. */
const COMPRESS_INLINE_BYTES = 32 * 1024;
const MAX_PATH_PARAMETER = 8_192;

export async function createHttpServer(options: HttpServerOptions, plugins: readonly FastifyPluginAsync[]): Promise<HttpServer> {
  const app = Fastify({
    bodyLimit: options.maxRequestBytes,
    routerOptions: { maxParamLength: MAX_PATH_PARAMETER },
    exposeHeadRoutes: true,
    // Errors before routing (an undecodable path) get the kernel's form.
    frameworkErrors: (error, request, reply) => void answerError(options.reportError)(error, request, reply),
  });
  const paths = watchPaths(app);
  addPreflightRoutes(app);
  const listenHosts = new WeakMap<Duplex, string>();
  // First of all, so that what the guard refuses counts too.
  observeRequests(app, options);
  const authenticator = options.authenticator ?? new Authenticator({ clock: options.clock });
  guardRequests(app, options, authenticator, listenHosts);
  app.addHook('onRoute', (route) => {
    const threshold = route.config?.compressFromBytes;
    if (threshold !== undefined) route.compress = { threshold, encodings: ['gzip', 'deflate'] };
  });
  await app.register(fastifyCompress, {
    threshold: COMPRESS_FROM_BYTES,
    encodings: ['gzip', 'br', 'deflate'],
    requestEncodings: ['gzip', 'br', 'deflate', 'identity'],
    // What was refused for its size is not to be called malformed.
    onInvalidRequestPayload: (_encoding, _request, error) => (isAppError(error) ? error : undefined),
    syncThreshold: COMPRESS_INLINE_BYTES,
    // On the same machine or network, time counts for more than bytes.
    zlibOptions: { level: 1 },
  });
  readRefusedBodies(app, options.clock);
  limitBodies(app, options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES);
  app.setErrorHandler(answerError(options.reportError));
  addLoginRoutes(app, authenticator, authenticator.web.tls !== undefined || options.externalUrl.startsWith('https:'));
  for (const plugin of plugins) await app.register(plugin);
  await serveUi(app, options.uiDir, paths);
  await app.ready();
  return openListeners(app, options, authenticator, listenHosts);
}

function guardRequests(
  app: FastifyInstance,
  options: HttpServerOptions,
  authenticator: Authenticator,
  listenHosts: WeakMap<Duplex, string>,
): void {
  const guard = createHostGuard({
    listenHost: options.listen.host,
    listenHostOf: (request) => listenHosts.get(request.raw.socket),
    externalUrl: options.externalUrl,
    allowedHosts: options.allowedHosts ?? [],
  });
  app.decorateRequest('identity', null);
  app.addHook('onRequest', async (request, reply) => {
    const access = accessOf(request);
    reply.header('X-Content-Type-Options', 'nosniff');
    if (access === 'read') allowOrigin(request, reply);
    // Pages of other sites may read a WebSocket whatever CORS says, with the password that the browser remembers.
    guard(request, isUpgrade(request) || isOpenForm(access, request) ? 'change' : access);
    return checkCredentials(authenticator, access, request, reply);
  });
}

/** Logging in and out needs no credentials, but no page of another site may do it. */
function isOpenForm(access: Access, { method }: FastifyRequest): boolean {
  return access === 'open' && method === 'POST';
}

function observeRequests(app: FastifyInstance, { observe }: HttpServerOptions): void {
  if (!observe) return;
  app.addHook('onRequest', async (request, reply) => {
    // Fastify's hook onResponse is not run for a client that went away.
    reply.raw.once('close', () => {
      const route = request.routeOptions.url ?? '';
      // nginx's status for a client that did not wait: what the handler would have answered is not known yet.
      const status = reply.raw.writableFinished ? reply.statusCode : CLIENT_GONE;
      observe({ method: request.method, route, status, seconds: reply.elapsedTime / 1000 });
    });
  });
}

async function serveUi(app: FastifyInstance, uiDir: string | undefined, paths: KnownPaths): Promise<void> {
  const ui: UiFiles = await openUi(uiDir);
  await ui.register(app);
  app.setNotFoundHandler(answerNotFound(paths, ui));
}

interface Listener {
  readonly server: Server;
  /** Connections on which nothing was asked yet. */
  readonly unasked: ReadonlyMap<string, Duplex>;
  /** Connections that were handed over to another protocol. */
  readonly upgraded: ReadonlySet<Duplex>;
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

/** HTTP, or HTTPS where the web.config.file has a certificate. */
function createListener(
  authenticator: Authenticator,
  route: (request: IncomingMessage, response: ServerResponse) => void,
  reportError: (error: unknown) => void,
): Server {
  const { tls } = authenticator.web;
  const limits = { maxHeaderSize: MAX_HEADER_BYTES, keepAliveTimeout: 75_000 };
  if (!tls) return createServer(limits, route);
  const server = createSecureServer({ ...limits, ...tlsOptions(tls) }, route);
  followTls(server, authenticator, reportError);
  return server;
}

/** `listenHosts` is told of each connection to which listener it came. */
function openListeners(
  app: FastifyInstance,
  options: HttpServerOptions,
  authenticator: Authenticator,
  listenHosts: WeakMap<Duplex, string>,
): HttpServer {
  const listeners = new Set<Listener>();
  let isClosing = false;
  return {
    app,
    async listen(address = options.listen, rewrite) {
      checkExposure(address, authenticator, options.noAuth);
      // By peer: over TLS a request names another object than the connection that was accepted.
      const unasked = new Map<string, Duplex>();
      const route = (request: IncomingMessage, response: ServerResponse) => {
        unasked.delete(peerOf(request.socket));
        if (rewrite) request.url = rewrite(request.url ?? '/');
        // A client that asks again and again on one connection would otherwise keep us from closing.
        if (isClosing) response.shouldKeepAlive = false;
        app.routing(request, response);
      };
      const server = createListener(authenticator, route, (error) => options.reportError(error, `connection to ${formatAddress(address)}`));
      server.maxConnections = MAX_CONNECTIONS;
      server.on('connection', (socket) => {
        listenHosts.set(socket, address.host);
        const peer = peerOf(socket);
        unasked.set(peer, socket);
        socket.once('close', () => unasked.delete(peer));
      });
      server.on('secureConnection', (socket: Socket) => listenHosts.set(socket, address.host));
      await listenOn(server, address);
      // An accept that fails later (no file descriptors left) must not end the process, as an unheard event would.
      server.on('error', (error) => options.reportError(error, `connection to ${formatAddress(address)}`));
      listeners.add({ server, unasked, upgraded: routeUpgrades(server, route) });
      return { host: address.host, port: (server.address() as AddressInfo).port };
    },
    async close() {
      isClosing = true;
      await Promise.all([...listeners].map((listener) => closeGracefully(listener, options.clock)));
      listeners.clear();
      await app.close();
    },
  };
}

function closeGracefully({ server, unasked, upgraded }: Listener, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    // Browsers and clients open connections that they may need soon: to Node these are not idle but about to ask.
    for (const socket of [...unasked.values(), ...upgraded]) socket.destroy();
    const deadlineMs = clock.nowMs() + GRACE_MS;
    let timer: Timer | undefined;
    server.close(() => {
      timer?.cancel();
      resolve();
    });
    // A connection that is kept alive becomes idle when its request is done, and would stay.
    const sweep = () => {
      if (clock.nowMs() < deadlineMs) server.closeIdleConnections();
      else server.closeAllConnections();
      timer = clock.after(SWEEP_MS, sweep);
    };
    sweep();
  });
}
