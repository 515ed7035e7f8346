// Requests and answers of remote read for tests. Decoded by hand, apart from the product's own code.
import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
import { uncompressSync } from 'snappy';

export interface ReadMatcher {
  readonly type: '=' | '!=' | '=~' | '!~';
  readonly name: string;
  readonly value: string;
}

export interface ReadQuery {
  readonly startMs: number;
  readonly endMs: number;
  readonly matchers: readonly ReadMatcher[];
  /** Only its span of time is ever sent. */
  readonly hints?: { readonly startMs: number; readonly endMs: number } | undefined;
}

export type ResponseType = 'samples' | 'chunks';

/** A chunk as it is sent. */
export interface ReadChunk {
  readonly minMs: number;
  readonly maxMs: number;
  /** 1: XOR, 2: histogram, 3: float histogram. */
  readonly encoding: number;
  readonly data: Uint8Array;
}

/** One series of an answer in chunks, as one frame has it. */
export interface ChunkedSeries {
  readonly queryIndex: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly chunks: readonly ReadChunk[];
  /** Bytes of the frame it came in. */
  readonly frameBytes: number;
}

/** One series of an answer in samples; histograms stay as the bytes of their messages. */
export interface SampledSeries {
  readonly queryIndex: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly { readonly timestampMs: number; readonly value: number; readonly isStale: boolean }[];
  readonly histograms: readonly Uint8Array[];
}

const MATCHER_TYPES: readonly string[] = ['=', '!=', '=~', '!~'];
const VARINT = 0;
const BYTES = 2;
const STALE_BITS = 0x7ff0000000000002n;

/** prometheus.ReadRequest; `accepted` in order of preference, numbers for types that do not exist. */
export function encodeReadRequest(queries: readonly ReadQuery[], accepted: readonly (ResponseType | number)[] = []): Uint8Array {
  const writer = new BinaryWriter();
  for (const { startMs, endMs, matchers, hints } of queries) {
    writer.tag(1, BYTES).fork().tag(1, VARINT).int64(startMs).tag(2, VARINT).int64(endMs);
    for (const { type, name, value } of matchers)
      writer
        .tag(3, BYTES)
        .fork()
        .tag(1, VARINT)
        .int32(MATCHER_TYPES.indexOf(type))
        .tag(2, BYTES)
        .string(name)
        .tag(3, BYTES)
        .string(value)
        .join();
    if (hints) writer.tag(4, BYTES).fork().tag(3, VARINT).int64(hints.startMs).tag(4, VARINT).int64(hints.endMs).join();
    writer.join();
  }
  if (accepted.length > 0) {
    writer.tag(2, BYTES).fork();
    for (const type of accepted) writer.int32(type === 'samples' ? 0 : type === 'chunks' ? 1 : type);
    writer.join();
  }
  return writer.finish();
}

/** The series of an answer in samples, query by query. */
export function decodeSampled(body: Buffer): SampledSeries[] {
  const found: SampledSeries[] = [];
  let queryIndex = 0;
  forEachField(uncompressSync(body) as Buffer, {
    1: (result) => {
      const index = queryIndex++;
      forEachField(result.bytes(), { 1: (series) => found.push({ queryIndex: index, ...decodeSeries(series.bytes()) }) });
    },
  });
  return found;
}

/** The series of an answer in chunks, frame by frame. Throws when a checksum is wrong. */
export function decodeChunked(body: Buffer): ChunkedSeries[] {
  const found: ChunkedSeries[] = [];
  for (let at = 0; at < body.length; ) {
    const head = new BinaryReader(body.subarray(at));
    const length = head.uint32();
    const dataAt = at + head.pos + 4;
    const data = body.subarray(dataAt, dataAt + length);
    if (data.length !== length) throw new Error(`a frame of ${length} bytes has ${data.length}`);
    if (body.readUInt32BE(at + head.pos) !== castagnoli(data)) throw new Error('the checksum of a frame is wrong');
    found.push(...decodeFrame(data));
    at = dataAt + length;
  }
  return found;
}

function decodeFrame(data: Buffer): ChunkedSeries[] {
  const series: Omit<ChunkedSeries, 'queryIndex'>[] = [];
  let queryIndex = 0;
  forEachField(data, {
    1: (reader) => {
      const labels: Record<string, string> = {};
      const chunks: ReadChunk[] = [];
      forEachField(reader.bytes(), {
        1: (label) => addLabel(labels, label.bytes()),
        2: (chunk) => chunks.push(decodeChunk(chunk.bytes())),
      });
      series.push({ labels, chunks, frameBytes: data.length });
    },
    2: (reader) => {
      queryIndex = Number(reader.int64());
    },
  });
  return series.map((one) => ({ ...one, queryIndex }));
}

function decodeChunk(bytes: Uint8Array): ReadChunk {
  let [minMs, maxMs, encoding, data] = [0, 0, 0, new Uint8Array()];
  forEachField(bytes, {
    1: (reader) => {
      minMs = Number(reader.int64());
    },
    2: (reader) => {
      maxMs = Number(reader.int64());
    },
    3: (reader) => {
      encoding = reader.int32();
    },
    4: (reader) => {
      data = Uint8Array.from(reader.bytes());
    },
  });
  return { minMs, maxMs, encoding, data };
}

function decodeSeries(bytes: Uint8Array): Omit<SampledSeries, 'queryIndex'> {
  const labels: Record<string, string> = {};
  const samples: { timestampMs: number; value: number; isStale: boolean }[] = [];
  const histograms: Uint8Array[] = [];
  forEachField(bytes, {
    1: (label) => addLabel(labels, label.bytes()),
    2: (reader) => {
      let [timestampMs, bits] = [0, 0n];
      forEachField(reader.bytes(), {
        1: (value) => {
          bits = BigInt(value.fixed64());
        },
        2: (time) => {
          timestampMs = Number(time.int64());
        },
      });
      samples.push({ timestampMs, value: Buffer.from(BigUint64Array.of(bits).buffer).readDoubleLE(), isStale: bits === STALE_BITS });
    },
    4: (reader) => histograms.push(Uint8Array.from(reader.bytes())),
  });
  return { labels, samples, histograms };
}

function addLabel(labels: Record<string, string>, bytes: Uint8Array): void {
  let [name, value] = ['', ''];
  forEachField(bytes, {
    1: (reader) => {
      name = reader.string();
    },
    2: (reader) => {
      value = reader.string();
    },
  });
  labels[name] = value;
}

type FieldReader = (reader: BinaryReader) => unknown;

function forEachField(bytes: Uint8Array, read: Readonly<Record<number, FieldReader>>): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (read[field]) read[field](reader);
    else reader.skip(wireType, field);
  }
}

/** CRC-32 of Castagnoli's polynomial, bit by bit. */
function castagnoli(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
