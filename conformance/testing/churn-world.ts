// The churn lab as it runs by npm start, on free ports, with what a test machine has not: GPUs (by a stand-in for nvidia-smi) and pods (by
// recorded expositions). Everything is scraped every second, so that there is something to see after a few.
import { chmod } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { drawCustomer } from '../../examples/prediction-api/churn-process.ts';
import { pushPipelineRun } from '../../examples/prediction-api/pipeline-run.ts';
import { createRandom } from '../../examples/prediction-api/random.ts';
import { kubernetesExposition } from './kubernetes-exposition.ts';
import { type ConfigFolder, makeFolder, type ScrapeTarget, sleep, startTarget } from './lab.ts';
import { freePort, type Running, type RunningServer, root, run, startServer, until } from './processes.ts';

/** Two GPUs of 24 GB. */
const NVIDIA_SMI = `#!/bin/sh\necho "0, 43, 8123"\necho "1, 61, 12044"\n`;
const SERVICE = 'ml-prediction-api';

/** The running lab. */
export interface ChurnWorld {
  readonly server: RunningServer;
  /** Sends predictions for so long, some of them bad or long lists. */
  ask(milliseconds: number): Promise<void>;
  stop(): Promise<void>;
}

/** Starts Alidade on the lab's project, the prediction service, and the pods. */
export async function startChurnWorld(): Promise<ChurnWorld> {
  const [port, servicePort] = [await freePort(), await freePort()];
  const pods = await startTarget(kubernetesExposition);
  const folder = await makeFolder({ 'lab.alidade.ts': projectText({ port, servicePort, pods }), 'nvidia-smi': NVIDIA_SMI });
  await chmod(join(folder.dir, 'nvidia-smi'), 0o755);
  const server = await startServer([folder.dir], { port });
  const service = await startService(server, servicePort, folder);
  await pushPipelineRun(server.url, {
    pipeline: 'churn-training',
    endedAtMs: Date.now() - 5 * 3_600_000,
    durationSeconds: 7.3,
    rows: 20_000,
  });
  return {
    server,
    ask: (milliseconds) => ask(`http://127.0.0.1:${servicePort}`, milliseconds),
    async stop() {
      await service.stop();
      await server.stop();
      await pods.close();
      await folder.remove();
    },
  };
}

interface Places {
  readonly port: number;
  readonly servicePort: number;
  readonly pods: ScrapeTarget;
}

/** The lab's own project with other addresses and intervals. */
function projectText({ port, servicePort, pods }: Places): string {
  return `import lab from ${JSON.stringify(join(root, 'examples/churn-lab/churn-lab.alidade.ts'))};
const job = (job_name, target, service) => ({ job_name, static_configs: [{ targets: [target], labels: { service } }] });
export default {
  ...lab,
  prometheus: {
    ...lab.prometheus,
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    scrape_configs: [
      job('prometheus', '127.0.0.1:${port}', 'prometheus'),
      job('ml-api', '127.0.0.1:${servicePort}', '${SERVICE}'),
      // Does not resolve: the host collector stands in for it.
      job('node', 'node-exporter:9100', 'node'),
      job('kubernetes', '${pods.address}', 'kubernetes'),
    ],
  },
};
`;
}

async function startService(server: RunningServer, port: number, folder: ConfigFolder): Promise<Running> {
  const service = run(process.execPath, [join(root, 'examples/prediction-api/dist/main.js')], {
    PORT: String(port),
    LOKI_URL: server.url,
    OTEL_EXPORTER_OTLP_ENDPOINT: server.url,
    OTEL_SERVICE_NAME: SERVICE,
    OTEL_BSP_SCHEDULE_DELAY: '200',
    PATH: `${folder.dir}${delimiter}${process.env.PATH ?? ''}`,
  });
  await until('the prediction service', () => service.output().includes('listens on'));
  return service;
}

async function ask(url: string, milliseconds: number): Promise<void> {
  const random = createRandom(7);
  const endMs = Date.now() + milliseconds;
  for (let i = 0; Date.now() < endMs; i++) {
    const body = i % 20 === 19 ? { invalid: 'data' } : drawCustomer(random);
    const path = ['/v1/predict', '/v2/predict', '/predict'][i % 3] ?? '';
    const answer = await fetch(url + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    await answer.arrayBuffer();
    await sleep(100);
  }
}
