import { defineConfig } from 'vitest/config';

/**
 * What needs the real stack and a real browser. `--mode` chooses: the tests (as they are), `screenshots`,
 * `readme` or `vitals`. One after the other: they share one stack, and this machine's cores with it.
 */
const files: Record<string, string> = {
  screenshots: 'e2e/screenshots.run.ts',
  readme: 'e2e/readme.run.ts',
  vitals: 'e2e/vitals.run.ts',
};

export default defineConfig(({ mode }) => ({
  test: {
    include: [files[mode] ?? 'e2e/**/*.test.ts'],
    globalSetup: 'e2e/global.ts',
    environment: 'node',
    pool: 'forks',
    fileParallelism: false,
    testTimeout: mode in files ? 900_000 : 60_000,
    hookTimeout: 120_000,
    teardownTimeout: 60_000,
    provide: { demoClicks: mode in files ? 2000 : 300 },
  },
}));
