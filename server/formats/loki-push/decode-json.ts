// Push bodies in JSON → streams. Two shapes: /loki/api/v1/push with "stream" and "values", and the older /api/prom/push with
// "labels" and "entries". As in Loki, unknown fields are ignored, and times and lines are strings.
import { toUSVString } from 'node:util';
import { AppError, messageOf } from '../../model/app-error.ts';
import { Labels } from '../../model/labels.ts';
import type { LogEntry, LogStream } from '../../model/log-entry.ts';
import { type Decoding, LINES_AT_ONCE } from './decoding.ts';
import { lokiPushError } from './errors.ts';
import type { LabelCache } from './label-cache.ts';
import type { UnreadableStream } from './push-body.ts';

const NANOSECONDS = /^-?\d{1,19}$/;
const MAX_INT64 = 2n ** 63n - 1n;
const RFC3339 = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?([Zz]|[+-]\d\d:\d\d)$/;

/** Reads the streams of a body. Throws AppError `loki_push.bad_json` naming the place: `streams[0].values[3][1]: …`. */
export function decodePushJson(text: string, cache: LabelCache): Decoding {
  return decode(text, (stream, at) => ({
    labels: cache.ofEntries(textEntries(stream.stream, () => `${at}.stream`)),
    items: listOf(stream.values, `${at}.values`),
    entryOf: (value, i) => entryOf(value, () => `${at}.values[${i}]`),
  }));
}

/** Reads the streams of a body in the shape of /api/prom/push. Throws AppError `loki_push.bad_json` naming the place. */
export function decodeLegacyPushJson(text: string, cache: LabelCache): Decoding {
  return decode(text, (stream, at) => {
    const { labels } = stream;
    if (typeof labels !== 'string') throw wrong(`${at}.labels`, 'text such as {app="api"}', labels);
    const items = listOf(stream.entries, `${at}.entries`);
    return { labels: cache.ofText(labels), items, entryOf: (entry, i) => legacyEntryOf(entry, `${at}.entries[${i}]`) };
  });
}

type JsonObject = Readonly<Record<string, unknown>>;

/** A stream of either shape. */
interface JsonStream {
  readonly labels: Labels | AppError;
  readonly items: readonly unknown[];
  readonly entryOf: (item: unknown, i: number) => LogEntry;
}

function* decode(text: string, read: (stream: JsonObject, at: string) => JsonStream): Decoding {
  const body = parse(text);
  if (!isObject(body)) throw wrong('the body', 'an object with "streams"', body);
  const streams: LogStream[] = [];
  const unreadable: UnreadableStream[] = [];
  let lines = 0;
  for (const [i, stream] of listOf(body.streams, 'streams').entries()) {
    const at = `streams[${i}]`;
    if (!isObject(stream)) throw wrong(at, 'an object', stream);
    const { labels, items, entryOf } = read(stream, at);
    const entries: LogEntry[] = [];
    for (const [k, item] of items.entries()) {
      entries.push(entryOf(item, k));
      if (++lines % LINES_AT_ONCE === 0) yield;
    }
    if (labels instanceof AppError) unreadable.push({ message: labels.message, lines: entries.length });
    else streams.push({ labels, entries });
  }
  return { streams, unreadable };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw lokiPushError('loki_push.bad_json', `the body is not JSON: ${messageOf(error)}`, error);
  }
}

function entryOf(value: unknown, at: () => string): LogEntry {
  if (!Array.isArray(value)) throw wrong(at(), 'a list of time and line', value);
  const [time, line, metadata] = value as readonly unknown[];
  if (typeof line !== 'string') throw wrong(`${at()}[1]`, 'the line as text', line);
  return {
    timestampNs: nanosecondsOf(time, at),
    line,
    metadata: metadata === undefined ? Labels.EMPTY : metadataOf(metadata, () => `${at()}[2]`),
  };
}

function nanosecondsOf(time: unknown, at: () => string): bigint {
  if (typeof time !== 'string' || !NANOSECONDS.test(time))
    throw wrong(`${at()}[0]`, 'nanoseconds since the epoch as text, such as "1700000000000000000"', time);
  const timestampNs = BigInt(time);
  if (timestampNs > MAX_INT64 || -timestampNs > MAX_INT64) throw wrong(`${at()}[0]`, 'a time that 64 bits can hold', time);
  return timestampNs;
}

function legacyEntryOf(entry: unknown, at: string): LogEntry {
  if (!isObject(entry)) throw wrong(at, 'an object with "ts" and "line"', entry);
  const { ts, line = '', structuredMetadata } = entry;
  if (typeof line !== 'string') throw wrong(`${at}.line`, 'text', line);
  const [, date, time, fraction = '', zone] = (typeof ts === 'string' && RFC3339.exec(ts)) || [];
  const seconds = Date.parse(`${date}T${time}${zone?.toUpperCase()}`) / 1000;
  if (Number.isNaN(seconds)) throw wrong(`${at}.ts`, 'a time such as "2024-05-01T10:00:00.123Z"', ts);
  const timestampNs = BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
  const metadata = structuredMetadata === undefined ? Labels.EMPTY : metadataOf(structuredMetadata, () => `${at}.structuredMetadata`);
  return { timestampNs, line, metadata };
}

function metadataOf(metadata: unknown, at: () => string): Labels {
  return Labels.fromEntries(textEntries(metadata, at));
}

function textEntries(object: unknown, at: () => string): readonly (readonly [string, string])[] {
  if (!isObject(object)) throw wrong(at(), 'an object with text values', object);
  const entries = Object.entries(object);
  return entries.map(([name, value]) => {
    if (typeof value !== 'string') throw wrong(`${at()}[${excerpt(JSON.stringify(name))}]`, 'text', value);
    return [toUSVString(name), toUSVString(value)];
  });
}

function listOf(value: unknown, at: string): readonly unknown[] {
  // Go reads null and an absent field as an empty list.
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw wrong(at, 'a list', value);
  return value;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function wrong(place: string, wanted: string, value: unknown): AppError {
  const kind = Array.isArray(value) ? 'a list' : value === null ? 'null' : typeof value === 'object' ? 'an object' : undefined;
  const got = kind ?? (value === undefined ? 'nothing' : excerpt(JSON.stringify(value)));
  return lokiPushError('loki_push.bad_json', `${place}: want ${wanted}, got ${got}`);
}

function excerpt(json: string): string {
  return json.length > 100 ? `${json.slice(0, 100)}…` : json;
}
