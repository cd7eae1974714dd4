import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { TestGateway } from '../gateway.ts';
import { type GatewayProcess, spawnGateway } from './process.ts';

const workerCount = 2;
const lookMs = 50;

/** A worker as a process of its own, on a gateway's database and files. */
export async function startWorker(gateway: TestGateway, folder: string): Promise<GatewayProcess> {
  const dataDir = await mkdtemp(path.join(folder, 'worker-'));
  const files = path.join(gateway.dataDir, 'files');
  await mkdir(files, { recursive: true });
  await symlink(files, path.join(dataDir, 'files'));
  return spawnGateway(dataDir, {
    ROLE: 'worker',
    DATABASE_URL: gateway.databaseUrl ?? '',
    SECRET_KEY: gateway.secretKey,
    BOOTSTRAP_TENANT: gateway.tenantSlug,
    BOOTSTRAP_API_KEY: gateway.apiKey,
    ALLOW_PRIVATE_NETWORK: 'true',
  });
}

/**
 * Has `total` jobs done by two workers, of which one after the other is killed at a moment of chance while they are at it, and
 * started anew. `countDone` tells how far they are. @returns when all are done
 */
export async function workUnderKills(
  gateway: TestGateway,
  options: { total: number; kills: number; countDone: () => Promise<number>; random: () => number; timeoutMs: number },
): Promise<void> {
  const { total, kills, countDone, random, timeoutMs } = options;
  const folder = await mkdtemp(path.join(tmpdir(), 'convograph-workers-'));
  const deadline = performance.now() + timeoutMs;
  await using workers = new AsyncDisposableStack();
  workers.defer(() => rm(folder, { recursive: true, force: true }));
  const start = async () => {
    const worker = workers.use(await startWorker(gateway, folder));
    await worker.ready();
    return worker;
  };
  const running = await Promise.all(Array.from({ length: workerCount }, start));
  const until = async (isSo: (done: number) => boolean) => {
    for (;;) {
      const done = await countDone();
      if (isSo(done)) return;
      if (performance.now() > deadline) throw new Error(`only ${done} of ${total} were done in time`);
      await pause(lookMs);
    }
  };
  for (let kill = 0; kill < kills; kill++) {
    await until((done) => done >= (total * kill) / kills);
    await pause(random() * 400);
    const index = kill % workerCount;
    running[index]?.child.kill('SIGKILL');
    await running[index]?.ended;
    running[index] = await start();
  }
  await until((done) => done >= total);
}
