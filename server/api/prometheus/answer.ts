import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { toGoJson } from '../../model/go-json.ts';
import type { EncodedResult } from '../../promql/query.ts';

/** What is told beside the data. */
export interface Annotations {
  readonly warnings?: readonly string[];
  readonly infos?: readonly string[];
}

/** Upstream's warning of an answer that `limit` cut. */
export const TRUNCATED = 'results truncated due to limit';

/** `{"status":"success","data":…}` around data that is JSON already. */
export function sendData(reply: FastifyReply, dataJson: string | Buffer, annotations: Annotations = {}): FastifyReply {
  const { head, tail } = envelope(annotations);
  const body =
    typeof dataJson === 'string' ? Buffer.from(head + dataJson + tail) : Buffer.concat([Buffer.from(head), dataJson, Buffer.from(tail)]);
  return reply.type('application/json').send(body);
}

/** As sendData for pieces that have their memory for themselves: where there is room around them, they are not copied. */
export function sendOwnData(reply: FastifyReply, { dataJson, release, ...annotations }: EncodedResult): FastifyReply {
  const { head, tail } = envelope(annotations);
  // Everything is with the system then, or was compressed.
  reply.raw.once('finish', release);
  reply.type('application/json');
  const [only, ...others] = dataJson;
  if (only && others.length === 0) return reply.serializer(asItIs).send(around(only, Buffer.from(head), Buffer.from(tail)));
  const pieces = dataJson.map((piece, i) =>
    around(piece, Buffer.from(i === 0 ? head : ''), Buffer.from(i === dataJson.length - 1 ? tail : '')),
  );
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  return reply.header('content-length', length).send(Readable.from(pieces, { objectMode: false }));
}

/** Of memory that threads share the framework would make a text of numbers. Should sending fail, it is an error's body instead. */
function asItIs(body: unknown): string {
  return Buffer.isBuffer(body) ? (body as unknown as string) : JSON.stringify(body);
}

function envelope({ warnings = [], infos = [] }: Annotations): { head: string; tail: string } {
  const head = '{"status":"success","data":';
  let tail = '';
  if (warnings.length > 0) tail += `,"warnings":${toGoJson(warnings)}`;
  if (infos.length > 0) tail += `,"infos":${toGoJson(infos)}`;
  tail += '}';
  return { head, tail };
}

function around(bytes: Uint8Array, before: Buffer, behind: Buffer): Buffer {
  const start = bytes.byteOffset - before.length;
  const end = bytes.byteOffset + bytes.length;
  if (start < 0 || end + behind.length > bytes.buffer.byteLength) return Buffer.concat([before, bytes, behind]);
  const whole = Buffer.from(bytes.buffer, start, before.length + bytes.length + behind.length);
  whole.set(before);
  whole.set(behind, before.length + bytes.length);
  return whole;
}
