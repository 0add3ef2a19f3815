import { defineConfig } from 'vitest/config';

/** Suites that `script/test` leaves to `script/test --long`. */
const LONG = process.env['NNS_TEST_LONG'] === '1' ? [] : ['**/*.long.test.ts'];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts', 'simnet/**/*.test.ts'],
          exclude: ['test/scenarios/**', ...LONG],
          globalSetup: ['test/support/postgres-server.ts'],
          testTimeout: 30_000,
          maxWorkers: 1,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/scenarios/**/*.test.ts'],
          exclude: LONG,
          testTimeout: 300_000,
          hookTimeout: 120_000,
          maxWorkers: 1,
          maxConcurrency: 3,
        },
      },
    ],
  },
});
