import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { toGoJson } from '../../model/go-json.ts';

const JSON_TYPE = 'application/json; charset=UTF-8';
/** Longer answers leave in parts of about this length. */
const PART_LENGTH = 1024 * 1024;

/** Sends JSON in pieces as they are made: a short answer at once, a long one in parts, as fast as the client takes them. */
export function sendPieces(reply: FastifyReply, pieces: Iterable<string>): FastifyReply {
  reply.type(JSON_TYPE);
  const parts = inParts(pieces);
  const { value: first = '', done } = parts.next();
  if (done || first.length < PART_LENGTH) return reply.send(Buffer.from(first));
  return reply.send(Readable.from(withFirst(first, parts), { objectMode: false }));
}

/** `{"status":"success","data":…}` around a list of texts; Loki leaves an empty one out. */
export function sendTexts(reply: FastifyReply, texts: readonly string[]): FastifyReply {
  const data = texts.length === 0 ? '' : `,"data":${toGoJson(texts)}`;
  return sendPieces(reply, [`{"status":"success"${data}}\n`]);
}

function* inParts(pieces: Iterable<string>): Generator<string, undefined> {
  let part = '';
  for (const piece of pieces) {
    part += piece;
    if (part.length < PART_LENGTH) continue;
    yield part;
    part = '';
  }
  if (part !== '') yield part;
}

function* withFirst(first: string, rest: Iterable<string>): Generator<Buffer> {
  yield Buffer.from(first);
  for (const part of rest) yield Buffer.from(part);
}
