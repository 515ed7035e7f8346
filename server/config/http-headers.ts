import type { z } from 'zod';
import type { Secret } from '../model/secret.ts';
import type { ConfigFile } from './config-file.ts';
import { listOf, mapOf, secret, section, text } from './fields.ts';
import type { MapPath } from './map-path.ts';
import type { YamlPath } from './yaml-file.ts';

/** The values of one header, sent in this order; files are read at each request. */
export interface HeaderValues {
  readonly values: readonly string[];
  readonly secrets: readonly Secret[];
  readonly files: readonly string[];
}

/** `http_headers`: headers that requests have besides those of the protocol. */
export const headersField = mapOf(section({ values: listOf(text()), secrets: listOf(secret()), files: listOf(text()) }), headerNameFault);

/** Headers that every client decides itself, `authorization` aside (upstream reserves the same). */
export const CLIENT_HEADERS: readonly string[] = [
  'host',
  'content-encoding',
  'content-length',
  'content-type',
  'user-agent',
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'www-authenticate',
  'accept-encoding',
  'x-prometheus-remote-write-version',
];
const RESERVED_HEADERS = new Set([
  ...CLIENT_HEADERS,
  'authorization',
  'x-prometheus-remote-read-version',
  'x-prometheus-scrape-timeout-seconds',
  'transfer-encoding',
  'upgrade',
  'trailer',
  'te',
]);

/** Cross-checks of the `http_headers` at `path`. */
export function checkHeaders(file: ConfigFile, path: YamlPath): void {
  for (const name of file.keys(path)) {
    if (!RESERVED_HEADERS.has(name.toLowerCase())) continue;
    file.error([...path, name], `setting header "${name}" is not allowed; it is set by other options or by the client itself`);
  }
}

/** From the file's settings to the contract. */
export function toHeaders(headers: z.output<typeof headersField>, mapPath: MapPath): Record<string, HeaderValues> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, { values, secrets, files }]) => [name, { values, secrets, files: files.map(mapPath) }]),
  );
}

/** What is wrong with the name of a header (RFC 9110). */
export function headerNameFault(name: string): string | undefined {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) ? undefined : `"${name}" is not a valid HTTP header name`;
}
