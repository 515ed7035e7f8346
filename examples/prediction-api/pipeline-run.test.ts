import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pushPipelineRun } from './pipeline-run.ts';

describe('pushPipelineRun', () => {
  let server: Server;
  let gateway = '';
  let pushed: { line: string; body: string }[] = [];
  let status = 200;
  beforeEach(async () => {
    pushed = [];
    status = 200;
    server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      pushed.push({ line: `${request.method} ${request.url}`, body });
      response.writeHead(status).end('no room');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    gateway = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  const run = { pipeline: 'churn-training', endedAtMs: 1_700_000_000_000, durationSeconds: 7.5 };

  it('tells of a success when it was, how long it took and what it read', async () => {
    await pushPipelineRun(gateway, { ...run, rows: 20_000 });
    expect(pushed[0]?.line).toBe('POST /metrics/job/churn-training');
    for (const sample of [
      'ml_pipeline_last_run_success{pipeline="churn-training"} 1',
      'ml_pipeline_last_success_timestamp_seconds{pipeline="churn-training"} 1700000000',
      'ml_pipeline_duration_seconds{pipeline="churn-training"} 7.5',
      'ml_pipeline_rows{pipeline="churn-training"} 20000',
    ])
      expect(pushed[0]?.body).toContain(sample);
  });

  it('tells of a failure and leaves the time of the last success as it is', async () => {
    await pushPipelineRun(gateway, run);
    expect(pushed[0]?.body).toContain('ml_pipeline_last_run_success{pipeline="churn-training"} 0');
    expect(pushed[0]?.body).not.toContain('last_success_timestamp');
  });

  it('says why a push was refused', async () => {
    status = 503;
    await expect(pushPipelineRun(gateway, run)).rejects.toThrow(/metrics\/job\/churn-training refused the push: HTTP 503 no room/);
  });
});
