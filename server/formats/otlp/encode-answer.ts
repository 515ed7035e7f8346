import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { BYTES, tagOf, VARINT } from '../protobuf/wire-reader.ts';

/** The two encodings of OTLP over HTTP. */
export type OtlpEncoding = 'protobuf' | 'json';

/** Partial success in JSON names what was rejected. */
const REJECTED = { spans: 'rejectedSpans', logs: 'rejectedLogRecords', metrics: 'rejectedDataPoints' } as const;

/** Items of a request that were not stored, and why; the names of OTLP's partial success depend on the signal. */
export interface PartialSuccess {
  readonly signal: keyof typeof REJECTED;
  readonly rejected: number;
  readonly message: string;
}

/** The answer to an export request of any signal; empty when everything was stored. With a message and nothing rejected it is a warning. */
export function encodeExportAnswer({ signal, rejected, message }: PartialSuccess, encoding: OtlpEncoding): Uint8Array {
  if (encoding === 'json') {
    return Buffer.from(
      JSON.stringify(
        rejected === 0 && message === '' ? {} : { partialSuccess: { [REJECTED[signal]]: String(rejected), errorMessage: message } },
      ),
    );
  }
  if (rejected === 0 && message === '') return new Uint8Array();
  const writer = new BinaryWriter();
  writer.uint32(tagOf(1, BYTES)).fork();
  writer.uint32(tagOf(1, VARINT)).int64(rejected);
  writer.uint32(tagOf(2, BYTES)).string(message);
  return writer.join().finish();
}

/** google.rpc.Status, the body of every error. `code` is one of gRPC's. */
export function encodeStatus(code: number, message: string, encoding: OtlpEncoding): Uint8Array {
  if (encoding === 'json') return Buffer.from(JSON.stringify({ code, message }));
  return new BinaryWriter().uint32(tagOf(1, VARINT)).int32(code).uint32(tagOf(2, BYTES)).string(message).finish();
}
