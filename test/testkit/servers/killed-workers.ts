import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { TestGateway } from '../gateway.ts';
import { type GatewayProcess, spawnGateway } from './process.ts';

const workerCount = 2;
const lookMs = 50;

/** A worker as a process of its own, on a gateway's database and files. `role`: another one's. */
export async function startWorker(gateway: TestGateway, folder: string, role = 'worker'): Promise<GatewayProcess> {
  const dataDir = await mkdtemp(path.join(folder, 'worker-'));
  const files = path.join(gateway.dataDir, 'files');
  await mkdir(files, { recursive: true });
  await symlink(files, path.join(dataDir, 'files'));
  return spawnGateway(dataDir, {
    ROLE: role,
    NODE_COMPILE_CACHE: path.join(folder, 'compiled'),
    DATABASE_URL: gateway.databaseUrl ?? '',
    SECRET_KEY: gateway.secretKey,
    BOOTSTRAP_TENANT: gateway.tenantSlug,
    BOOTSTRAP_API_KEY: gateway.apiKey,
    ALLOW_PRIVATE_NETWORK: 'true',
  });
}

/** What is killed leaves no compiled code behind: without one that ends well, each would read all of the source again. */
async function compile(gateway: TestGateway, folder: string): Promise<void> {
  await using web = await startWorker(gateway, folder, 'web');
  await web.ready();
  web.child.kill('SIGTERM');
  await web.ended;
}

type KillOptions = {
  total: number;
  kills: number;
  countDone: () => Promise<number>;
  /** Called once another worker stands in for the one that was killed. */
  onReplaced: () => void;
  /** Called once all are done, while the workers go on with what follows from that. */
  onDone: () => Promise<void>;
  random: () => number;
  timeoutMs: number;
};

/**
 * Has `total` jobs done by two workers, of which one after the other is killed at a moment of chance while they are at it, and
 * started anew. `countDone` tells how far they are.
 */
export async function workUnderKills(gateway: TestGateway, options: KillOptions): Promise<void> {
  const { total, kills, countDone, onReplaced, onDone, random, timeoutMs } = options;
  const folder = await mkdtemp(path.join(tmpdir(), 'convograph-workers-'));
  const deadline = performance.now() + timeoutMs;
  await using workers = new AsyncDisposableStack();
  workers.defer(() => rm(folder, { recursive: true, force: true }));
  const start = async () => {
    const worker = workers.use(await startWorker(gateway, folder));
    await worker.ready();
    return worker;
  };
  await compile(gateway, folder);
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
    onReplaced();
  }
  await until((done) => done >= total);
  await onDone();
}
