import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

const ownMain = path.join(import.meta.dirname, '../../../src/main.ts');

export type GatewayProcess = AsyncDisposable & {
  readonly child: ChildProcess;
  readonly pid: number;
  /** Until now. */
  readonly stdout: string;
  readonly stderr: string;
  /** The address, once it is ready. @throws where it ends before */
  ready(): Promise<string>;
  /** How it ended, once it has. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
};

/** The gateway as a process, with only these variables, and `dataDir` as its working folder too. `main`: of a copy of it. */
export function spawnGateway(
  dataDir: string,
  env: Record<string, string> = {},
  flags: readonly string[] = [],
  main = ownMain,
): GatewayProcess {
  const child = spawn(process.execPath, [main, ...flags], {
    cwd: dataDir,
    env: { PATH: process.env['PATH'] ?? '', PORT: '0', DATA_DIR: dataDir, DEMO_DATA: 'false', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (data) => {
    stdout += data;
  });
  child.stderr?.on('data', (data) => {
    stderr += data;
  });
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal }));
  let isOver = false;
  ended.then(() => {
    isOver = true;
  });
  return {
    child,
    pid: child.pid ?? 0,
    get stdout() {
      return stdout;
    },
    get stderr() {
      return stderr;
    },
    ready: async () => {
      for (;;) {
        const url = /"url":"([^"]+)"/.exec(stdout)?.[1];
        if (url !== undefined) return url;
        if (isOver) throw new Error(`ended before it was ready: ${stdout}${stderr}`);
        await Promise.race([ended, child.stdout === null ? ended : once(child.stdout, 'data')]);
      }
    },
    ended,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
