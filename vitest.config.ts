import { defineConfig } from 'vitest/config';

const resolve = { conditions: ['source'] };
const ssr = { resolve: { conditions: ['source'] } };

export default defineConfig({
  resolve,
  test: {
    projects: [
      {
        resolve,
        ssr,
        test: { name: 'server', include: ['server/**/*.test.ts', 'scripts/**/*.test.ts'], environment: 'node', testTimeout: 30_000 },
      },
      {
        resolve,
        ssr,
        test: { name: 'sdk', include: ['sdk/**/*.test.ts', 'examples/**/*.test.ts'], environment: 'node', testTimeout: 30_000 },
      },
      { resolve, test: { name: 'ui', include: ['ui/**/*.test.{ts,tsx}'], environment: 'happy-dom', testTimeout: 30_000 } },
      {
        resolve,
        ssr,
        test: {
          name: 'conformance',
          include: ['conformance/**/*.test.ts'],
          environment: 'node',
          testTimeout: 300_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
