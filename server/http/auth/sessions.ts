// Sessions of browsers. The cookie carries who logged in and until when, signed with a key that is made at the start: sessions end with the
// server, so that nothing that was logged out can come back.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../model/clock.ts';
import type { Identity } from './identity.ts';

/** A session lasts so long. */
export const SESSION_MS = 12 * 3_600_000;
const COOKIE = 'alidade_session';
const MAX_ENDED = 10_000;

/** What a cookie says. */
export interface Session {
  readonly id: string;
  readonly identity: Identity;
  /** Of the password's or token's hash: another one ends the session. */
  readonly fingerprint: string;
  readonly expiresMs: number;
}

/** Makes and reads cookies. */
export class Sessions {
  readonly #clock: Clock;
  readonly #key = randomBytes(32);
  readonly #ended = new LRUCache<string, true>({ max: MAX_ENDED });

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A value for Set-Cookie; `isSecure`: only over TLS. */
  begin(identity: Identity, fingerprint: string, isSecure: boolean): string {
    const expiresMs = this.#clock.nowMs() + SESSION_MS;
    const session: Session = { id: randomBytes(12).toString('base64url'), identity, fingerprint, expiresMs };
    const payload = Buffer.from(JSON.stringify(session)).toString('base64url');
    return cookie(`${payload}.${this.#sign(payload)}`, SESSION_MS / 1000, isSecure);
  }

  /** A value for Set-Cookie that removes it. */
  end(session: Session | undefined, isSecure: boolean): string {
    if (session) this.#ended.set(session.id, true);
    return cookie('', 0, isSecure);
  }

  /** The session of a Cookie header, if its signature is good and it has not ended. */
  find(header: string | undefined): Session | undefined {
    const [, payload, signature] = new RegExp(`(?:^|;\\s*)${COOKIE}=([\\w-]+)\\.([\\w-]+)`).exec(header ?? '') ?? [];
    if (payload === undefined || signature === undefined || !isEqual(signature, this.#sign(payload))) return undefined;
    const session = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Session;
    return session.expiresMs > this.#clock.nowMs() && !this.#ended.has(session.id) ? session : undefined;
  }

  /** What a cookie may tell about a secret: only this server can make it, so that nobody can try passwords on a cookie. */
  fingerprint(secret: string): string {
    return createHmac('sha256', this.#key).update(`fingerprint of ${secret}`).digest('base64url').slice(0, 22);
  }

  #sign(payload: string): string {
    return createHmac('sha256', this.#key).update(`session ${payload}`).digest('base64url');
  }
}

function cookie(value: string, maxAgeSeconds: number, isSecure: boolean): string {
  return `${COOKIE}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAgeSeconds}${isSecure ? '; Secure' : ''}`;
}

function isEqual(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
