import type { FastifyReply } from 'fastify';
import { toGoJson } from '../../model/go-json.ts';

/** What is told beside the data. */
export interface Annotations {
  readonly warnings?: readonly string[];
  readonly infos?: readonly string[];
}

/** Upstream's warning of an answer that `limit` cut. */
export const TRUNCATED = 'results truncated due to limit';

/** `{"status":"success","data":…}` around data that is JSON already; bytes of the engine are not looked at. */
export function sendData(reply: FastifyReply, dataJson: string | Uint8Array, annotations: Annotations = {}): FastifyReply {
  const { warnings = [], infos = [] } = annotations;
  const head = '{"status":"success","data":';
  let tail = '';
  if (warnings.length > 0) tail += `,"warnings":${toGoJson(warnings)}`;
  if (infos.length > 0) tail += `,"infos":${toGoJson(infos)}`;
  tail += '}';
  const body =
    typeof dataJson === 'string' ? Buffer.from(head + dataJson + tail) : Buffer.concat([Buffer.from(head), dataJson, Buffer.from(tail)]);
  return reply.type('application/json').send(body);
}
