// Steady writers of log lines and spans over HTTP, as services and collectors send them, for tests of load and of kills.
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { sleep } from './lab.ts';

const MESSAGES = ['prediction served', 'cache hit for feature set', 'slow prediction, queue is growing', 'upstream timeout after 5000ms'];
const LEVELS = ['info', 'debug', 'warn', 'error'];

/** What one writer has sent. */
export interface Sent {
  /** Lines or spans that were acknowledged. */
  acked: number;
  /** Requests that were refused or broke. */
  failed: number;
  /** Milliseconds from request to acknowledgement. */
  readonly ackMs: number[];
}

interface Writer {
  /** Items of each request, requests a second. */
  readonly batch: number;
  readonly perSecond: number;
  /** Until then. */
  readonly untilMs: number;
}

/** A log line of about 250 bytes, as an inference service writes it. `n` makes it unique. */
export function jsonLine(n: number): string {
  const level = LEVELS[n % 20 === 0 ? 3 : n % 7 === 0 ? 2 : 0] as string;
  const fields = { level, service: `svc-${n % 10}`, msg: MESSAGES[n % 4], latency_ms: (n * 37) % 900, status: n % 20 === 0 ? 500 : 200, n };
  return JSON.stringify({ ...fields, user_id: `u-${n % 200_000}`, trace_id: randomBytes(16).toString('hex'), path: '/v1/predict' });
}

/** Sends lines to Loki's push API at a steady rate; line n has the number n within its writer. */
export async function writeLines(url: string, name: string, { batch, perSecond, untilMs }: Writer): Promise<Sent> {
  let n = 0;
  return steadily(perSecond, untilMs, batch, () => {
    const streams = Array.from({ length: 10 }, (_, i) => ({
      stream: { app: 'load', writer: name, pod: `pod-${i}` },
      values: [] as [string, string][],
    }));
    const startNs = BigInt(Date.now()) * 1_000_000n;
    for (let i = 0; i < batch; i++, n++) streams[n % 10]?.values.push([`${startNs + BigInt(i)}`, jsonLine(n)]);
    return post(`${url}/loki/api/v1/push`, JSON.stringify({ streams }), false);
  });
}

/** Sends traces of five spans to OTLP's HTTP endpoint at a steady rate; span n has the attribute `n` = n. */
export async function writeSpans(url: string, name: string, { batch, perSecond, untilMs }: Writer): Promise<Sent> {
  let n = 0;
  return steadily(perSecond, untilMs, batch, () => {
    const spans = [];
    for (let i = 0; i < batch; i += 5) {
      const traceId = randomBytes(16).toString('hex');
      const rootId = randomBytes(8).toString('hex');
      for (let k = 0; k < 5 && i + k < batch; k++) spans.push(spanOf(n++, traceId, rootId, k));
    }
    const resource = { attributes: [text('service.name', name), text('k8s.pod.name', `${name}-pod`)] };
    return post(
      `${url}/v1/traces`,
      JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'load' }, spans }] }] }),
      true,
    );
  });
}

const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });

function spanOf(n: number, traceId: string, rootId: string, k: number) {
  const startMs = Date.now() - 50 + k;
  return {
    traceId,
    spanId: k === 0 ? rootId : randomBytes(8).toString('hex'),
    ...(k > 0 && { parentSpanId: rootId }),
    name: k === 0 ? 'POST /v1/predict' : `step ${k}`,
    kind: k === 0 ? 2 : 1,
    startTimeUnixNano: `${BigInt(startMs) * 1_000_000n}`,
    endTimeUnixNano: `${BigInt(startMs + 40 - k) * 1_000_000n}`,
    attributes: [text('http.route', '/v1/predict'), text('user.id', `u-${n % 10_000}`), { key: 'n', value: { intValue: `${n}` } }],
    status: { code: n % 50 === 0 ? 2 : 1 },
  };
}

/** Requests of one writer that may be on their way at once, as collectors have it. */
const MAX_IN_FLIGHT = 20;

/** Sends on time, not one after the other: how long an acknowledgement takes must not decide how much is sent. */
async function steadily(perSecond: number, untilMs: number, batch: number, send: () => Promise<boolean>): Promise<Sent> {
  const sent: Sent = { acked: 0, failed: 0, ackMs: [] };
  const inFlight = new Set<Promise<void>>();
  const startMs = Date.now();
  const sendOne = async () => {
    const sentAtMs = performance.now();
    if (await send()) {
      sent.acked += batch;
      sent.ackMs.push(performance.now() - sentAtMs);
    } else sent.failed++;
  };
  for (let request = 0; ; request++) {
    const dueMs = startMs + (1000 * request) / perSecond;
    if (dueMs >= untilMs || Date.now() >= untilMs) break;
    if (dueMs > Date.now()) await sleep(dueMs - Date.now());
    while (inFlight.size >= MAX_IN_FLIGHT) await Promise.race(inFlight);
    const running = sendOne().finally(() => inFlight.delete(running));
    inFlight.add(running);
  }
  await Promise.all(inFlight);
  return sent;
}

async function post(url: string, body: string, isZipped: boolean): Promise<boolean> {
  const headers = { 'content-type': 'application/json', ...(isZipped && { 'content-encoding': 'gzip' }) };
  try {
    const answer = await fetch(url, { method: 'POST', headers, body: isZipped ? gzipSync(body, { level: 1 }) : body });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    // The server was killed while it read or answered: nothing was acknowledged.
    return false;
  }
}
