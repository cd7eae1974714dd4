import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';

const root = path.join(import.meta.dirname, '../..');

export type ServerProcess = { pid: number; url: string; stop(): Promise<void> };

/** Runs a program of node's until it prints the line with its address, as the product and the peers do. */
export async function startServer(args: readonly string[], env: Record<string, string>): Promise<ServerProcess> {
  const child = spawn(process.execPath, args, {
    cwd: env['DATA_DIR'] ?? root,
    env: { PATH: process.env['PATH'] ?? '', NODE_ENV: 'production', GRAPHILE_ENV: 'production', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  };
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /"url":"([^"]+)"/.exec(line)?.[1];
    if (url === undefined) continue;
    child.stdout.resume();
    return { pid: child.pid ?? 0, url, stop };
  }
  throw new Error(`${args.join(' ')} ended before it listened`);
}

/** What `npm start` runs, so that node's flags are the same. */
export function startArguments(): string[] {
  const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    scripts: { start: string };
  };
  return scripts.start
    .split(' ')
    .slice(1)
    .map((each) => (each.startsWith('--') ? each : path.join(root, each)));
}

export function peerFile(name: string): string {
  return path.join(import.meta.dirname, '../peers', `${name}.ts`);
}
