// The Python programs that the documents print as tests of a stack, unchanged, with Debian's Python packages.
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Running, type RunningServer, root, run, startServer, until } from '../testing/processes.ts';

const labs = process.env.ALIDADE_LABS ?? '';
const packages = join(root, '.cache/peers/python/usr/lib/python3/dist-packages');
const hasPython = existsSync(packages) && existsSync('/usr/bin/python3');

const python = (file: string): Running =>
  run('/usr/bin/python3', ['-u', join(labs, 'day-58', file)], { PYTHONPATH: packages, PYTHONDONTWRITEBYTECODE: '1' });
const ended = (program: Running) => new Promise<number | null>((resolve) => program.child.once('exit', resolve));
const isTaken = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });

describe.skipIf(labs === '' || !hasPython)("the documents' own clients (ALIDADE_LABS, python3)", () => {
  let folder: string;
  let server: RunningServer;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'alidade-clients-'));
    const targets = '[{targets: ["127.0.0.1:8000"]}]';
    await writeFile(join(folder, 'prometheus.yml'), `scrape_configs: [{job_name: ml, scrape_interval: 1s, static_configs: ${targets}}]\n`);
    // health_check.py knows its ports by heart.
    server = await startServer([folder, '--compat-ports'], { port: 9090 });
  });
  afterAll(async () => {
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('test_metrics.py is scraped', async () => {
    const program = python('test_metrics.py');
    try {
      const ask = (expr: string) => server.query(expr);
      await until('its metrics', async () => (await ask('sum(ml_model_predictions_total) > 2')).length > 0, 60_000, 500);
      const families = await ask('count by (__name__) ({job="ml", __name__=~"ml_.*"})');
      expect(families.map(({ metric }) => metric.__name__)).toEqual(
        expect.arrayContaining([
          'ml_model_accuracy',
          'ml_model_inference_duration_seconds_bucket',
          'ml_model_inference_duration_seconds_count',
          'ml_model_inference_duration_seconds_sum',
          'ml_model_predictions_total',
        ]),
      );
      const accuracy = await ask('ml_model_accuracy');
      expect(accuracy.length).toBeGreaterThan(0);
      for (const { value } of accuracy) expect(value).toBeGreaterThanOrEqual(0.8);
    } finally {
      await program.stop('SIGKILL');
    }
  });

  it('a batch job pushes to the port of the Pushgateway, whose /metrics is not our own', async () => {
    const gateway = 'http://127.0.0.1:9091';
    const pushed = await fetch(`${gateway}/metrics/job/training/model/churn`, { method: 'PUT', body: 'ml_accuracy 0.93\n' });
    expect(pushed.status).toBe(200);
    expect(await (await fetch(`${gateway}/metrics`)).text()).toContain('\nml_accuracy{instance="",job="training",model="churn"} 0.93\n');
    const own = await (await fetch(`${server.url}/metrics`)).text();
    expect(own).toContain('alidade_push_groups 1\n');
    expect(own).not.toContain('ml_accuracy');
  });

  it('test_logging.py writes lines that LogQL reads by their fields', async () => {
    const program = python('test_logging.py');
    expect(await ended(program)).toBe(0);
    // Behind Python's warning about utcnow, where its version has one.
    const lines = program
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{'));
    expect(lines).toHaveLength(2);
    const values = lines.map((line, i) => [`${BigInt(Date.now()) * 1_000_000n + BigInt(i)}`, line]);
    const push = await fetch(`${server.url}/loki/api/v1/push`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ streams: [{ stream: { service: 'ml-test-service' }, values }] }),
    });
    expect(push.status).toBe(204);
    const query = '{service="ml-test-service"} | json | context_latency_ms > 100 | line_format "{{.event_type}} {{.context_model}}"';
    type Answer = { data: { result: { values: [string, string][] }[] } };
    const { data } = await server.api<Answer>(`/loki/api/v1/query_range?${new URLSearchParams({ query })}`);
    expect(data.result.flatMap((stream) => stream.values.map(([, line]) => line))).toEqual(['model_prediction fraud_detector']);
  });

  it('health_check.py finds what is there, and the ELK stack missing', async () => {
    const isForeign = await Promise.all([9200, 5601].map(isTaken));
    expect(isForeign, 'something else listens on the ports of Elasticsearch or Kibana').toEqual([false, false]);
    const program = python('health_check.py');
    expect(await ended(program)).toBe(1);
    const verdicts = program.output().split('\n');
    expect(verdicts).toEqual(expect.arrayContaining(['✅ Prometheus: OK', '✅ Grafana: OK', '✅ Jaeger: OK']));
    expect(verdicts.filter((line) => line.startsWith('❌')).map((line) => line.slice(0, 12))).toEqual(['❌ Elasticsea', '❌ Kibana: HT']);
  });
});
