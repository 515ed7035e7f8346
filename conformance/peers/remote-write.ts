// Just enough of the remote-write protocol 1.0 to feed a peer: protobuf by hand, snappy with literals only.

export interface WrittenSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly WrittenSample[];
}

export interface WrittenSample {
  readonly timestampMs: number;
  readonly value: number;
  /** Written as the stale marker, whatever the value. */
  readonly isStale?: boolean | undefined;
}

const SAMPLES_PER_REQUEST = 20_000;

/**
 * Writes the samples of all series in order of time. Series of one request are created in the given order, which is the order
 * in which Prometheus then selects them. Throws when the peer refuses any.
 */
export async function remoteWrite(url: string, series: readonly WrittenSeries[]): Promise<void> {
  const all = series.flatMap(({ samples }, index) => samples.map((sample) => ({ index, sample })));
  all.sort((a, b) => a.sample.timestampMs - b.sample.timestampMs);
  for (let from = 0; from < all.length; from += SAMPLES_PER_REQUEST) {
    const samplesOf = series.map((): WrittenSample[] => []);
    for (const { index, sample } of all.slice(from, from + SAMPLES_PER_REQUEST)) samplesOf[index]?.push(sample);
    const parts = series
      .map(({ labels }, index) => ({ labels, samples: samplesOf[index] ?? [] }))
      .filter(({ samples }) => samples.length > 0);
    const request = Buffer.concat(parts.map((part) => field(1, encodeSeries(part))));
    const response = await fetch(`${url}/api/v1/write`, {
      method: 'POST',
      body: snappyLiteral(request),
      headers: { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy', 'x-prometheus-remote-write-version': '0.1.0' },
    });
    if (!response.ok) throw new Error(`remote write was refused: ${response.status} ${await response.text()}`);
  }
}

function encodeSeries({ labels, samples }: WrittenSeries): Buffer {
  const names = Object.keys(labels).sort();
  const pairs = names.map((name) => field(1, Buffer.concat([field(1, Buffer.from(name)), field(2, Buffer.from(labels[name] ?? ''))])));
  return Buffer.concat([...pairs, ...samples.map((sample) => field(2, encodeSample(sample)))]);
}

function encodeSample({ timestampMs, value, isStale }: WrittenSample): Buffer {
  const bytes = Buffer.alloc(9);
  bytes[0] = (1 << 3) | 1;
  bytes.writeDoubleLE(value, 1);
  if (isStale) bytes.writeBigUInt64LE(0x7ff0000000000002n, 1);
  return Buffer.concat([bytes, Buffer.from([2 << 3]), varint(timestampMs)]);
}

function field(number: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(number << 3) | 2]), varint(content.length), content]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt(value);
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

/** A snappy block that compresses nothing: literals of up to 64 KiB. */
function snappyLiteral(content: Buffer): Buffer {
  const parts = [varint(content.length)];
  for (let from = 0; from < content.length; from += 65_536) {
    const chunk = content.subarray(from, from + 65_536);
    const length = chunk.length - 1;
    parts.push(Buffer.from([61 << 2, length & 255, length >> 8]), chunk);
  }
  return Buffer.concat(parts);
}
