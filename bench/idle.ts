/**
 * What the gateway costs with nobody connected: from start to ready, memory and statements a second, on its first and
 * second start. `node bench/idle.ts [postgresql://…/an-empty-database]`; the embedded database where none is given.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { startArguments } from './speed/processes.ts';

const settleMs = 20_000;
const countMs = 20_000;
const [databaseUrl] = process.argv.slice(2);
const root = path.join(import.meta.dirname, '..');
const folder = await mkdtemp(path.join(tmpdir(), 'convograph-idle-'));

/** Statements so far: the embedded database tells them itself, a server has counted its transactions. */
async function countStatements(child: ReturnType<typeof start>): Promise<number> {
  if (databaseUrl === undefined) {
    child.send('count');
    const [count] = await once(child, 'message');
    return Number(count);
  }
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query(
    'SELECT xact_commit + xact_rollback AS count FROM pg_stat_database WHERE datname = current_database()',
  );
  await client.end();
  return Number(rows[0].count);
}

function start() {
  return spawn(process.execPath, ['--import', path.join(root, 'bench/lib-count-statements.ts'), ...startArguments()], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'] ?? '',
      PORT: '0',
      DATA_DIR: folder,
      BOOTSTRAP_API_KEY: 'ak_bench_of_an_idle_gateway_0000000000',
      ...(databaseUrl !== undefined && {
        DATABASE_URL: databaseUrl,
        SECRET_KEY: 'a secret of the bench alone, 32 or more',
      }),
    },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
}

async function memoryMb(pid: number, field: string): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]) / 1024);
}

for (const name of ['first start', 'second start']) {
  const startedAt = performance.now();
  const child = start();
  const { stdout } = child;
  if (stdout === null) throw new Error('there is no output');
  let output = '';
  while (!output.includes('"url"')) output += String((await once(stdout, 'data'))[0]);
  const readyMs = Math.round(performance.now() - startedAt);
  stdout.resume();
  await pause(settleMs);
  const before = await countStatements(child);
  await pause(countMs);
  const perSecond = ((await countStatements(child)) - before) / (countMs / 1_000);
  const pid = child.pid ?? 0;
  console.log(
    `${name}: ready in ${readyMs} ms, ${await memoryMb(pid, 'VmRSS')} MB idle (${await memoryMb(pid, 'VmHWM')} at most), ` +
      `${perSecond.toFixed(1)} statements a second`,
  );
  child.kill('SIGTERM');
  await once(child, 'exit');
}
await rm(folder, { recursive: true, force: true });
