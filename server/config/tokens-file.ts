// The file of tokens that `alidade token` writes: who may do what, with the SHA-256 of each token. The tokens themselves are random, so that
// their hashes tell nothing.
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { stringify } from 'yaml';
import { messageOf } from '../model/app-error.ts';
import { ConfigFile } from './config-file.ts';
import { configError } from './errors.ts';
import { checkedText, filledText, listOf, oneOf, section, text } from './fields.ts';
import { formatProblem } from './problem.ts';

/** What a token is good for: `write` may read, too. */
export const TOKEN_SCOPES = ['read', 'write'] as const;
export type TokenScope = (typeof TOKEN_SCOPES)[number];

/** One token, known by its hash. */
export interface StoredToken {
  readonly name: string;
  readonly scope: TokenScope;
  /** Of the token, in hexadecimal digits. */
  readonly sha256: string;
  readonly created: string;
}

const TOKEN_BYTES = 32;
const PREFIX = 'alidade_';
const HEAD = '# Tokens of Alidade, written by `alidade token`; changes count at once.\n';

const tokensSection = section({
  tokens: listOf(
    section({
      name: filledText(),
      scope: oneOf(TOKEN_SCOPES),
      sha256: checkedText((value) => (/^[0-9a-f]{64}$/.test(value) ? undefined : `not a SHA-256: "${value}"`)),
      created: text().default(''),
    }),
  ),
});

/** The tokens in a file; none when there is no file. Throws `config.bad_tokens`, which names file and line. */
export function readTokens(path: string): readonly StoredToken[] {
  if (!existsSync(path)) return [];
  let source: string;
  try {
    source = readFileSync(path, 'utf8');
  } catch (error) {
    throw configError('config.bad_tokens', `cannot read the tokens in "${path}": ${messageOf(error)}`, error);
  }
  const file = new ConfigFile(path, source);
  const settings = file.has([]) ? file.read(tokensSection, []) : { tokens: [] };
  const [problem] = file.problems;
  if (!settings || problem) throw configError('config.bad_tokens', problem ? formatProblem(problem) : `"${path}" holds no tokens`);
  return settings.tokens;
}

/** Adds a token and answers it; it is stored nowhere. Throws `config.bad_tokens`, also when the name is taken. */
export function createToken(path: string, name: string, scope: TokenScope, created: Date): string {
  const tokens = readTokens(path);
  if (tokens.some((one) => one.name === name)) throw configError('config.bad_tokens', `there is a token "${name}" in "${path}" already`);
  const token = PREFIX + randomBytes(TOKEN_BYTES).toString('base64url');
  writeTokens(path, [...tokens, { name, scope, sha256: hashOfToken(token), created: created.toISOString() }]);
  return token;
}

/** Throws `config.bad_tokens` when there is no token of that name. */
export function deleteToken(path: string, name: string): void {
  const tokens = readTokens(path);
  const left = tokens.filter((one) => one.name !== name);
  if (left.length === tokens.length) throw configError('config.bad_tokens', `there is no token "${name}" in "${path}"`);
  writeTokens(path, left);
}

export function hashOfToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

function writeTokens(path: string, tokens: readonly StoredToken[]): void {
  mkdirSync(dirname(path), { recursive: true });
  const unfinished = `${path}.unfinished-${process.pid}`;
  rmSync(unfinished, { force: true });
  // After a power cut, too, it is the old one or the new one: an empty one would let nobody in.
  writeFileSync(unfinished, HEAD + stringify({ tokens }), { mode: 0o600, flag: 'wx', flush: true });
  renameSync(unfinished, path);
}
