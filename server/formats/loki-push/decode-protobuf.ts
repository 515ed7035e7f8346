// logproto.PushRequest (Loki, pkg/logproto/logproto.proto) → streams, by hand over the wire: one pass, nothing built in between.
//   PushRequest   1: streams…            Entry      1: timestamp {1: seconds, 2: nanos}, 2: line, 3: structured metadata…
//   Stream        1: labels, 2: entries… LabelPair  1: name, 2: value
import { AppError, messageOf } from '../../model/app-error.ts';
import { Labels } from '../../model/labels.ts';
import type { LogEntry, LogStream } from '../../model/log-entry.ts';
import { BYTES, tagOf, VARINT, WireReader } from '../protobuf/wire-reader.ts';
import { type Decoding, LINES_AT_ONCE } from './decoding.ts';
import { lokiPushError } from './errors.ts';
import type { LabelCache } from './label-cache.ts';
import type { UnreadableStream } from './push-body.ts';

const SECOND_NS = 1_000_000_000n;
// What 64 bits of nanoseconds can hold.
const MAX_SECONDS = 9_223_372_035n;

/** Reads the streams of a message. Throws AppError `loki_push.bad_protobuf` naming the place: `streams[0].entries[3]: …`. */
export function decodePushProtobuf(body: Uint8Array, cache: LabelCache): Decoding {
  return new PushDecoder(body, cache).decode();
}

class PushDecoder {
  readonly #reader: WireReader;
  readonly #cache: LabelCache;
  readonly #streams: LogStream[] = [];
  readonly #unreadable: UnreadableStream[] = [];
  #lines = 0;
  // Where we are, for messages.
  #streamAt = -1;
  #entryAt = -1;

  constructor(body: Uint8Array, cache: LabelCache) {
    this.#reader = new WireReader(body);
    this.#cache = cache;
  }

  *decode(): Decoding {
    const reader = this.#reader;
    try {
      while (reader.pos < reader.len) {
        const tag = reader.uint32();
        if (tag === tagOf(1, BYTES)) yield* this.#readStream(reader.enter(reader.len));
        else reader.skipField(tag, reader.len);
      }
    } catch (error) {
      throw lokiPushError('loki_push.bad_protobuf', `${this.#place()}: not a push request in protobuf: ${messageOf(error)}`, error);
    }
    return { streams: this.#streams, unreadable: this.#unreadable };
  }

  *#readStream(end: number): Generator<undefined, void> {
    const reader = this.#reader;
    this.#streamAt++;
    this.#entryAt = -1;
    let labels: Labels | AppError = Labels.EMPTY;
    const entries: LogEntry[] = [];
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (tag === tagOf(2, BYTES)) {
        entries.push(this.#readEntry(reader.enter(end)));
        if (++this.#lines % LINES_AT_ONCE === 0) yield;
      } else if (tag === tagOf(1, BYTES)) labels = this.#cache.ofText(reader.text(end));
      else reader.skipField(tag, end);
    }
    reader.leave(end);
    if (labels instanceof AppError) this.#unreadable.push({ message: labels.message, lines: entries.length });
    else this.#streams.push({ labels, entries });
  }

  #readEntry(end: number): LogEntry {
    const reader = this.#reader;
    this.#entryAt++;
    let timestampNs = 0n;
    let line = '';
    let metadata: (readonly [string, string])[] | undefined;
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (tag === tagOf(1, BYTES)) timestampNs = this.#readTimestamp(reader.enter(end));
      else if (tag === tagOf(2, BYTES)) line = reader.text(end);
      else if (tag === tagOf(3, BYTES)) {
        metadata ??= [];
        metadata.push(this.#readPair(reader.enter(end)));
      } else reader.skipField(tag, end);
    }
    reader.leave(end);
    return { timestampNs, line, metadata: metadata ? Labels.fromEntries(metadata) : Labels.EMPTY };
  }

  #readTimestamp(end: number): bigint {
    const reader = this.#reader;
    let seconds = 0n;
    let nanos = 0;
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (tag === tagOf(1, VARINT)) seconds = reader.bigInt64();
      else if (tag === tagOf(2, VARINT)) nanos = reader.int32();
      else reader.skipField(tag, end);
    }
    reader.leave(end);
    if (seconds > MAX_SECONDS || seconds < -MAX_SECONDS) throw new RangeError(`the time of ${seconds} s is out of range`);
    if (nanos < 0 || nanos > 999_999_999) throw new RangeError(`timestamp: nanos not in range [0, 1e9): ${nanos}`);
    return seconds * SECOND_NS + BigInt(nanos);
  }

  #readPair(end: number): readonly [string, string] {
    const reader = this.#reader;
    let name = '';
    let value = '';
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (tag === tagOf(1, BYTES)) name = reader.text(end);
      else if (tag === tagOf(2, BYTES)) value = reader.text(end);
      else reader.skipField(tag, end);
    }
    reader.leave(end);
    if (name === '') throw new Error('a label of the structured metadata has no name');
    return [name, value];
  }

  #place(): string {
    if (this.#streamAt < 0) return 'the body';
    const stream = `streams[${this.#streamAt}]`;
    return this.#entryAt < 0 ? stream : `${stream}.entries[${this.#entryAt}]`;
  }
}
