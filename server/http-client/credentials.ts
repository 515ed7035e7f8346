import { readFile } from 'node:fs/promises';
import type { HttpClientConfig } from '../config/http-client.ts';
import type { HeaderValues } from '../config/http-headers.ts';
import { messageOf } from '../model/app-error.ts';
import { httpClientError } from './errors.ts';

/** Headers that `config` adds to a request: its own headers and Authorization, which `token` gives where no other way is configured. Reads the files it names; throws `http_client.secret_file`. */
export async function authHeaders(
  config: HttpClientConfig,
  url: URL,
  token: () => Promise<string | undefined>,
): Promise<Record<string, string | string[]>> {
  const authorization = (await basicAuth(config)) ?? (await authorizationOf(config)) ?? (await token()) ?? userInfo(url);
  const headers = config.headers ? await ownHeaders(config.headers) : {};
  return authorization === undefined ? headers : { ...headers, authorization };
}

async function ownHeaders(headers: Readonly<Record<string, HeaderValues>>): Promise<Record<string, string[]>> {
  const read: Record<string, string[]> = {};
  for (const [name, { values, secrets, files }] of Object.entries(headers)) {
    const fromFiles = await Promise.all(files.map(readSecretFile));
    const all = [...values, ...secrets.map((item) => item.reveal()), ...fromFiles];
    if (all.length > 0) read[name] = all;
  }
  return read;
}

/** The text of a secret's file without surrounding white space. Throws `http_client.secret_file`. */
export async function readSecretFile(file: string): Promise<string> {
  return (await readPem(file)).trim();
}

/** The text of a certificate or key file. Throws `http_client.secret_file`. */
export async function readPem(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw httpClientError('http_client.secret_file', `cannot read "${file}": ${messageOf(cause)}`, cause);
  }
}

async function basicAuth({ basicAuth: auth }: HttpClientConfig): Promise<string | undefined> {
  if (!auth) return undefined;
  const password = auth.passwordFile === undefined ? (auth.password?.reveal() ?? '') : await readSecretFile(auth.passwordFile);
  const username = auth.usernameFile === undefined ? auth.username : await readSecretFile(auth.usernameFile);
  return encodeBasic(username, password);
}

async function authorizationOf({ authorization: auth }: HttpClientConfig): Promise<string | undefined> {
  if (!auth) return undefined;
  const credentials = auth.credentialsFile === undefined ? (auth.credentials?.reveal() ?? '') : await readSecretFile(auth.credentialsFile);
  return `${auth.type} ${credentials}`.trimEnd();
}

function userInfo(url: URL): string | undefined {
  if (url.username === '' && url.password === '') return undefined;
  return encodeBasic(decodeURIComponent(url.username), decodeURIComponent(url.password));
}

/** The value of `Authorization` for a name and a password (RFC 7617). */
export function encodeBasic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
}
