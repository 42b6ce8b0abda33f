import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: ['test/aws/**'], environment: 'node' },
      },
      {
        test: {
          name: 'aws',
          include: ['test/aws/**/*.test.ts'],
          environment: 'node',
          hookTimeout: 120_000,
          testTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
