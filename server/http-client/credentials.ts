import { readFile } from 'node:fs/promises';
import type { HttpClientConfig } from '../config/http-client.ts';
import { messageOf } from '../model/app-error.ts';
import { httpClientError } from './errors.ts';

/** Headers that `config` adds to a request: its own headers and Authorization. Reads the files it names; throws `http_client.secret_file`. */
export async function authHeaders(config: HttpClientConfig, url: URL): Promise<Record<string, string>> {
  const authorization = (await basicAuth(config)) ?? (await authorizationOf(config)) ?? userInfo(url);
  return authorization === undefined ? { ...config.headers } : { ...config.headers, authorization };
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

function encodeBasic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
}
