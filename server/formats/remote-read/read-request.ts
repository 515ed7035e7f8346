// prometheus.ReadRequest:
//   ReadRequest 1: queries…, 2: accepted response types…      Query        1: start, 2: end, 3: matchers…, 4: hints
//   ReadHints   3: start, 4: end (others only tell why)       LabelMatcher 1: type, 2: name, 3: value
import type { Matcher, MatchType } from '../../model/matcher.ts';
import { MessageCursor } from '../protobuf/message-cursor.ts';
import { BYTES, tagOf, VARINT } from '../protobuf/wire-reader.ts';
import { remoteReadError } from './errors.ts';

/** What is asked for; times in milliseconds, both ends included. */
export interface ReadQuery {
  readonly startMs: number;
  readonly endMs: number;
  readonly matchers: readonly Matcher[];
}

export interface ReadRequest {
  readonly queries: readonly ReadQuery[];
  /** Numbers of response types, the preferred one first. */
  readonly acceptedTypes: readonly number[];
}

const MATCH_TYPES: readonly MatchType[] = ['=', '!=', '=~', '!~'];

/** Reads a decompressed body. Throws AppError `remote_read.bad_protobuf`. */
export function readReadRequest(body: Uint8Array): ReadRequest {
  try {
    return readRequest(new MessageCursor(body), body.length);
  } catch (error) {
    throw remoteReadError('remote_read.bad_protobuf', error instanceof Error ? error.message : String(error), error);
  }
}

function readRequest(cursor: MessageCursor, end: number): ReadRequest {
  const queries: ReadQuery[] = [];
  const acceptedTypes: number[] = [];
  while (cursor.pos < end) {
    const tag = cursor.tag('ReadRequest');
    if (tag === tagOf(1, BYTES)) queries.push(readQuery(cursor, cursor.enter(end)));
    else if (tag === tagOf(2, VARINT)) acceptedTypes.push(cursor.uint32());
    else if (tag === tagOf(2, BYTES)) {
      const to = cursor.enter(end);
      while (cursor.pos < to) acceptedTypes.push(cursor.uint32());
    } else {
      if (tag >>> 3 === 1) cursor.expect(tag, tagOf(1, BYTES), 'Queries');
      cursor.skip(tag, end);
    }
  }
  return { queries, acceptedTypes };
}

function readQuery(cursor: MessageCursor, end: number): ReadQuery {
  const matchers: Matcher[] = [];
  let [startMs, endMs] = [0, 0];
  while (cursor.pos < end) {
    const tag = cursor.tag('Query');
    if (tag === tagOf(1, VARINT)) startMs = cursor.int64();
    else if (tag === tagOf(2, VARINT)) endMs = cursor.int64();
    else if (tag === tagOf(3, BYTES)) matchers.push(readMatcher(cursor, cursor.enter(end)));
    else cursor.skip(tag, end);
  }
  if (cursor.pos !== end) throw new Error('unexpected EOF');
  return { startMs, endMs, matchers };
}

function readMatcher(cursor: MessageCursor, end: number): Matcher {
  let [typeNumber, name, value] = [0, '', ''];
  const text = () => {
    const to = cursor.enter(end);
    const from = cursor.pos;
    cursor.pos = to;
    return cursor.text(from, to);
  };
  while (cursor.pos < end) {
    const tag = cursor.tag('LabelMatcher');
    if (tag === tagOf(1, VARINT)) typeNumber = cursor.uint32();
    else if (tag === tagOf(2, BYTES)) name = text();
    else if (tag === tagOf(3, BYTES)) value = text();
    else cursor.skip(tag, end);
  }
  const type = MATCH_TYPES[typeNumber];
  if (!type) throw new Error('invalid matcher type');
  return { type, name, value };
}
