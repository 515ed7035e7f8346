// The sample service beside the real server: one failed prediction is found in logs, traces and exemplars, and an outage loses none.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { makeFolder } from './testing/lab.ts';
import { freePort, type Running, type RunningServer, root, run, startServer, until } from './testing/processes.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface LokiAnswer {
  readonly data?: { readonly result: readonly { readonly stream: Record<string, string>; readonly values: readonly [string, string][] }[] };
}

/** Trace ids of the error lines that the server has. */
async function failedLines(server: RunningServer): Promise<string[]> {
  const query = '{service="churn-prediction-api", environment="test", level="ERROR"} |= "Prediction failed"';
  const answer = await server.api<LokiAnswer>(`/loki/api/v1/query_range?query=${encodeURIComponent(query)}&limit=100`);
  const lines = (answer.data?.result ?? []).flatMap(({ values }) => values.map(([, line]) => line));
  return lines.map((line) => (JSON.parse(line) as { trace_id: string }).trace_id).sort();
}

/** Names and states of the spans of a trace; nothing while it is not there. */
async function spansOf(server: RunningServer, traceId: string): Promise<Record<string, string>> {
  const response = await fetch(`${server.url}/api/traces/${traceId}`);
  if (!response.ok) return {};
  interface Span {
    readonly name: string;
    readonly status?: { readonly code?: string | number };
  }
  const { batches } = (await response.json()) as { batches: { scopeSpans: { spans: Span[] }[] }[] };
  const spans = batches.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
  return Object.fromEntries(spans.map(({ name, status }) => [name, String(status?.code ?? 'unset')]));
}

describe('the sample service and the server', () => {
  it('tell one story in three signals, over a restart of the server too', { timeout: 120_000 }, async () => {
    const port = await freePort();
    const config = `scrape_configs: [{ job_name: ml-api, scrape_interval: 1s, static_configs: [{ targets: ['127.0.0.1:${port}'] }] }]\n`;
    const folder = await makeFolder({ 'prometheus.yml': config });
    cleanups.push(() => folder.remove());
    const dataDir = await mkdtemp(join(tmpdir(), 'alidade-signals-'));
    cleanups.push(() => rm(dataDir, { recursive: true, force: true }));
    let server = await startServer([folder.dir], { dataDir });
    cleanups.push(() => server.stop());
    const service = await startService(port, server.url);
    const fail = async () =>
      (await fetch(`http://127.0.0.1:${port}/v1/predict`, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } }))
        .status;

    expect(await fail()).toBe(400);
    await until('the error line', async () => (await failedLines(server)).length === 1);
    const [traceId = ''] = await failedLines(server);
    await until('the trace', async () => 'POST /v1/predict' in (await spansOf(server, traceId)));
    expect(await spansOf(server, traceId)).toEqual({
      'POST /v1/predict': 'unset',
      predict: expect.stringMatching(/^(2|STATUS_CODE_ERROR)$/),
      validate: expect.stringMatching(/^(2|STATUS_CODE_ERROR)$/),
    });
    await until('the exemplar', async () => {
      const now = Date.now() / 1000;
      const path = `/api/v1/query_exemplars?query=ml_prediction_duration_seconds_bucket&start=${now - 300}&end=${now + 60}`;
      return JSON.stringify(await server.api(path)).includes(traceId);
    });

    await server.stop();
    expect(await fail()).toBe(400);
    expect(await fail()).toBe(400);
    await until('the service noticing', () => service.output().includes('cannot send log lines'), 60_000);
    server = await startServer([folder.dir], { dataDir, port: server.port });
    await until('the lines of the outage', async () => (await failedLines(server)).length === 3, 60_000);
    for (const id of await failedLines(server)) {
      await until(`the trace ${id}`, async () => 'predict' in (await spansOf(server, id)), 60_000);
    }
  });
});

async function startService(port: number, alidade: string): Promise<Running> {
  const env = {
    PORT: String(port),
    ENVIRONMENT: 'test',
    LOKI_URL: alidade,
    OTEL_EXPORTER_OTLP_ENDPOINT: alidade,
    OTEL_BSP_SCHEDULE_DELAY: '200',
  };
  const service = run(process.execPath, [join(root, 'examples/prediction-api/dist/main.js')], env);
  cleanups.push(() => service.stop());
  await until(`the prediction service:\n${service.output()}`, () => service.output().includes('listens on'));
  return service;
}
