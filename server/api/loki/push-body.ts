// The bytes of a push → streams: what is around them (Content-Encoding, snappy), and which format they have.
import type { IncomingHttpHeaders } from 'node:http';
import { promisify } from 'node:util';
import { gunzip, inflate, inflateRaw } from 'node:zlib';
import { decodeLegacyPushJson, decodePushJson } from '../../formats/loki-push/decode-json.ts';
import { decodePushProtobuf } from '../../formats/loki-push/decode-protobuf.ts';
import { decodeInTurns } from '../../formats/loki-push/decoding.ts';
import type { LabelCache } from '../../formats/loki-push/label-cache.ts';
import type { PushBody } from '../../formats/loki-push/push-body.ts';
import { decompressSnappy } from '../../formats/snappy/snappy.ts';
import { messageOf } from '../../model/app-error.ts';
import { lokiError } from './errors.ts';

/** A push as it came. */
export interface RawPush {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Whether it came to /api/prom/push, whose JSON has another shape. */
  readonly isLegacy: boolean;
}

/** JSON is parsed in one piece, during which nothing else is done: about a third of a second for so much. */
const MAX_JSON_BYTES = 16 * 1024 * 1024;

const unzip = { gunzip: promisify(gunzip), inflate: promisify(inflate), inflateRaw: promisify(inflateRaw) };

/** JSON when the content type says so, else protobuf within snappy, as Loki decides it. Throws what the client is to be told. */
export async function readPush({ headers, body, isLegacy }: RawPush, maxBytes: number, cache: LabelCache): Promise<PushBody> {
  const bytes = await unpack(body, headers['content-encoding'] ?? '', maxBytes);
  const contentType = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (contentType === 'application/json') {
    if (bytes.length > MAX_JSON_BYTES)
      throw lokiError(
        'loki.too_large',
        `a push in JSON may have ${MAX_JSON_BYTES} bytes, this has ${bytes.length}; send smaller batches, or protobuf, which may have more`,
      );
    const text = bytes.toString('utf8');
    return decodeInTurns(isLegacy ? decodeLegacyPushJson(text, cache) : decodePushJson(text, cache));
  }
  if (bytes[0] === '{'.charCodeAt(0) && contentType !== 'application/x-protobuf')
    throw lokiError('loki.bad_request', `this looks like JSON, but the Content-Type is "${contentType}"; send application/json`);
  return decodeInTurns(decodePushProtobuf(await decompressSnappy(bytes, maxBytes), cache));
}

async function unpack(body: Buffer, encoding: string, maxBytes: number): Promise<Buffer> {
  const limit = { maxOutputLength: maxBytes };
  try {
    switch (encoding) {
      // Snappy belongs to the protobuf form; clients that name it here as well mean the same.
      case '':
      case 'identity':
      case 'snappy':
        return body;
      case 'gzip':
        return await unzip.gunzip(body, limit);
      case 'deflate':
        // Loki takes the bare format, HTTP means the one with a header.
        return await (hasZlibHeader(body) ? unzip.inflate(body, limit) : unzip.inflateRaw(body, limit));
    }
  } catch (error) {
    if (error instanceof RangeError) throw lokiError('loki.too_large', `the body has more than ${maxBytes} bytes once it is decompressed`);
    throw lokiError('loki.bad_request', `the body is not ${encoding}: ${messageOf(error)}`, error);
  }
  throw lokiError('loki.bad_request', `Content-Encoding "${encoding}" not supported; send gzip, deflate, snappy or none`);
}

function hasZlibHeader(body: Buffer): boolean {
  return body.length >= 2 && ((body[0] as number) & 0x0f) === 8 && body.readUInt16BE(0) % 31 === 0;
}
