// Checks passwords against bcrypt hashes, which is meant to be slow: it runs on other threads, few at a time, and right ones are remembered
// by a hash of their own.
import { compare } from 'bcrypt';
import { LRUCache } from 'lru-cache';
import { Gate } from '../../workers/gate.ts';
import { httpError } from '../errors.ts';

const REMEMBERED = 100;
const AT_ONCE = 2;
const MAX_WAITING = 100;
const WAIT_MS = 10_000;

/** A password to be checked. */
export interface PasswordCheck {
  readonly password: string;
  /** Of the user; undefined: there is no such user. */
  readonly hash: string | undefined;
  /** Of some user: an unknown one costs as much time as a known one. */
  readonly standIn: string;
  /** Says which user, hash and password these are. */
  readonly digest: string;
}

/** Remembers what was right. */
export class Passwords {
  readonly #right = new LRUCache<string, true>({ max: REMEMBERED });
  readonly #gate = new Gate(AT_ONCE, MAX_WAITING, busy);

  /** Whether it is right. `mayCheck` may throw when its turn has come. Throws `http.busy` when too many wait. */
  async isRight({ password, hash, standIn, digest }: PasswordCheck, mayCheck: () => void): Promise<boolean> {
    if (this.#right.has(digest)) return true;
    await this.#gate.enter(AbortSignal.timeout(WAIT_MS)).catch((error: unknown) => {
      throw error instanceof DOMException ? busy() : error;
    });
    try {
      // Others may have asked the same.
      if (this.#right.has(digest)) return true;
      mayCheck();
      // htpasswd's letter for the same algorithm.
      const isRight = await compare(password, (hash ?? standIn).replace(/^\$2[xy]?\$/, '$2b$'));
      if (!isRight || hash === undefined) return false;
      this.#right.set(digest, true);
      return true;
    } finally {
      this.#gate.leave();
    }
  }
}

function busy(): Error {
  return httpError('http.busy', 'too many passwords are being checked; try again');
}
