import { PgBoss } from 'pg-boss';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { JobData } from '../../../src/domain/jobs.ts';
import { createQueue, type Queue } from '../../../src/jobs/queue.ts';
import { eachDatabase, startGateway, type TestGateway } from '../../testkit/gateway.ts';

const server = process.env['TEST_DATABASE_URL'];
if (server === undefined) console.info('left out: the job queue under concurrency, since TEST_DATABASE_URL is not set');

type Sync = JobData['sync-upstream'];

// The embedded database runs one transaction at a time.
describe.skipIf(server === undefined)('a job that a transaction asks for while one with its key waits', () => {
  let gateway: TestGateway;
  let worker: Queue;
  const runs: (Sync & { slug: string | undefined })[] = [];
  beforeAll(async () => {
    gateway = await startGateway({ database: 'postgres', env: { ROLE: 'web' } });
    const { database } = gateway.app;
    worker = await createQueue(database, pino({ level: 'silent' }), { isWorker: true });
    await worker.work({
      'sync-upstream': async (data) => {
        const tenant = await database.prisma.tenant.findUnique({ where: { id: gateway.tenantId } });
        runs.push({ ...data, slug: tenant?.slug });
      },
    });
  });
  afterAll(async () => {
    await worker?.close();
    await gateway?.close();
  });

  test('sees what that transaction wrote, however long it takes to commit, and begins soon after', async () => {
    const { database, enqueue } = gateway.app;
    const data = { tenantId: gateway.tenantId, upstreamId: 'up_held' };
    const job = { name: 'sync-upstream', key: 'held', data } as const;
    // Its time comes while it is held.
    const startAfter = new Date(Date.now() + 1_000);
    const free = { ...job, key: 'free', data: { ...data, upstreamId: 'up_free' } };
    await database.transaction((tx) =>
      enqueue.within(tx, [
        { ...job, startAfter },
        { ...free, startAfter },
      ]),
    );
    let committedAt = 0;
    await database.transaction(async (tx) => {
      await tx.tenant.update({ where: { id: gateway.tenantId }, data: { slug: 'second' } });
      await enqueue.within(tx, [job]);
      // Waiting behind it, and fetched before it.
      await vi.waitFor(() => expect(runs.length).toBeGreaterThan(0), { timeout: 20_000, interval: 10 });
      expect(runs.map(({ upstreamId }) => upstreamId)).toEqual(['up_free']);
      committedAt = performance.now();
    });
    await vi.waitFor(() => expect(runs[1]).toEqual({ ...data, slug: 'second' }), { timeout: 20_000, interval: 10 });
    console.info(`a held job began ${Math.round(performance.now() - committedAt)} ms after the commit`);
  });
});

eachDatabase('a job that fails while one of its key waits to be tried again', (database) => {
  test('is tried again too, and the one that it has overtaken is not', async () => {
    await using gateway = await startGateway({ database, env: { ROLE: 'web' } });
    const { app, tenantId } = gateway;
    const job = { name: 'sync-upstream', key: 'failing', data: { tenantId, upstreamId: 'up_failing' } } as const;
    const ask = () => app.database.transaction((tx) => app.enqueue.within(tx, [job]));
    const jobs = () => app.database.prisma.$queryRaw<{ id: string; state: string; retries: number }[]>`
      SELECT id, state::text, retry_count AS retries FROM jobs.job WHERE singleton_key = ${job.key} ORDER BY created_on`;
    const worker = await createQueue(app.database, pino({ level: 'silent' }), { isWorker: true });
    let runs = 0;
    await worker.work({
      'sync-upstream': async () => {
        runs++;
        if (runs <= 2) throw new Error('not yet');
      },
    });
    await ask();
    // The second one begins first, however slow this machine is.
    const putOff = () => app.database.prisma.$executeRaw`
      UPDATE jobs.job SET start_after = now() + interval '1 minute' WHERE state = 'retry' AND singleton_key = ${job.key}`;
    await expect.poll(putOff).toBe(1);
    const [first] = await jobs();
    await ask();
    await expect.poll(() => jobs()).toEqual([{ id: expect.anything(), state: 'completed', retries: 1 }]);
    expect((await jobs())[0]?.id).not.toBe(first?.id);
    expect(runs).toBe(3);
    await worker.close();
  });
});

eachDatabase('a job that is asked for', (database) => {
  test("is the row that pg-boss's own insert writes", async () => {
    await using gateway = await startGateway({ database, env: { ROLE: 'web' } });
    const { app, tenantId } = gateway;
    const boss = new PgBoss({ ...app.database.queue, schema: 'jobs', supervise: false, schedule: false });
    boss.on('error', (err) => {
      throw err;
    });
    await boss.start();
    const data = { tenantId, upstreamId: 'up_either' };
    const startAfter = new Date(Date.now() + 60_000);
    const requests = [
      { name: 'sync-upstream', key: 'now', data },
      { name: 'sync-upstream', key: 'later', data, startAfter, priority: 3 },
      { name: 'clean-up', key: 'of another queue', data: {} },
    ] as const;
    await app.database.transaction((tx) => app.enqueue.within(tx, requests));
    for (const { name, key, data: told, ...rest } of requests) {
      const options = 'priority' in rest ? { priority: rest.priority, startAfter: rest.startAfter.toISOString() } : {};
      await boss.insert(name, [{ singletonKey: `${key} by pg-boss`, data: told, ...options }]);
    }
    const rows = await app.database.prisma.$queryRaw<{ key: string; row: Record<string, unknown> }[]>`
      SELECT singleton_key AS key, to_jsonb(job) - '{id,singleton_key,created_on,start_after,keep_until}'::text[]
        || jsonb_build_object('kept', keep_until - start_after,
          'after', CASE WHEN start_after > created_on THEN start_after END) AS row
      FROM jobs.job WHERE name IN ('sync-upstream', 'clean-up')`;
    const rowOf = (key: string) => rows.find((row) => row.key === key)?.row;
    for (const { key } of requests) {
      expect(rowOf(key)).toEqual(rowOf(`${key} by pg-boss`));
      expect(rowOf(key)).toMatchObject({ policy: 'stately' });
    }
    await boss.stop();
  });
});
