// Feeds one side over remote write 1.0: protobuf by hand, snappy with literals only, so that a fault of ours is not on both sides.
import { type BucketSpan, CUSTOM_BUCKETS_SCHEMA, type FloatHistogram } from '../../server/model/histogram.ts';
import type { Sample, Series } from './data/series.ts';

const STALE_BITS = 0x7ff0000000000002n;
const SAMPLES_PER_REQUEST = 20_000;
const HINTS: readonly FloatHistogram['hint'][] = ['unknown', 'reset', 'not_reset', 'gauge'];

/**
 * Writes whole series after one another, in the order given. Where floats and histograms take turns in a series, each turn is a
 * request of its own, after everybody's turn before: the peer stores the floats of a request before its histograms. Throws when
 * anything is refused.
 */
export async function writeAll(url: string, series: readonly Series[]): Promise<void> {
  let turns = series.map(({ labels, samples }) => ({ labels, turns: turnsOf(samples) }));
  for (let turn = 0; turns.length > 0; turn++) {
    await writeTurn(
      url,
      turns.map(({ labels, turns: all }) => ({ labels, samples: all[turn] ?? [] })),
    );
    turns = turns.filter(({ turns: all }) => all.length > turn + 1);
  }
}

async function writeTurn(url: string, series: readonly Series[]): Promise<void> {
  for (let from = 0; from < series.length; ) {
    let until = from;
    for (let samples = 0; until < series.length && samples < SAMPLES_PER_REQUEST; until++) samples += series[until]?.samples.length ?? 0;
    await send(url, Buffer.concat(series.slice(from, until).map((one) => field(1, encodeSeries(one)))));
    from = until;
  }
}

async function send(url: string, message: Buffer): Promise<void> {
  const response = await fetch(`${url}/api/v1/write`, {
    method: 'POST',
    body: snappyLiteral(message),
    headers: { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy', 'x-prometheus-remote-write-version': '0.1.0' },
  });
  if (!response.ok) throw new Error(`${url} refused remote write: ${response.status} ${await response.text()}`);
}

function turnsOf(samples: readonly Sample[]): Sample[][] {
  const turns: Sample[][] = [];
  let last: boolean | undefined;
  for (const sample of samples) {
    const isHistogram = 'histogram' in sample || ('stale' in sample && sample.stale === 'histogram');
    if (isHistogram === last) turns.at(-1)?.push(sample);
    else turns.push([sample]);
    last = isHistogram;
  }
  return turns;
}

function encodeSeries({ labels, samples }: Series): Buffer {
  const names = Object.keys(labels)
    .filter((name) => labels[name] !== '')
    .sort();
  const pairs = names.map((name) => field(1, Buffer.concat([field(1, Buffer.from(name)), field(2, Buffer.from(labels[name] ?? ''))])));
  return Buffer.concat([...pairs, ...samples.map(encodeSample)]);
}

function encodeSample(sample: Sample): Buffer {
  const time = (number: number) => integer(number, BigInt(sample.timestampMs));
  if ('value' in sample) return field(2, Buffer.concat([double(1, sample.value), time(2)]));
  if ('histogram' in sample) return field(4, Buffer.concat([encodeHistogram(sample.histogram), time(15)]));
  const marker = (number: number) => {
    const bytes = double(number, 0);
    bytes.writeBigUInt64LE(STALE_BITS, 1);
    return bytes;
  };
  return sample.stale === 'float' ? field(2, Buffer.concat([marker(1), time(2)])) : field(4, Buffer.concat([marker(3), time(15)]));
}

function encodeHistogram(h: FloatHistogram): Buffer {
  const isWhole = [h.count, h.zeroCount, ...h.positiveBuckets, ...h.negativeBuckets].every((n) => Number.isSafeInteger(n) && n >= 0);
  const custom = h.schema === CUSTOM_BUCKETS_SCHEMA ? [doubles(16, h.customValues ?? [])] : [];
  const counts = (deltas: number, floats: number, buckets: Float64Array) =>
    isWhole
      ? packed(
          deltas,
          [...buckets].map((count, i) => zigzag(BigInt(count) - BigInt(i > 0 ? (buckets[i - 1] ?? 0) : 0))),
        )
      : doubles(floats, buckets);
  return Buffer.concat([
    isWhole ? integer(1, BigInt(h.count)) : double(2, h.count),
    double(3, h.sum),
    integer(4, zigzag(BigInt(h.schema))),
    double(5, h.zeroThreshold),
    isWhole ? integer(6, BigInt(h.zeroCount)) : double(7, h.zeroCount),
    ...h.negativeSpans.map((span) => field(8, encodeSpan(span))),
    counts(9, 10, h.negativeBuckets),
    ...h.positiveSpans.map((span) => field(11, encodeSpan(span))),
    counts(12, 13, h.positiveBuckets),
    integer(14, BigInt(HINTS.indexOf(h.hint))),
    ...custom,
  ]);
}

function encodeSpan({ offset, length }: BucketSpan): Buffer {
  return Buffer.concat([integer(1, zigzag(BigInt(offset))), integer(2, BigInt(length))]);
}

function zigzag(value: bigint): bigint {
  return value >= 0n ? value * 2n : -value * 2n - 1n;
}

function double(number: number, value: number): Buffer {
  const bytes = Buffer.alloc(9);
  bytes[0] = (number << 3) | 1;
  bytes.writeDoubleLE(value, 1);
  return bytes;
}

function doubles(number: number, values: Iterable<number>): Buffer {
  return field(number, Buffer.concat([...values].map((value) => double(1, value).subarray(1))));
}

function integer(number: number, value: bigint): Buffer {
  return Buffer.concat([varint(BigInt(number << 3)), varint(value)]);
}

function packed(number: number, values: readonly bigint[]): Buffer {
  return field(number, Buffer.concat(values.map(varint)));
}

function field(number: number, content: Buffer): Buffer {
  return Buffer.concat([varint(BigInt((number << 3) | 2)), varint(BigInt(content.length)), content]);
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

/** A snappy block that compresses nothing: literals of up to 64 KiB. */
function snappyLiteral(content: Buffer): Buffer {
  const parts = [varint(BigInt(content.length))];
  for (let from = 0; from < content.length; from += 65_536) {
    const chunk = content.subarray(from, from + 65_536);
    const length = chunk.length - 1;
    parts.push(Buffer.from([61 << 2, length & 255, length >> 8]), chunk);
  }
  return Buffer.concat(parts);
}
