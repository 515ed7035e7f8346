// Who may ask: users of a web.config.file, tokens that `alidade token` made, the token in ALIDADE_TOKEN, and sessions of those who logged in
// with one of them. Files are read again when they have changed.
import { createHash, timingSafeEqual } from 'node:crypto';
import { formatProblem } from '../../config/problem.ts';
import { hashOfToken, readTokens, type StoredToken, type TokenScope } from '../../config/tokens-file.ts';
import { readWebConfig, type WebConfig } from '../../config/web-config.ts';
import { messageOf } from '../../model/app-error.ts';
import type { Clock } from '../../model/clock.ts';
import type { Secret } from '../../model/secret.ts';
import { httpError } from '../errors.ts';
import { FreshFiles } from './fresh-file.ts';
import { GuessThrottle } from './guess-throttle.ts';
import type { Identity } from './identity.ts';
import { Passwords } from './passwords.ts';
import { type Session, Sessions } from './sessions.ts';

export interface AuthenticatorOptions {
  readonly clock: Clock;
  /** The token in ALIDADE_TOKEN. */
  readonly token?: Secret | undefined;
  /** '' or undefined: none. */
  readonly webConfigFile?: string | undefined;
  /** It need not exist (yet). */
  readonly tokensFile?: string | undefined;
}

/** What came with a request. */
export interface Credentials {
  readonly authorization: string | undefined;
  /** The Cookie header. */
  readonly cookie?: string | undefined;
  /** Of the client, for counting wrong guesses. */
  readonly address: string;
}

/** Someone who was recognised, and the fingerprint of the secret. */
interface Recognised {
  readonly identity: Identity;
  readonly fingerprint: string;
}

const EMPTY: WebConfig = { tls: undefined, headers: {}, users: new Map(), files: [] };
const NO_TOKENS: ReadonlyMap<string, StoredToken> = new Map();
const ENVIRONMENT: Identity = { name: 'ALIDADE_TOKEN', scope: 'write', kind: 'environment' };

/** Tells who asks. */
export class Authenticator {
  readonly sessions: Sessions;
  readonly #token: Secret | undefined;
  readonly #web: FreshFiles<WebConfig> | undefined;
  readonly #tokens: FreshFiles<ReadonlyMap<string, StoredToken>> | undefined;
  readonly #passwords = new Passwords();
  readonly #throttle: GuessThrottle;
  #wasRequired = false;
  #isExposed = false;

  /** Throws `http.bad_web_config` with all problems of the files. */
  constructor({ clock, token, webConfigFile, tokensFile }: AuthenticatorOptions) {
    this.sessions = new Sessions(clock);
    this.#throttle = new GuessThrottle(clock);
    this.#token = token;
    if (webConfigFile) this.#web = new FreshFiles(() => readWeb(webConfigFile));
    if (tokensFile) this.#tokens = new FreshFiles(() => readTokenMap(tokensFile));
    void this.isRequired;
  }

  /** The web.config.file as it is now. Throws `http.bad_web_config`. */
  get web(): WebConfig {
    return this.#web ? now(this.#web) : EMPTY;
  }

  /**
   * Whether requests must carry credentials. Once they must, they must until the end: who deletes the last token, or empties a file, lets
   * nobody in instead of everybody. Throws `http.bad_web_config`.
   */
  get isRequired(): boolean {
    this.#wasRequired ||= this.#token !== undefined || this.web.users.size > 0 || this.#createdTokens.size > 0;
    return this.#wasRequired || (this.#isExposed && !this.asksForCertificates);
  }

  /** Whether nobody connects who has no certificate that we trust. Throws `http.bad_web_config`. */
  get asksForCertificates(): boolean {
    return this.web.tls?.clientAuth === 'RequireAndVerifyClientCert';
  }

  /** From now on nobody is let in who shows neither credentials nor such a certificate. */
  expose(): void {
    this.#isExposed = true;
  }

  /** Whether a user name is asked for when somebody logs in, beside a password or token. */
  get hasUsers(): boolean {
    return this.web.users.size > 0;
  }

  /** Who asks. Throws `http.unauthorized`, `http.too_many_guesses`, `http.busy` and `http.bad_web_config`. */
  async identify({ authorization, cookie, address }: Credentials): Promise<Identity> {
    const session = this.sessionOf(cookie);
    if (session) return session.identity;
    const given = credentialsIn(authorization);
    if (!given) throw httpError('http.unauthorized', `credentials are missing: ${this.#wanted()}`);
    const found = await this.#recognise(given, address);
    if (!found) throw httpError('http.unauthorized', `the credentials are wrong: ${this.#wanted()}`);
    return found.identity;
  }

  /** Begins a session. Answers its Set-Cookie; undefined when the credentials are wrong. Throws as `identify`. */
  async logIn(user: string, secret: string, address: string, isSecure: boolean): Promise<string | undefined> {
    const found = await this.#recognise({ user, secret }, address);
    return found && this.sessions.begin(found.identity, found.fingerprint, isSecure);
  }

  /** The session of a Cookie header, unless what it was begun with has changed. */
  sessionOf(cookie: string | undefined): Session | undefined {
    const session = this.sessions.find(cookie);
    return session && this.#fingerprintOf(session.identity) === session.fingerprint ? session : undefined;
  }

  get #createdTokens(): ReadonlyMap<string, StoredToken> {
    return this.#tokens ? now(this.#tokens) : NO_TOKENS;
  }

  async #recognise({ user, secret }: GivenCredentials, address: string): Promise<Recognised | undefined> {
    // Nobody guesses 32 random bytes: these are never held up.
    const token = this.#createdTokens.get(hashOfToken(secret));
    if (token)
      return {
        identity: { name: token.name, scope: token.scope, kind: 'token' },
        fingerprint: this.#fingerprint(token.scope, token.sha256),
      };
    const { users } = this.web;
    const hash = user === undefined ? undefined : users.get(user)?.reveal();
    const guess = digest(JSON.stringify([user, hash, secret])).toString('base64');
    if (this.#throttle.isKnown(address, guess)) return undefined;
    this.#mustWait(address);
    if (this.#token && timingSafeEqual(digest(secret), digest(this.#token.reveal())))
      return { identity: ENVIRONMENT, fingerprint: this.#fingerprint('write', this.#token.reveal()) };
    const standIn = users.values().next().value?.reveal();
    if (user !== undefined && standIn !== undefined) {
      // Of those that come together, no more than came one after the other.
      const mayCheck = () => this.#mustWait(address);
      const isRight = await this.#passwords.isRight({ password: secret, hash, standIn, digest: guess }, mayCheck);
      if (isRight && hash !== undefined)
        return { identity: { name: user, scope: 'write', kind: 'user' }, fingerprint: this.#fingerprint('write', hash) };
    }
    this.#throttle.failed(address, guess);
    return undefined;
  }

  #mustWait(address: string): void {
    const waitMs = this.#throttle.waitMs(address);
    if (waitMs > 0)
      throw httpError(
        'http.too_many_guesses',
        `too many wrong credentials came from ${address}; try again in ${Math.ceil(waitMs / 1000)} s`,
      );
  }

  #fingerprintOf({ kind, name }: Identity): string | undefined {
    if (kind === 'environment') return this.#token && this.#fingerprint('write', this.#token.reveal());
    if (kind === 'user') {
      const hash = this.web.users.get(name)?.reveal();
      return hash === undefined ? undefined : this.#fingerprint('write', hash);
    }
    const token = [...this.#createdTokens.values()].find((one) => one.name === name);
    return token && this.#fingerprint(token.scope, token.sha256);
  }

  #fingerprint(scope: TokenScope, secret: string): string {
    return this.sessions.fingerprint(`${scope}/${secret}`);
  }

  #wanted(): string {
    const bearer = 'send "Authorization: Bearer TOKEN"';
    return this.hasUsers ? `${bearer}, or a user and password of the web.config.file` : `${bearer} or the token as password`;
  }
}

interface GivenCredentials {
  readonly user?: string | undefined;
  readonly secret: string;
}

/** `Bearer TOKEN`, or Basic with user and password; a token may be the password of any user, which is what many clients can send. */
function credentialsIn(authorization: string | undefined): GivenCredentials | undefined {
  const [, scheme, value] = /^(\S+) +(\S+)$/.exec(authorization ?? '') ?? [];
  if (!scheme || !value) return undefined;
  if (scheme.toLowerCase() === 'bearer') return { secret: value };
  if (scheme.toLowerCase() !== 'basic') return undefined;
  const pair = Buffer.from(value, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  return colon < 0 ? undefined : { user: pair.slice(0, colon), secret: pair.slice(colon + 1) };
}

/** Whoever asks may be anybody: what is wrong in a file is not for them. */
function now<T>(files: FreshFiles<T>): T {
  try {
    return files.current;
  } catch (error) {
    throw httpError(
      'http.bad_web_config',
      'who may ask cannot be told: a file of credentials is not good; the log of the server says why',
      error,
    );
  }
}

function readWeb(path: string): { value: WebConfig; files: readonly string[] } {
  const { config, problems } = readWebConfig(path);
  if (!config)
    throw httpError(
      'http.bad_web_config',
      `the web.config.file is not good:\n${problems.map((one) => `  ${formatProblem(one)}`).join('\n')}`,
    );
  return { value: config, files: config.files };
}

function readTokenMap(path: string): { value: ReadonlyMap<string, StoredToken>; files: readonly string[] } {
  try {
    return { value: new Map(readTokens(path).map((token) => [token.sha256, token])), files: [path] };
  } catch (error) {
    throw httpError('http.bad_web_config', messageOf(error), error);
  }
}

// Equal lengths whatever was sent, as timingSafeEqual demands.
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
