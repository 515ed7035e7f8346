// Requests that ask for a WebSocket are routed like any other, so that Host, Origin and credentials are checked first; the handler
// then takes the connection over (`takeUpgrade`). Offers of other protocols (Java's client offers h2c) are passed over, as HTTP allows.
import { type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** A connection that its handler owns from now on, and what the client sent beyond its request. */
export interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

const UPGRADE = Symbol('upgrade');

interface UpgradeRequest extends IncomingMessage {
  [UPGRADE]?: Upgrade;
}

/** Routes the upgrades of `server`; the answered set holds the connections that are no longer HTTP's to close. */
export function routeUpgrades(server: Server, route: (request: IncomingMessage, response: ServerResponse) => void): ReadonlySet<Duplex> {
  const upgraded = new Set<Duplex>();
  server.on('upgrade', (request: UpgradeRequest, socket: Socket, head: Buffer) => {
    // RFC 6455 knows GET only; of any other method the body has yet to be read.
    if (request.headers.upgrade?.toLowerCase() !== 'websocket' || request.method !== 'GET') {
      readAgain(server, request, socket, head);
      return;
    }
    upgraded.add(socket);
    socket.once('close', () => upgraded.delete(socket));
    socket.on('error', () => socket.destroy());
    request[UPGRADE] = { request, socket, head };
    const response = new ServerResponse(request);
    // An ordinary answer (an error, say) ends the connection: nobody parses what would come next.
    response.shouldKeepAlive = false;
    response.assignSocket(socket);
    response.once('finish', () => {
      response.detachSocket(socket);
      socket.destroySoon();
    });
    route(request, response);
  });
  return upgraded;
}

/** Whether a request asks for a WebSocket. */
export function isUpgrade(request: FastifyRequest): boolean {
  const raw: UpgradeRequest = request.raw;
  return raw[UPGRADE] !== undefined;
}

/** Hands the connection of a WebSocket request to the caller; Fastify answers nothing any more. Undefined for ordinary requests. */
export function takeUpgrade(request: FastifyRequest, reply: FastifyReply): Upgrade | undefined {
  const raw: UpgradeRequest = request.raw;
  const upgrade = raw[UPGRADE];
  if (!upgrade) return undefined;
  reply.hijack();
  reply.raw.detachSocket(upgrade.socket as Socket);
  return upgrade;
}

/** Gives the request back to the server without the offer: once somebody listens for upgrades, Node leaves its body unread. */
function readAgain(server: Server, { method, url, httpVersion, rawHeaders }: IncomingMessage, socket: Socket, head: Buffer): void {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    const isOffer = /^(?:upgrade|http2-settings|connection)$/i.test(name);
    if (!isOffer) lines.push(`${name}: ${rawHeaders[i + 1]}`);
  }
  if (head.length > 0) socket.unshift(head);
  socket.unshift(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'));
  // Of TLS only what is inside is read again.
  server.emit(socket instanceof TLSSocket ? 'secureConnection' : 'connection', socket);
}
