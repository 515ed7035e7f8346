// The two sides: the real Prometheus that is the judge, and the built server. Both get the same series over remote write.
import { type PrometheusPeer, startPrometheus } from '../peers/prometheus.ts';
import { type RunningServer, startServer } from '../testing/processes.ts';
import type { Series } from './data/series.ts';
import type { Sides } from './judge.ts';
import { writeAll } from './write.ts';

/** Both, filled and ready. */
export interface Pair extends Sides {
  close(): Promise<void>;
}

/** Starts a real Prometheus with these features and writes the series to it. Its head never becomes blocks, so order is by creation. */
export async function startReal(binary: string, features: readonly string[], series: readonly Series[]): Promise<PrometheusPeer> {
  const real = await startPrometheus(binary, {
    flags: [
      `--enable-feature=${['native-histograms', ...features].join(',')}`,
      '--storage.tsdb.min-block-duration=1000d',
      '--storage.tsdb.max-block-duration=1000d',
    ],
  });
  await writeAll(real.url, series);
  return real;
}

/** Starts the built server, empty and keeping everything, and writes the series to it. */
export async function startOwn(features: readonly string[], series: readonly Series[]): Promise<RunningServer> {
  const own = await startServer(['--retention', '0', '--no-demo', '--enable-feature', features.join(',')]);
  await writeAll(own.url, series);
  return own;
}

export async function startPair(binary: string, features: readonly string[], series: readonly Series[]): Promise<Pair> {
  const real = await startReal(binary, features, series);
  const own = await startOwn(features, series);
  return {
    realUrl: real.url,
    ownUrl: own.url,
    async close() {
      await Promise.all([real.close(), own.stop()]);
    },
  };
}
