// Real servers to which samples can be written, and which can be stopped and started again on the same port with the same data.
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, type Running, root, run, until } from '../testing/processes.ts';

/** Where samples are written to. */
export interface WritePeer {
  readonly url: string;
  stop(): Promise<void>;
  start(): Promise<void>;
}

const PROGRAMS = {
  prometheus: '.cache/peers/prometheus-3/usr/bin/prometheus',
  victoria: '.cache/peers/victoria-metrics/usr/bin/victoria-metrics',
};

/** The programs that are missing, in words. */
export function missingWritePeers(): string[] {
  return Object.values(PROGRAMS).filter((file) => !existsSync(join(root, file)));
}

/** A Prometheus with its data in `folder`. */
export async function startWrittenPrometheus(folder: string): Promise<WritePeer> {
  const config = join(folder, 'empty.yml');
  await writeFile(config, 'storage: {exemplars: {max_exemplars: 10000}}\n');
  return startPeer(PROGRAMS.prometheus, '/-/ready', (address) => [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(folder, 'prometheus')}`,
    `--web.listen-address=${address}`,
    '--web.enable-remote-write-receiver',
    '--enable-feature=native-histograms,exemplar-storage',
    '--log.level=error',
  ]);
}

/** A VictoriaMetrics with its data in `folder`. */
export async function startWrittenVictoria(folder: string, flags: readonly string[] = []): Promise<WritePeer> {
  return startPeer(PROGRAMS.victoria, '/health', (address) => [
    `-storageDataPath=${join(folder, 'victoria')}`,
    `-httpListenAddr=${address}`,
    '-search.latencyOffset=0s',
    '-loggerLevel=ERROR',
    ...flags,
  ]);
}

async function startPeer(program: string, readyPath: string, argsOf: (address: string) => readonly string[]): Promise<WritePeer> {
  const address = `127.0.0.1:${await freePort()}`;
  let running: Running | undefined;
  const peer: WritePeer = {
    url: `http://${address}`,
    async start() {
      const started = run(join(root, program), argsOf(address));
      running = started;
      await until(`${program} is ready`, async () => {
        if (started.child.exitCode !== null) throw new Error(`it ended: ${started.output()}`);
        return fetch(`http://${address}${readyPath}`).then(
          (answer) => answer.ok,
          () => false,
        );
      });
    },
    async stop() {
      await running?.stop('SIGTERM');
      running = undefined;
    },
  };
  await peer.start();
  return peer;
}
