// A sender of remote write 1.0 and 2.0 for tests, for this server and for the real Prometheus alike.
import { compressSync } from 'snappy';
import { encodeWrite, isWhole, type WrittenSample, type WrittenSeries } from '../../server/formats/remote-write/testing/encode.ts';
import type { WriteProtocol } from '../../server/formats/remote-write/write-request.ts';

export type { WrittenSample, WrittenSeries } from '../../server/formats/remote-write/testing/encode.ts';

export interface WriteOptions {
  /** Default 1.0. */
  readonly protocol?: WriteProtocol | undefined;
  /** Samples of one request. Default 20,000. */
  readonly samplesPerRequest?: number | undefined;
}

/** What was answered. */
export interface WriteAnswer {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

const CONTENT_TYPES: Readonly<Record<WriteProtocol, string>> = {
  '1.0': 'application/x-protobuf',
  '2.0': 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
};
const VERSIONS: Readonly<Record<WriteProtocol, string>> = { '1.0': '0.1.0', '2.0': '2.0.0' };
const SAMPLES_PER_REQUEST = 20_000;

/**
 * Writes the samples of all series in order of time; `url` is that of the server, without a path. Series of one request are created in
 * the given order. Throws when anything is refused. (A Prometheus 3.5 takes histograms with `--enable-feature=native-histograms`.)
 */
export async function writeSamples(url: string, series: readonly WrittenSeries[], options: WriteOptions = {}): Promise<void> {
  const { protocol = '1.0', samplesPerRequest = SAMPLES_PER_REQUEST } = options;
  const requests = requestsOf(series, samplesPerRequest);
  for (const [i, samplesOf] of requests.entries()) {
    // Exemplars and metadata go with the last request, when all series exist.
    const isLast = i === requests.length - 1;
    const parts = series
      .map((one, index) => ({ ...one, samples: samplesOf[index], exemplars: isLast ? one.exemplars : undefined }))
      .filter(({ samples, exemplars, metadata }) => samples || exemplars || (isLast && metadata));
    const { status, text } = await postWrite(url, encodeWrite(parts, protocol), protocol);
    if (status !== 200 && status !== 204) throw new Error(`remote write was refused: ${status} ${text}`);
  }
}

/**
 * The samples of each series, request by request. No request has samples of several kinds for one series: Prometheus stores all floats of
 * a request before its histograms, and integer ones before the others, and drops in silence what is then out of order.
 */
function requestsOf(series: readonly WrittenSeries[], samplesPerRequest: number): WrittenSample[][][] {
  const all = series.flatMap(({ samples = [] }, index) => samples.map((sample) => ({ index, sample })));
  all.sort((a, b) => a.sample.timestampMs - b.sample.timestampMs);
  let samplesOf: WrittenSample[][] = [];
  const requests = [samplesOf];
  let count = 0;
  for (const { index, sample } of all) {
    const own = samplesOf[index];
    if (count >= samplesPerRequest || (own?.[0] && kindOf(own[0]) !== kindOf(sample))) {
      samplesOf = [];
      requests.push(samplesOf);
      count = 0;
    }
    const samples = samplesOf[index] ?? [];
    samples.push(sample);
    samplesOf[index] = samples;
    count++;
  }
  return requests;
}

function kindOf(sample: WrittenSample): 'float' | 'histogram' | 'float histogram' {
  if (!sample.histogram) return 'float';
  return isWhole(sample, sample.histogram) ? 'histogram' : 'float histogram';
}

/** Sends one message, compressed, whatever is in it. `headers` replace or (when '') remove those that a sender sends. */
export async function postWrite(
  url: string,
  message: Uint8Array,
  protocol: WriteProtocol = '1.0',
  headers: Readonly<Record<string, string>> = {},
): Promise<WriteAnswer> {
  return postBlock(url, compressSync(message), protocol, headers);
}

/** As `postWrite` for bytes that are sent as they are. */
export async function postBlock(
  url: string,
  block: Uint8Array,
  protocol: WriteProtocol = '1.0',
  headers: Readonly<Record<string, string>> = {},
): Promise<WriteAnswer> {
  const all = {
    'content-type': CONTENT_TYPES[protocol],
    'content-encoding': 'snappy',
    'x-prometheus-remote-write-version': VERSIONS[protocol],
    ...headers,
  };
  const sent = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
  const response = await fetch(`${url}/api/v1/write`, { method: 'POST', body: Buffer.from(block), headers: sent });
  return { status: response.status, text: await response.text(), headers: response.headers };
}
