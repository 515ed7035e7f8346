// A peer of remote write for tests: it keeps what it takes, and answers as the test wants.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SampleColumns } from '../../formats/remote-write/sample-columns.ts';
import { readLabels } from '../../formats/remote-write/series-labels.ts';
import type { WriteRequest, WrittenMetadata } from '../../formats/remote-write/write-request.ts';
import { readWriteRequest } from '../../formats/remote-write/write-request-v1.ts';
import { readRequestV2 } from '../../formats/remote-write/write-request-v2.ts';
import { decompressSnappy } from '../../formats/snappy/snappy.ts';
import { isStaleAt } from '../../model/stale.ts';

/** What a peer answers. */
export interface PeerAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly text?: string;
  /** Whether it keeps what was sent whatever it answers. */
  readonly keeps?: boolean;
  /** Never answers. */
  readonly hangs?: boolean;
  /** Says nothing of what it has written, as a peer that knows only 1.0. */
  readonly isSilent?: boolean;
}

export interface Peer {
  readonly url: string;
  /** `time value` of what was taken of each series, in order of arrival; histograms and exemplars as texts of their own. */
  readonly series: ReadonlyMap<string, string[]>;
  readonly families: readonly WrittenMetadata[];
  /** What 2.0 says beside series, by series. */
  readonly metadata: ReadonlyMap<string, string>;
  /** Headers of the requests, in order. */
  readonly requests: readonly IncomingMessage['headers'][];
  /** Most requests at the same time. */
  readonly mostAtOnce: number;
  /** How many samples, histograms and exemplars were taken. */
  readonly taken: number;
  /** Refuses a whole request for one sample that is older than what its series has, as Prometheus does with 1.0. */
  isStrict: boolean;
  answer: (requests: number) => PeerAnswer | Promise<PeerAnswer>;
  close(): Promise<void>;
}

interface Counts {
  samples: number;
  histograms: number;
  exemplars: number;
}

/** Starts a peer on a free port that takes everything until `answer` is set. */
export async function startPeer(port = 0): Promise<Peer> {
  const peer = new TestPeer();
  await peer.listen(port);
  return peer;
}

class TestPeer implements Peer {
  readonly series = new Map<string, string[]>();
  readonly families: WrittenMetadata[] = [];
  readonly metadata = new Map<string, string>();
  readonly requests: IncomingMessage['headers'][] = [];
  mostAtOnce = 0;
  taken = 0;
  isStrict = false;
  answer: Peer['answer'] = () => ({ status: 204 });
  #underWay = 0;
  readonly #server = createServer((request, response) => void this.#handle(request, response));

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/api/v1/write`;
  }

  listen(port: number): Promise<void> {
    return new Promise((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.closeAllConnections();
      this.#server.close(() => resolve());
    });
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#underWay++;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#underWay);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    this.requests.push(request.headers);
    const {
      status,
      headers = {},
      text = '',
      keeps = status < 300,
      isSilent = false,
      hangs = false,
    } = await this.answer(this.requests.length);
    const isV2 = request.headers['content-type']?.includes('v2.Request') ?? false;
    const counts: Counts = { samples: 0, histograms: 0, exemplars: 0 };
    const body = await decompressSnappy(Buffer.concat(chunks), 1 << 26);
    const read = () => (isV2 ? readRequestV2(body, { withTypeAndUnit: false }) : readWriteRequest(body));
    if (keeps && this.isStrict && this.#isKnown(read())) {
      response.writeHead(400).end('out of order sample');
      return;
    }
    if (keeps) this.#keep(read(), counts);
    if (hangs) return;
    const written = Object.entries(counts).map(([name, count]) => [`x-prometheus-remote-write-${name}-written`, String(count)] as const);
    response.writeHead(status, { ...(isV2 && !isSilent && Object.fromEntries(written)), ...headers }).end(text);
    this.#underWay--;
  }

  #isKnown(request: WriteRequest): boolean {
    const columns = new SampleColumns();
    while (request.next()) {
      const last = this.series.get(readLabels(request.labelBytes).labels.toString())?.at(-1);
      const lastMs = last === undefined ? Number.NEGATIVE_INFINITY : Number(last.split(' ')[0]);
      while (request.readSamples(columns))
        for (let i = 0; i < columns.count; i++) if ((columns.timesMs[i] as number) <= lastMs) return true;
    }
    return false;
  }

  #keep(request: WriteRequest, counts: Counts): void {
    const columns = new SampleColumns();
    while (request.next()) {
      const key = readLabels(request.labelBytes).labels.toString();
      const samples = this.series.get(key) ?? [];
      this.series.set(key, samples);
      while (request.readSamples(columns))
        for (let i = 0; i < columns.count; i++) {
          counts.samples++;
          samples.push(`${columns.timesMs[i]} ${isStaleAt(columns.bits, i) ? 'stale' : columns.values[i]}`);
        }
      for (const { timestampMs, histogram } of request.histograms()) {
        counts.histograms++;
        samples.push(`${timestampMs} histogram of ${histogram.count}`);
      }
      for (const exemplar of request.exemplars()) {
        counts.exemplars++;
        samples.push(typeof exemplar === 'string' ? exemplar : `${exemplar.timestampMs} # ${exemplar.labels} ${exemplar.value}`);
      }
      const metadata = request.metadata();
      if (metadata) this.metadata.set(key, `${metadata.type}: ${metadata.help}`);
    }
    this.families.push(...request.families());
    this.taken += counts.samples + counts.histograms + counts.exemplars;
  }
}
