import { pipeline, type Readable } from 'node:stream';
import { createGunzip, createInflate } from 'node:zlib';
import { messageOf } from '../model/app-error.ts';
import { httpClientError } from './errors.ts';

/** Reads a body to its end, decompressed. Throws `http_client.body_too_large` over `maxBytes` decompressed bytes, before holding more. */
export async function readBody(body: Readable, encoding: string | string[] | undefined, maxBytes: number): Promise<Uint8Array> {
  const decoder = decoderOf(encoding);
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    // pipeline hands errors and aborts of the connection on to the decoder; its own callback has nothing to add.
    const stream: Readable = decoder ? pipeline(body, decoder, () => undefined) : body;
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > maxBytes) throw httpClientError('http_client.body_too_large', `body size limit of ${maxBytes} bytes exceeded`);
      chunks.push(chunk);
    }
  } catch (error) {
    body.destroy();
    if (isZlibError(error))
      throw httpClientError('http_client.bad_body', `the body is not valid ${String(encoding)}: ${messageOf(error)}`, error);
    throw error;
  }
  return chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks, size);
}

function decoderOf(encoding: string | string[] | undefined) {
  switch (String(encoding ?? '').toLowerCase()) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    default:
      return undefined;
  }
}

function isZlibError(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' && code.startsWith('Z_');
}
