// ExportLogsServiceRequest (opentelemetry-proto, collector/logs/v1) → streams of lines, from protobuf and JSON.
import type { LogStream } from '../../model/log-entry.ts';
import type { AttributeValue } from '../../model/span.ts';
import { BYTES, FIXED32, FIXED64, tagOf, VARINT } from '../protobuf/wire-reader.ts';
import { readAnyValue, readId, readKeyValue } from './any-value-protobuf.ts';
import type { AttributeMap } from './attribute-map.ts';
import { type LevelNames, readExportRequest } from './export-request.ts';
import { inTurns, type Steps } from './in-turns.ts';
import { type JsonObject, JsonReader } from './json-reader.ts';
import { type LogRecord, LogStreams } from './log-record.ts';
import type { OtlpReader } from './otlp-reader.ts';

const LEVELS: LevelNames = ['resourceLogs', 'scopeLogs', 'logRecords'];
const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;
const SEVERITIES = [
  'UNSPECIFIED',
  ...['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'].flatMap((level) => [level, `${level}2`, `${level}3`, `${level}4`]),
].map((name) => `SEVERITY_NUMBER_${name}`);

/** The lines of a request in protobuf; records without a time are of `nowNs`. Rejects with AppError `otlp.bad_protobuf`. */
export function decodeLogs(body: Uint8Array, nowNs: bigint): Promise<LogStream[]> {
  return inTurns(readLogs(body, nowNs));
}

function* readLogs(body: Uint8Array, nowNs: bigint): Steps<LogStream[]> {
  const streams = new LogStreams(nowNs);
  yield* readExportRequest(body, LEVELS, (reader, end, context) => streams.add(readRecord(reader, end), context));
  return streams.streams();
}

/** As `decodeLogs`, from JSON. Throws AppError `otlp.bad_json`. */
export function decodeLogsJson(text: string, nowNs: bigint): LogStream[] {
  const streams = new LogStreams(nowNs);
  const reader = new JsonReader();
  reader.exportRequest(text, LEVELS, (record, context) => streams.add(recordOf(reader, record), context));
  return streams.streams();
}

function readRecord(reader: OtlpReader, end: number): LogRecord {
  let timeNs = 0n;
  let observedTimeNs = 0n;
  let severityNumber = 0;
  let severityText = '';
  let body: AttributeValue = '';
  let traceId = '';
  let spanId = '';
  let flags = 0;
  const attributes: AttributeMap = {};
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === tagOf(1, FIXED64)) timeNs = reader.bigUint64();
    else if (tag === tagOf(2, VARINT)) severityNumber = reader.int32();
    else if (tag === tagOf(3, BYTES)) severityText = reader.text(end);
    else if (tag === tagOf(5, BYTES)) body = readAnyValue(reader, reader.enter(end));
    else if (tag === tagOf(6, BYTES)) readKeyValue(reader, reader.enter(end), attributes);
    else if (tag === tagOf(8, FIXED32)) flags = reader.fixed32();
    else if (tag === tagOf(9, BYTES)) traceId = readId(reader, end, 'traceId', TRACE_ID_BYTES);
    else if (tag === tagOf(10, BYTES)) spanId = readId(reader, end, 'spanId', SPAN_ID_BYTES);
    else if (tag === tagOf(11, FIXED64)) observedTimeNs = reader.bigUint64();
    else reader.skipField(tag, end);
  }
  reader.leave(end);
  return { timeNs, observedTimeNs, severityNumber, severityText, body, attributes, traceId, spanId, flags };
}

function recordOf(reader: JsonReader, record: JsonObject): LogRecord {
  return {
    timeNs: reader.time(record, 'timeUnixNano', 'time_unix_nano'),
    observedTimeNs: reader.time(record, 'observedTimeUnixNano', 'observed_time_unix_nano'),
    severityNumber: reader.enum(record, 'severityNumber', 'severity_number', SEVERITIES),
    severityText: reader.text(record, 'severityText', 'severity_text'),
    body: reader.inside('body', () => reader.value(record.body)),
    attributes: reader.attributes(record),
    traceId: reader.id(record, 'traceId', 'trace_id', TRACE_ID_BYTES * 2),
    spanId: reader.id(record, 'spanId', 'span_id', SPAN_ID_BYTES * 2),
    flags: reader.enum(record, 'flags', 'flags', []),
  };
}
