import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Secret } from '../model/secret.ts';
import { httpError } from './errors.ts';

/**
 * A check for `Authorization: Bearer TOKEN`, or Basic with the token as password under any user name, which is what a browser can
 * ask its user for. Throws `http.unauthorized` and asks for credentials.
 */
export function createCredentialCheck(token: Secret): (request: FastifyRequest, reply: FastifyReply) => void {
  const wanted = digest(token.reveal());
  return (request, reply) => {
    const given = tokenIn(request.headers.authorization);
    if (given !== undefined && timingSafeEqual(digest(given), wanted)) return;
    reply.header('WWW-Authenticate', 'Basic realm="Alidade", charset="UTF-8"');
    throw httpError(
      'http.unauthorized',
      `${given === undefined ? 'credentials are missing' : 'the credentials are wrong'}: send "Authorization: Bearer TOKEN" or the token as password`,
    );
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
