// Writers of all three signals to a running server, each sending its next request when the last one is acknowledged: what was acknowledged
// before some moment is known exactly.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeSamples } from './remote-write-client.ts';

/** Writers at work. */
export interface SteadyWriters {
  /** Everything that was stamped up to this time has been acknowledged; undefined until all have sent something. */
  acknowledgedMs(): number | undefined;
  /** Requests acknowledged so far. */
  readonly acked: number;
  stop(): Promise<void>;
}

/** What makes it load without filling the disk of a slow machine. */
const PAUSE_MS = 40;
const SERIES = 40;
const LINES = 50;
const SPANS = 20;

/** Starts them; a request that is refused rejects `stop`. */
export function startWriters(url: string): SteadyWriters {
  const newest = new Map<string, number>();
  let isStopped = false;
  let acked = 0;
  const loop = async (name: string, send: (nowMs: number, n: number) => Promise<void>) => {
    for (let n = 0; !isStopped; n++) {
      const nowMs = Date.now();
      await send(nowMs, n);
      newest.set(name, nowMs);
      acked++;
      await sleep(PAUSE_MS);
    }
  };
  const post = async (path: string, body: unknown) => {
    const answer = await fetch(url + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    await answer.arrayBuffer();
  };
  const done = Promise.all([
    loop('metrics', (nowMs, n) => writeSamples(url, seriesAt(nowMs, n))),
    loop('logs', (nowMs, n) => post('/loki/api/v1/push', linesAt(nowMs, n))),
    loop('traces', (nowMs) => post('/v1/traces', spansAt(nowMs))),
  ]);
  done.catch(() => {
    isStopped = true;
  });
  return {
    acknowledgedMs: () => (newest.size < 3 ? undefined : Math.min(...newest.values())),
    get acked() {
      return acked;
    },
    async stop() {
      isStopped = true;
      await done;
    },
  };
}

function seriesAt(timestampMs: number, n: number) {
  return Array.from({ length: SERIES }, (_, i) => ({
    labels: [
      ['__name__', i % 2 === 0 ? 'load_requests_total' : 'load_queue_length'],
      ['job', `svc-${i % 5}`],
      ['pod', `pod-${i}`],
    ] as [string, string][],
    samples: [{ timestampMs, value: i % 2 === 0 ? n * (i + 1) : Math.sin(n + i) }],
  }));
}

function linesAt(nowMs: number, n: number) {
  const streams = Array.from({ length: 4 }, (_, i) => ({
    stream: { app: `svc-${i}`, level: i === 0 ? 'error' : 'info' },
    values: Array.from({ length: LINES / 4 }, (_, k) => [
      `${BigInt(nowMs) * 1_000_000n + BigInt(k)}`,
      JSON.stringify({ msg: k % 3 === 0 ? 'prediction served' : 'cache miss', n, k, latency_ms: (n * 37 + k) % 900 }),
    ]),
  }));
  return { streams };
}

function spansAt(nowMs: number) {
  const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  const traceId = randomBytes(16).toString('hex');
  const rootId = randomBytes(8).toString('hex');
  const spans = Array.from({ length: SPANS }, (_, k) => ({
    traceId,
    spanId: k === 0 ? rootId : randomBytes(8).toString('hex'),
    ...(k > 0 && { parentSpanId: rootId }),
    name: k === 0 ? 'POST /predict' : `step ${k % 4}`,
    kind: k === 0 ? 2 : 1,
    startTimeUnixNano: `${BigInt(nowMs) * 1_000_000n + BigInt(k)}`,
    endTimeUnixNano: `${BigInt(nowMs + 20 + k) * 1_000_000n}`,
    attributes: [text('http.route', '/predict'), { key: 'k', value: { intValue: `${k}` } }],
    status: { code: k === 7 ? 2 : 1 },
  }));
  return {
    resourceSpans: [{ resource: { attributes: [text('service.name', 'svc-0')] }, scopeSpans: [{ scope: { name: 'load' }, spans }] }],
  };
}
