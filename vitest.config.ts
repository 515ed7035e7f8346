import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const resolve = { conditions: ['source'] };
const ssr = { resolve: { conditions: ['source'] } };
// Tests of conformance that mostly wait. They run one after the other with those on fixed ports, beside all the others (scripts/test.mjs).
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
].map((name) => `conformance/${name}.test.ts`);
// What measures how much the server takes: when all others have ended.
const alone = ['load', 'signals-load'].map((name) => `conformance/${name}.test.ts`);
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
        exclude: ['conformance/fixed-ports/**', ...waiting, ...alone],
      }),
      // What must listen on ports that the source documents name, and what waits like them.
      oneByOne({ name: 'waiting', include: ['conformance/fixed-ports/**/*.test.ts', ...waiting] }),
      oneByOne({ name: 'alone', include: alone }),
    ],
  },
});
