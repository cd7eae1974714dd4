import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { defineConfig } from 'vitest/config';

const memoryFolder = '/dev/shm';
const roomNeededBytes = 4 * 2 ** 30;

/** Databases are made by the hundred and thrown away: in memory where there is room, else where the system says. */
function scratchFolder(): string {
  if (process.env['TMPDIR'] !== undefined) return tmpdir();
  try {
    const { bavail, bsize } = statfsSync(memoryFolder);
    return bavail * bsize > roomNeededBytes ? memoryFolder : tmpdir();
  } catch {
    return tmpdir();
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    env: { TMPDIR: scratchFolder() },
    // Processes, not threads, each for many files: to load everything anew for each took half of the time. What a
    // file leaves behind is its fault; `vitest run --isolate` tells.
    pool: 'forks',
    isolate: false,
    // Node runs the TypeScript itself, as it does in service: one copy of each module, nothing rewritten.
    experimental: { viteModuleRunner: false },
    // One more than the cores of a small machine: tests wait as often as they work.
    maxWorkers: 3,
    testTimeout: 60_000,
    // A condition is awaited for as long as a loaded machine may take, not for as long as it should take.
    expect: { poll: { timeout: 20_000, interval: 50 } },
    reporters: ['default', './test/testkit/retry-reporter.ts'],
    // Where strangers share the machine, one more try; on one's own, none: what fails at times is a fault,
    // and is named at the end.
    retry: process.env['CI'] === undefined ? 0 : 1,
    hookTimeout: 60_000,
    // What a test leaves open is its fault, and is told.
    teardownTimeout: 10_000,
  },
});
