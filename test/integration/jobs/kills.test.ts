import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { startGateway } from '../../testkit/gateway.ts';
import { workUnderKills } from '../../testkit/servers/killed-workers.ts';
import { jobKinds } from './job-kinds.ts';

const isOnServer = process.env['TEST_DATABASE_URL'] !== undefined;
if (!isOnServer) console.info('left out: jobs whose workers are killed, since TEST_DATABASE_URL is not set');

const total = Number(process.env['TEST_JOBS'] ?? 20);
const kills = Number(process.env['TEST_KILLS'] ?? 1);
/** However many writes in a row have lost their answers, the next one is sent. */
const patience = { breaker: { threshold: Number.POSITIVE_INFINITY } };
/** Asked for at once. */
const askers = 8;
/** A worker of a database server is taken for dead after 10 s of silence, a delivery's after 30 s. */
const timeoutMs = 120_000 + total * 100;

describe.skipIf(!isOnServer)(`${total} jobs of a kind, with ${kills} kills among two workers`, () => {
  test.each(jobKinds)(
    '%s: none is lost, and each is done once',
    {
      timeout: 2 * timeoutMs,
    },
    async (name, open) => {
      const seed = Math.floor(Math.random() * 1e9);
      let state = seed;
      const random = () => {
        state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
        return state / 2_147_483_648;
      };
      await using closers = new AsyncDisposableStack();
      const gateway = closers.use(await startGateway({ database: 'postgres', env: { ROLE: 'web' }, patience }));
      const work = await open(gateway, total, closers);
      const startedAt = performance.now();
      let next = 0;
      let replaced = 0;
      const onReplaced = () => {
        replaced++;
      };
      // As much ahead as is done from one kill to the next but one: each kill finds work, the last one too.
      const isAhead = (index: number) => index >= ((replaced + 2) * total) / kills;
      const asking = Array.from({ length: askers }, async () => {
        for (let index = next++; index < total; index = next++) {
          while (isAhead(index)) {
            if (closers.disposed) return;
            await pause(20);
          }
          await work.ask(index);
        }
      });
      const { countDone } = work;
      const { prisma } = gateway.app.database;
      const onDone = async () => {
        const seconds = (performance.now() - startedAt) / 1_000;
        const [again] = await prisma.$queryRaw<
          { jobs: bigint }[]
        >`SELECT count(*) AS jobs FROM jobs.job WHERE retry_count > 0`;
        const told = `${kills} kills, ${again?.jobs} jobs begun again (seed ${seed})`;
        console.info(`${name}: ${total} done within ${seconds.toFixed(1)} s, ${told}`);
        await work.expectOnce();
      };
      await Promise.all([
        ...asking,
        workUnderKills(gateway, { total, kills, countDone, onReplaced, onDone, random, timeoutMs }),
      ]);
      expect(
        await prisma.$queryRaw`SELECT name, singleton_key, retry_count, output FROM jobs.job WHERE state = 'failed'`,
      ).toEqual([]);
    },
  );
});
