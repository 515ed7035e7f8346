import { pipeline, type Readable } from 'node:stream';
import { createGunzip, createInflate } from 'node:zlib';
import { messageOf } from '../model/app-error.ts';
import { httpClientError } from './errors.ts';

const FIRST_CAPACITY = 64 * 1024;

/** Memory for one body at a time. */
export class BodyMemory {
  #bytes = Buffer.alloc(0);
  #length = 0;

  /** Bytes of the body. */
  get length(): number {
    return this.#length;
  }

  /** Bytes that it has room for. */
  get capacity(): number {
    return this.#bytes.length;
  }

  clear(): void {
    this.#length = 0;
  }

  add(chunk: Uint8Array): void {
    const end = this.#length + chunk.length;
    if (end > this.#bytes.length) {
      const bigger = Buffer.allocUnsafeSlow(Math.max(FIRST_CAPACITY, this.#bytes.length * 2, end));
      this.#bytes.copy(bigger, 0, 0, this.#length);
      this.#bytes = bigger;
    }
    this.#bytes.set(chunk, this.#length);
    this.#length = end;
  }

  /** The body, until `clear`. */
  filled(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }
}

/**
 * Reads a body to its end, decompressed, into `memory` or memory of its own. Throws `http_client.body_too_large` over `maxBytes`
 * decompressed bytes, before holding more.
 */
export async function readBody(
  body: Readable,
  encoding: string | string[] | undefined,
  maxBytes: number,
  memory?: BodyMemory,
): Promise<Uint8Array> {
  const decoder = decoderOf(encoding);
  const chunks: Uint8Array[] = [];
  let size = 0;
  memory?.clear();
  try {
    // pipeline hands errors and aborts of the connection on to the decoder; its own callback has nothing to add.
    const stream: Readable = decoder ? pipeline(body, decoder, () => undefined) : body;
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > maxBytes) throw httpClientError('http_client.body_too_large', `body size limit of ${maxBytes} bytes exceeded`);
      if (memory) memory.add(chunk);
      else chunks.push(chunk);
    }
  } catch (error) {
    body.destroy();
    if (isZlibError(error))
      throw httpClientError('http_client.bad_body', `the body is not valid ${String(encoding)}: ${messageOf(error)}`, error);
    throw error;
  }
  if (memory) return memory.filled();
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
