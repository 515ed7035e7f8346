// What every request passes: who asks, and whether they may. Programs that may not get 401 with what to send; browsers get the login page at
// the address that they asked for, so that nothing is redirected back and forth.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isAppError } from '../../model/app-error.ts';
import type { Access } from '../access.ts';
import { httpError } from '../errors.ts';
import type { Authenticator } from './authenticator.ts';
import type { Identity } from './identity.ts';
import { type LoginPage, renderLoginPage } from './login-page.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; null where nobody has to say. */
    identity: Identity | null;
  }
}

const PAGE_HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy':
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'Referrer-Policy': 'same-origin',
};
const BASIC = 'Basic realm="Alidade", charset="UTF-8"';
// A challenge that no browser asks its user about.
const BEARER = 'Bearer realm="Alidade"';

/** Checks a request for a route of that access; answers it where it must not go on. Throws what the authenticator throws. */
export async function checkCredentials(
  authenticator: Authenticator,
  access: Access,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply | undefined> {
  for (const [name, value] of Object.entries(authenticator.web.headers)) reply.header(name, value);
  // Browsers send a preflight request without credentials.
  if (access === 'open' || request.method === 'OPTIONS' || !authenticator.isRequired) return undefined;
  const { authorization, cookie } = request.headers;
  try {
    request.identity = await authenticator.identify({ authorization, cookie, address: request.ip });
  } catch (error) {
    if (isAppError(error, 'http.too_many_guesses')) reply.header('Retry-After', '60');
    if (!isAppError(error, 'http.unauthorized')) throw error;
    reply.header('WWW-Authenticate', isBrowser(request) ? BEARER : BASIC);
    if (!isNavigation(request)) throw error;
    return sendLoginPage(reply, { hasUsers: authenticator.hasUsers, next: request.url, returnsAtOnce: isFromElsewhere(request) });
  }
  if (request.identity.scope === 'read' && access === 'change')
    throw httpError('http.read_only', `the token "${request.identity.name}" may read, but this needs one with the scope write`);
  return undefined;
}

/** Adds `/login` and `/logout`. */
export function addLoginRoutes(app: FastifyInstance, authenticator: Authenticator, isSecure: boolean): void {
  const config = { access: 'open' as const };
  app.get<{ Querystring: { next?: string } }>('/login', { config }, ({ query, headers }, reply) => {
    const isKnown = !authenticator.isRequired || authenticator.sessionOf(headers.cookie) !== undefined;
    const next = localPath(query.next);
    return isKnown ? reply.redirect(next, 303) : sendLoginPage(reply, { hasUsers: authenticator.hasUsers, next }, 200);
  });
  app.register(async (form) => {
    form.removeContentTypeParser('application/x-www-form-urlencoded');
    form.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: 16_384 },
      async (_request: FastifyRequest, body: string) => new URLSearchParams(body),
    );
    form.post<{ Body: unknown }>('/login', { config }, async (request, reply) => {
      const fields = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
      const user = fields.get('user') ?? '';
      const secret = fields.get('secret') ?? '';
      const page = { hasUsers: authenticator.hasUsers, next: localPath(fields.get('next') ?? undefined), user };
      try {
        // What is copied of a token may have a blank at its end; of a password it counts.
        const cookie = await authenticator.logIn(user, user === '' ? secret.trim() : secret, request.ip, isSecure);
        if (cookie !== undefined) return reply.header('Set-Cookie', cookie).redirect(page.next, 303);
        reply.header('WWW-Authenticate', BEARER);
        const what = authenticator.hasUsers ? 'The user or the password' : 'The token';
        return sendLoginPage(reply, { ...page, fault: `${what} is not right.` });
      } catch (error) {
        if (!isAppError(error, 'http.too_many_guesses')) throw error;
        reply.header('Retry-After', '60');
        return sendLoginPage(reply, { ...page, fault: 'Too many wrong attempts. Wait a minute, then try again.' }, 429);
      }
    });
  });
  app.post('/logout', { config }, ({ headers }, reply) =>
    reply.header('Set-Cookie', authenticator.sessions.end(authenticator.sessionOf(headers.cookie), isSecure)).redirect('/login', 303),
  );
}

function sendLoginPage(reply: FastifyReply, page: LoginPage, status = 401): FastifyReply {
  return reply.code(status).headers(PAGE_HEADERS).type('text/html; charset=utf-8').send(renderLoginPage(page));
}

/** Only paths of this server: nobody is sent to another site after logging in. */
function localPath(next: string | undefined): string {
  if (next === undefined || !/^\/(?![/\\])/.test(next)) return '/';
  if (!URL.canParse(next, 'http://here') || /^\/log(in|out)\b/.test(next)) return '/';
  const { host, pathname, search, hash } = new URL(next, 'http://here');
  return host === 'here' && !pathname.startsWith('//') ? pathname + search + hash : '/';
}

function isNavigation({ method, headers }: FastifyRequest): boolean {
  const mode = headers['sec-fetch-mode'];
  return (
    (method === 'GET' || method === 'HEAD') && (headers.accept ?? '').includes('text/html') && (mode === undefined || mode === 'navigate')
  );
}

function isBrowser({ headers }: FastifyRequest): boolean {
  return headers['sec-fetch-site'] !== undefined || headers['sec-fetch-mode'] !== undefined || (headers.accept ?? '').includes('text/html');
}

/** Who follows a link of another site sends no SameSite=Strict cookie, even when logged in: asked again from here, it comes. */
function isFromElsewhere({ headers }: FastifyRequest): boolean {
  return headers['sec-fetch-site'] === 'cross-site';
}
