// Checks passwords against bcrypt hashes, which is meant to be slow: it runs on other threads, few at a time, and right ones are remembered
// by a hash of their own.
import { createHash } from 'node:crypto';
import { compare } from 'bcrypt';
import { LRUCache } from 'lru-cache';
import { Gate } from '../../workers/gate.ts';
import { httpError } from '../errors.ts';

const REMEMBERED = 100;
const AT_ONCE = 2;
const MAX_WAITING = 100;
const WAIT_MS = 10_000;
/** Of nobody: an unknown user costs as much time as a known one. */
const NOBODY = '$2b$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi';

/** Remembers what was right. */
export class Passwords {
  readonly #right = new LRUCache<string, true>({ max: REMEMBERED });
  readonly #gate = new Gate(AT_ONCE, MAX_WAITING, () => httpError('http.busy', 'too many passwords are being checked; try again'));

  /** Whether `password` is the one of `hash`; undefined: there is no such user. Throws `http.busy` when too many wait. */
  async isRight(user: string, hash: string | undefined, password: string): Promise<boolean> {
    const key = createHash('sha256')
      .update(JSON.stringify([user, hash, password]))
      .digest('base64');
    if (this.#right.has(key)) return true;
    const isRight = await this.#compare(password, hash ?? NOBODY);
    if (!isRight || hash === undefined) return false;
    this.#right.set(key, true);
    return true;
  }

  async #compare(password: string, hash: string): Promise<boolean> {
    await this.#gate.enter(AbortSignal.timeout(WAIT_MS));
    try {
      // htpasswd's letter for the same algorithm.
      return await compare(password, hash.replace(/^\$2[xy]?\$/, '$2b$'));
    } finally {
      this.#gate.leave();
    }
  }
}
