import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const resolve = { conditions: ['source'] };
const ssr = { resolve: { conditions: ['source'] } };
const conformance = (name: string) => `conformance/${name}.test.ts`;
// Tests of conformance that mostly wait run beside all the others (scripts/test.mjs), one file after the other.
const waiting = [
  'backup',
  'churn-lab-alerts',
  'churn-lab-dashboards',
  'churn-lab-day',
  'crash',
  'discovery',
  'guides',
  'labs',
  'native-histograms',
  'remote-write',
  'replay',
  'service-file',
  'signals-kill',
  'signals-walk',
  'storage-forget',
].map(conformance);
// So do those on fixed ports, which end early; these fill that lane up, whether they wait or not.
const withFixedPorts = [
  'alert-delivery',
  'alert-forward',
  'alert-pipeline',
  'alert-templates',
  'archive',
  'code',
  'hostile-scrapes',
  'prediction-signals',
  'promql-diff',
  'promql-language',
  'pushgateway',
  'relabel',
  'remote-write-send',
  'slo',
  'storage-kill',
].map(conformance);
// What measures how much the server takes: when all others have ended.
const alone = ['load', 'signals-load'].map(conformance);
// These replace a module, which others may have imported already where files share a process.
const apart = ['server/storage/clickhouse/newest.test.ts', 'server/storage/clickhouse/whole-metrics.test.ts'];
// Stores of hundreds of tests, each opened anew: on a disk they would wait for it a third of the time (scripts/test.mjs).
const env = process.env.ALIDADE_TEST_FOLDER ? { TMPDIR: process.env.ALIDADE_TEST_FOLDER } : {};
const setupFiles = [new URL('./conformance/testing/fixed-seed.ts', import.meta.url).pathname];

/** Tests that start servers, one file after the other. */
const oneByOne = (files: { name: string; include: string[]; exclude?: string[] }) => ({
  resolve,
  ssr,
  test: { ...files, setupFiles, environment: 'node', testTimeout: 300_000, hookTimeout: 60_000, fileParallelism: false },
});

export default defineConfig({
  resolve,
  test: {
    // Of two processors one would stand idle for a third of the time if files were run one by one.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        resolve,
        ssr,
        test: {
          setupFiles,
          name: 'server',
          include: ['server/**/*.test.ts', 'scripts/**/*.test.ts'],
          exclude: apart,
          environment: 'node',
          env,
          isolate: false,
          testTimeout: 30_000,
        },
      },
      { resolve, ssr, test: { setupFiles, name: 'apart', include: apart, environment: 'node', env, testTimeout: 30_000 } },
      {
        resolve,
        ssr,
        test: {
          setupFiles,
          name: 'sdk',
          include: ['sdk/**/*.test.ts', 'examples/**/*.test.ts'],
          environment: 'node',
          isolate: false,
          testTimeout: 30_000,
        },
      },
      {
        resolve,
        test: { setupFiles, name: 'ui', include: ['ui/**/*.test.{ts,tsx}'], environment: 'happy-dom', isolate: false, testTimeout: 30_000 },
      },
      oneByOne({
        name: 'conformance',
        include: ['conformance/**/*.test.ts'],
        exclude: ['conformance/fixed-ports/**', ...waiting, ...withFixedPorts, ...alone],
      }),
      oneByOne({ name: 'waiting', include: waiting }),
      // What must listen on ports that the source documents name.
      oneByOne({ name: 'fixed-ports', include: ['conformance/fixed-ports/**/*.test.ts', ...withFixedPorts] }),
      oneByOne({ name: 'alone', include: alone }),
    ],
  },
});
