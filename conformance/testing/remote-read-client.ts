// A client of remote read for tests, for this server and for the real Prometheus alike.
import { compressSync } from 'snappy';

export interface ReadAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

/** Sends a request, compressed. */
export function postRead(url: string, message: Uint8Array, headers: Readonly<Record<string, string>> = {}): Promise<ReadAnswer> {
  return postReadBlock(url, compressSync(message), headers);
}

/** Sends bytes as they are. */
export async function postReadBlock(url: string, block: Uint8Array, headers: Readonly<Record<string, string>> = {}): Promise<ReadAnswer> {
  const all = {
    'content-type': 'application/x-protobuf',
    'content-encoding': 'snappy',
    'x-prometheus-remote-read-version': '0.1.0',
    ...headers,
  };
  const sent = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
  const response = await fetch(`${url}/api/v1/read`, { method: 'POST', body: Buffer.from(block), headers: sent });
  return { status: response.status, headers: response.headers, body: Buffer.from(await response.arrayBuffer()) };
}
