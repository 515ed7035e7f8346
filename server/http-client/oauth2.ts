import type { OAuth2Config } from '../config/oauth2.ts';
import { type AppError, isAppError } from '../model/app-error.ts';
import type { Clock } from '../model/clock.ts';
import { encodeBasic, readSecretFile } from './credentials.ts';
import { httpClientError } from './errors.ts';
import type { HttpClient } from './http-client.ts';

// A token that ends so soon is not used any more.
const EXPIRY_MARGIN_MS = 10_000;
const TOKEN_TIMEOUT_MS = 30_000;
const MAX_ANSWER_BYTES = 1024 * 1024;
const SHOWN = 200;

interface Token {
  readonly header: string;
  readonly secret: string;
  readonly untilMs: number;
}

/** Gets tokens and keeps them until they end. */
export interface TokenSource {
  /** The value of `Authorization`. Throws AppError `http_client.oauth2`, `http_client.secret_file`. */
  authorization(signal: AbortSignal): Promise<string>;
}

/** A source of tokens for `config`, asked for through `http`. However many requests wait, one token is asked for. */
export function createTokenSource(config: OAuth2Config, http: HttpClient, clock: Clock): TokenSource {
  let token: Token | undefined;
  let asking: { readonly secret: string; readonly answer: Promise<Token> } | undefined;
  // Which way the server wants the client's credentials is found out once (RFC 6749, section 2.3.1).
  let isInHeader: boolean | undefined;

  async function ask(secret: string): Promise<Token> {
    const attempt = async (inHeader: boolean) => {
      const answer = await http.request(config.tokenUrl, tokenRequest(config, secret, inHeader));
      const fresh = readToken(answer, secret, clock.nowMs());
      isInHeader = inHeader;
      return fresh;
    };
    if (isInHeader !== undefined) return await attempt(isInHeader);
    return await attempt(true).catch((error: unknown) => {
      if (!isAppError(error, 'http_client.oauth2')) throw error;
      return attempt(false);
    });
  }

  return {
    async authorization(signal) {
      const { clientSecret, clientSecretFile } = config;
      const secret = clientSecretFile === undefined ? (clientSecret?.reveal() ?? '') : await readSecretFile(clientSecretFile);
      if (token?.secret === secret && clock.nowMs() < token.untilMs) return token.header;
      if (asking?.secret !== secret) {
        const answer = ask(secret).finally(() => {
          asking = undefined;
        });
        // Whoever waits gets the failure; when nobody does any more it is nobody's.
        answer.catch(() => undefined);
        asking = { secret, answer };
      }
      try {
        token = await orAborted(asking.answer, signal);
      } catch (error) {
        throw explain(error);
      }
      return token.header;
    },
  };
}

function tokenRequest(config: OAuth2Config, secret: string, isInHeader: boolean) {
  const form = new URLSearchParams({ grant_type: 'client_credentials' });
  if (config.scopes.length > 0) form.set('scope', config.scopes.join(' '));
  for (const [name, value] of Object.entries(config.endpointParams)) form.set(name, value);
  const headers: Record<string, string> = {
    'content-type': 'application/x-www-form-urlencoded',
    accept: 'application/json',
    'accept-encoding': 'gzip',
  };
  if (isInHeader) headers.authorization = encodeBasic(formEncode(config.clientId), formEncode(secret));
  else {
    form.set('client_id', config.clientId);
    if (secret !== '') form.set('client_secret', secret);
  }
  return { method: 'POST', headers, body: form.toString(), timeoutMs: TOKEN_TIMEOUT_MS, maxBytes: MAX_ANSWER_BYTES };
}

function readToken({ status, headers, body }: Awaited<ReturnType<HttpClient['request']>>, secret: string, nowMs: number): Token {
  const text = new TextDecoder().decode(body);
  if (status >= 300 && status < 400)
    throw refused(`the server answered ${status}, a redirect (write the address of the tokens themselves)`);
  if (status < 200 || status > 299) throw refused(`the server answered ${status}: ${shown(text)}`);
  const isForm = /^(application\/x-www-form-urlencoded|text\/plain)/.test(headers['content-type'] ?? '');
  const fields = isForm ? Object.fromEntries(new URLSearchParams(text)) : parseJson(text);
  const { access_token: value, token_type: type, expires_in: seconds } = fields;
  if (typeof value !== 'string' || value === '') throw refused(`the server's answer has no access_token; its fields: ${namesOf(fields)}`);
  const name = typeof type === 'string' && type !== '' ? type : 'Bearer';
  const lifetimeMs = Number(seconds ?? 0) * 1000;
  return {
    header: `${name.toLowerCase() === 'bearer' ? 'Bearer' : name} ${value}`,
    secret,
    untilMs: lifetimeMs > 0 ? nowMs + lifetimeMs - EXPIRY_MARGIN_MS : Number.POSITIVE_INFINITY,
  };
}

function parseJson(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    // V8's own words quote the text, which may begin with the token.
    throw refused("the server's answer is not valid JSON");
  }
}

// As forms encode: what RFC 6749 asks for in the header too.
function formEncode(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1);
}

// Values may be tokens under other names.
function namesOf(fields: Readonly<Record<string, unknown>>): string {
  return shown(Object.keys(fields).join(', ')) || 'none';
}

function shown(text: string): string {
  const line = text.trim().replace(/\s+/g, ' ');
  return line.length > SHOWN ? `${line.slice(0, SHOWN)}…` : line;
}

function refused(reason: string): AppError {
  return httpClientError('http_client.oauth2', `oauth2: cannot fetch token: ${reason}`);
}

function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    promise.then(resolve, reject);
  });
}

function explain(error: unknown): unknown {
  if (!isAppError(error) || error.code === 'http_client.oauth2') return error;
  return httpClientError('http_client.oauth2', `oauth2: cannot fetch token: ${error.message}`, error);
}
