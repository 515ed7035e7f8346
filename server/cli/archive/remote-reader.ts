import { encodeReadRequest, type ReadPiece, readAnswer } from '../../formats/remote-read/read-answer.ts';
import type { ReadQuery } from '../../formats/remote-read/read-request.ts';
import { compressSnappy } from '../../formats/snappy/snappy.ts';
import { AppError, messageOf } from '../../model/app-error.ts';
import { archiveError } from './errors.ts';

/** A server that is read through Prometheus' remote read. */
export interface RemoteSource {
  /** Without a path. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The samples that a query selects, series by series, as they arrive. Throws AppError `archive.source` and `remote_read.*`. */
export async function* readRemote(source: RemoteSource, query: ReadQuery): AsyncGenerator<ReadPiece, void> {
  const { url, headers } = address(source);
  const response = await post(`${url}/api/v1/read`, headers, await compressSnappy(encodeReadRequest(query)));
  if (!response.ok) {
    const text = (await response.text().catch(() => '')).trim().slice(0, 500);
    const hint = response.status === 401 ? ' (give credentials with --header or in the URL)' : '';
    throw archiveError('archive.source', `${url} answers ${response.status} to remote read: ${text}${hint}`);
  }
  const type = response.headers.get('content-type') ?? '';
  if (!type.includes('ChunkedReadResponse') || !response.body)
    throw archiveError(
      'archive.source',
      `${url} does not answer remote read in streamed chunks, but as "${type}"; Prometheus 2.13 and newer do`,
    );
  try {
    yield* readAnswer(response.body as AsyncIterable<Uint8Array>);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw archiveError('archive.source', `${url} broke off: ${causeOf(error)}`, error);
  }
}

async function post(url: string, headers: Readonly<Record<string, string>>, body: Buffer): Promise<Response> {
  try {
    return await fetch(url, {
      method: 'POST',
      headers: {
        ...headers,
        'content-type': 'application/x-protobuf',
        'content-encoding': 'snappy',
        'accept-encoding': 'identity',
        'x-prometheus-remote-read-version': '0.1.0',
      },
      body: new Uint8Array(body),
    });
  } catch (error) {
    throw archiveError('archive.source', `no answer from ${url}: ${causeOf(error)}`, error);
  }
}

/** What `fetch` takes: no password in the address, but a header; no slash at its end. */
export function address({ url, headers }: RemoteSource): RemoteSource {
  const parsed = new URL(url);
  const { username, password } = parsed;
  parsed.username = '';
  parsed.password = '';
  const bare = parsed.href.replace(/\/+$/, '');
  if (username === '' && password === '') return { url: bare, headers };
  const credentials = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
  return { url: bare, headers: { ...headers, authorization: `Basic ${credentials}` } };
}

/** Why a request failed: fetch itself says only that it did. */
export function causeOf(error: unknown): string {
  return error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error);
}
