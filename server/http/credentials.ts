import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Secret } from '../model/secret.ts';
import { httpError } from './errors.ts';

/**
 * A check of a header `Authorization: Bearer TOKEN`, or Basic with the token as password under any user name, which is what a browser can
 * ask its user for. Undefined when it is good, else what is wrong and what to do.
 */
export function createAuthorizationCheck(token: Secret): (authorization: string | undefined) => string | undefined {
  const wanted = digest(token.reveal());
  return (authorization) => {
    const given = tokenIn(authorization);
    if (given !== undefined && timingSafeEqual(digest(given), wanted)) return undefined;
    const fault = given === undefined ? 'credentials are missing' : 'the credentials are wrong';
    return `${fault}: send "Authorization: Bearer TOKEN" or the token as password`;
  };
}

/** That check for requests of HTTP: throws `http.unauthorized` and asks for credentials. */
export function createCredentialCheck(token: Secret): (request: FastifyRequest, reply: FastifyReply) => void {
  const faultOf = createAuthorizationCheck(token);
  return (request, reply) => {
    const fault = faultOf(request.headers.authorization);
    if (fault === undefined) return;
    reply.header('WWW-Authenticate', 'Basic realm="Alidade", charset="UTF-8"');
    throw httpError('http.unauthorized', fault);
  };
}

function tokenIn(authorization: string | undefined): string | undefined {
  const [, scheme, value] = /^(\S+) +(\S+)$/.exec(authorization ?? '') ?? [];
  if (!scheme || !value) return undefined;
  if (scheme.toLowerCase() === 'bearer') return value;
  if (scheme.toLowerCase() !== 'basic') return undefined;
  const pair = Buffer.from(value, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  return colon < 0 ? undefined : pair.slice(colon + 1);
}

// Equal lengths whatever was sent, as timingSafeEqual demands.
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
