// Push bodies as clients write them, for tests: protobuf with the library's writer, snappy with the library's encoder.
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { compressSync } from 'snappy';

/** One line as it is to be pushed. */
export interface TestLine {
  readonly timestampNs: bigint;
  readonly line: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A stream as it is to be pushed. */
export interface TestStream {
  readonly labels: string;
  readonly entries: readonly TestLine[];
}

/** logproto.PushRequest, with an unknown field in each message. */
export function encodePush(streams: readonly TestStream[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const { labels, entries } of streams) {
    writer.tag(1, 2).fork();
    writer.tag(1, 2).string(labels);
    writer.tag(3, 0).uint64(12_345_678_901n);
    for (const entry of entries) writeEntry(writer, entry);
    writer.join();
  }
  writer.tag(15, 2).string('unknown');
  return writer.finish();
}

function writeEntry(writer: BinaryWriter, { timestampNs, line, metadata = {} }: TestLine): void {
  const nanos = ((timestampNs % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  writer.tag(2, 2).fork();
  writer
    .tag(1, 2)
    .fork()
    .tag(1, 0)
    .int64((timestampNs - nanos) / 1_000_000_000n)
    .tag(2, 0)
    .int32(Number(nanos))
    .join();
  writer.tag(2, 2).string(line);
  for (const [name, value] of Object.entries(metadata)) writer.tag(3, 2).fork().tag(1, 2).string(name).tag(2, 2).string(value).join();
  writer.tag(9, 5).fixed32(7);
  writer.join();
}

/** The body of POST /loki/api/v1/push. */
export function encodeSnappyPush(streams: readonly TestStream[]): Buffer {
  return compressSync(Buffer.from(encodePush(streams)));
}
