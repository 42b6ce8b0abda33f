import { defineConfig } from 'vitest/config';

/** What needs more than Node.js, or much more time than the rest, is a project of its own. */
const SEPARATE = ['aws', 'chaos', 'doctor', 'iac', 'lib', 'mock', 'peers'];

function separate(name: string, timeout: number, fileParallelism = false) {
  return {
    test: {
      name,
      include: [`test/${name}/**/*.test.ts`],
      hookTimeout: timeout,
      testTimeout: timeout,
      fileParallelism,
    },
  };
}

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: SEPARATE.map((name) => `test/${name}/**`),
          // A thread starts in a fraction of the time of a process, and there are many files.
          pool: 'threads',
          // Many tests start processes or sockets, and a busy machine is no reason to fail.
          testTimeout: 20_000,
        },
      },
      separate('mock', 20_000, true),
      separate('doctor', 60_000, true),
      separate('lib', 120_000),
      separate('iac', 600_000),
      separate('aws', 300_000),
      // These wait far more than they work.
      separate('chaos', 180_000, true),
      separate('peers', 300_000, true),
    ],
  },
});
