import { defineConfig } from 'vitest/config';

const resolve = { conditions: ['source'] };
const ssr = { resolve: { conditions: ['source'] } };
const setupFiles = [new URL('./conformance/testing/fixed-seed.ts', import.meta.url).pathname];

export default defineConfig({
  resolve,
  test: {
    projects: [
      {
        resolve,
        ssr,
        test: {
          setupFiles,
          name: 'server',
          include: ['server/**/*.test.ts', 'scripts/**/*.test.ts'],
          environment: 'node',
          testTimeout: 30_000,
        },
      },
      {
        resolve,
        ssr,
        test: { setupFiles, name: 'sdk', include: ['sdk/**/*.test.ts', 'examples/**/*.test.ts'], environment: 'node', testTimeout: 30_000 },
      },
      { resolve, test: { setupFiles, name: 'ui', include: ['ui/**/*.test.{ts,tsx}'], environment: 'happy-dom', testTimeout: 30_000 } },
      {
        resolve,
        ssr,
        test: {
          setupFiles,
          name: 'conformance',
          include: ['conformance/**/*.test.ts'],
          exclude: ['conformance/fixed-ports/**'],
          environment: 'node',
          testTimeout: 300_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        // What must listen on ports that the source documents name, one after the other; most of it waits. scripts/test.mjs runs it
        // beside all the others.
        resolve,
        ssr,
        test: {
          setupFiles,
          name: 'fixed-ports',
          include: ['conformance/fixed-ports/**/*.test.ts'],
          environment: 'node',
          testTimeout: 300_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
