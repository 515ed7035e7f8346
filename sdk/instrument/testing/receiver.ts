// A real HTTP server that takes what the tests' subjects send: OTLP traces as protobuf and Loki pushes as JSON. For tests in this
// repository only: the published package has neither this file nor its entry under a condition that others use.
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

/** A span as it came over the wire; ids in hexadecimal, empty `parentSpanId` at the root. */
export interface ReceivedSpan {
  readonly resource: Readonly<Record<string, unknown>>;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events: readonly { readonly name: string; readonly attributes: Readonly<Record<string, unknown>> }[];
  /** 0 unset, 1 ok, 2 error. */
  readonly status: { readonly code: number; readonly message: string };
}

/** One line of a Loki push. */
export interface ReceivedLine {
  readonly labels: Readonly<Record<string, string>>;
  readonly timestampNs: string;
  readonly line: string;
  readonly metadata: Readonly<Record<string, string>> | undefined;
}

export interface Receiver {
  readonly url: string;
  readonly spans: readonly ReceivedSpan[];
  readonly lines: readonly ReceivedLine[];
  readonly requests: readonly { readonly path: string; readonly headers: IncomingMessage['headers']; readonly status: number }[];
  /** What the next requests are answered with; 200 takes them. */
  status: number;
  /** Until resolved, requests wait. */
  gate: Promise<void>;
  close(): Promise<void>;
}

/** Starts a receiver on a free port, or on the one given. */
export async function startReceiver(port = 0): Promise<Receiver> {
  const spans: ReceivedSpan[] = [];
  const lines: ReceivedLine[] = [];
  const requests: { path: string; headers: IncomingMessage['headers']; status: number }[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      await receiver.gate;
      const raw = Buffer.concat(chunks);
      const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw;
      const { status } = receiver;
      requests.push({ path: request.url ?? '', headers: request.headers, status });
      if (status === 200 && request.url === '/v1/traces') spans.push(...decodeTraces(body));
      if (status === 200 && request.url?.endsWith('/loki/api/v1/push')) lines.push(...readPush(body));
      response.writeHead(status).end(status === 200 ? '' : 'not now');
    })();
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    lines,
    requests,
    status: 200,
    gate: Promise.resolve(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return receiver;
}

function readPush(body: Buffer): ReceivedLine[] {
  const { streams } = JSON.parse(body.toString()) as {
    streams: { stream: Record<string, string>; values: [string, string, Record<string, string>?][] }[];
  };
  return streams.flatMap(({ stream, values }) =>
    values.map(([timestampNs, line, metadata]) => ({ labels: stream, timestampNs, line, metadata })),
  );
}

/** Field number → every value of it: varints and fixed numbers as bigint, the rest as bytes. */
type Message = ReadonlyMap<number, readonly (bigint | Buffer)[]>;

function decode(bytes: Buffer): Message {
  const fields = new Map<number, (bigint | Buffer)[]>();
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++] ?? 0;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const size = { 1: 8, 5: 4 }[tag & 7] ?? ((tag & 7) === 2 ? Number(varint()) : 0);
    let value: bigint | Buffer;
    if ((tag & 7) === 0) value = varint();
    else {
      value = bytes.subarray(at, at + size);
      at += size;
    }
    fields.set(tag >> 3, [...(fields.get(tag >> 3) ?? []), value]);
  }
  return fields;
}

const all = (message: Message, field: number) => (message.get(field) ?? []).map((value) => decode(value as Buffer));
const hex = (message: Message, field: number) => ((message.get(field)?.[0] as Buffer | undefined) ?? Buffer.alloc(0)).toString('hex');
const text = (message: Message, field: number) => ((message.get(field)?.[0] as Buffer | undefined) ?? Buffer.alloc(0)).toString();
const int = (message: Message, field: number) => Number((message.get(field)?.[0] as bigint | undefined) ?? 0n);

function attributesOf(message: Message, field: number): Record<string, unknown> {
  return Object.fromEntries(
    all(message, field).map((pair) => {
      const value = all(pair, 2)[0] ?? new Map();
      if (value.has(1)) return [text(pair, 1), text(value, 1)];
      if (value.has(2)) return [text(pair, 1), int(value, 2) === 1];
      if (value.has(3)) return [text(pair, 1), int(value, 3)];
      return [text(pair, 1), (value.get(4)?.[0] as Buffer | undefined)?.readDoubleLE()];
    }),
  );
}

/** https://github.com/open-telemetry/opentelemetry-proto: ExportTraceServiceRequest. */
function decodeTraces(body: Buffer): ReceivedSpan[] {
  return all(decode(body), 1).flatMap((resourceSpans) => {
    const resource = all(resourceSpans, 1)[0];
    return all(resourceSpans, 2).flatMap((scopeSpans) =>
      all(scopeSpans, 2).map((span) => ({
        resource: resource ? attributesOf(resource, 1) : {},
        traceId: hex(span, 1),
        spanId: hex(span, 2),
        parentSpanId: hex(span, 4),
        name: text(span, 5),
        kind: int(span, 6),
        attributes: attributesOf(span, 9),
        events: all(span, 11).map((event) => ({ name: text(event, 2), attributes: attributesOf(event, 3) })),
        status: { code: int(all(span, 15)[0] ?? new Map(), 3), message: text(all(span, 15)[0] ?? new Map(), 2) },
      })),
    );
  });
}
