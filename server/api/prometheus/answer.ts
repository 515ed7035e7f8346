import type { FastifyReply } from 'fastify';
import { toGoJson } from '../../model/go-json.ts';

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

/** As sendData for bytes that have their memory for themselves: where there is room around them, they are not copied. */
export function sendOwnData(reply: FastifyReply, dataJson: Uint8Array, annotations: Annotations = {}): FastifyReply {
  const { head, tail } = envelope(annotations);
  return reply.type('application/json').send(around(dataJson, Buffer.from(head), Buffer.from(tail)));
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
