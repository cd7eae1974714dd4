import type { Database } from '../../database/database.ts';
import type { Prisma } from '../../database/generated/client.ts';
import { type Clock, systemClock } from './clock.ts';
import { isForgettable, noRateUsage, type RateUsage } from './rate-usage.ts';

/** Where what is known of accounts' requests is kept. */
export type RateUsageStore = {
  /** Whether other processes spend from it too. */
  readonly isShared: boolean;
  /** Runs `change` on what is known of an account, alone among all who do, and keeps what it makes of it. */
  update<T>(account: string, change: (spending: RateUsage, now: number) => T): Promise<T>;
};

/** For the requests of this process alone. */
export function createLocalRateUsage(clock: Clock = systemClock): RateUsageStore {
  const accounts = new Map<string, RateUsage>();
  return {
    isShared: false,
    update: async (account, change) => {
      const spending = accounts.get(account) ?? noRateUsage();
      const now = clock.now();
      const result = change(spending, now);
      if (isForgettable(spending, now)) accounts.delete(account);
      else accounts.set(account, spending);
      return result;
    },
  };
}

/** For all processes on one database, by the database's clock. */
export function createSharedRateUsage(database: Database): RateUsageStore {
  return {
    isShared: true,
    update: (account, change) =>
      database.transaction(async (tx) => {
        const read = () => tx.$queryRaw<{ spending: RateUsage; now: number }[]>`
          SELECT spending, (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now
          FROM upstream_spending WHERE account = ${account} FOR UPDATE`;
        let [row] = await read();
        if (row === undefined) {
          const first = {
            account,
            spending: noRateUsage() as unknown as Prisma.InputJsonObject,
            changedAt: new Date(),
          };
          await tx.upstreamSpending.createMany({ data: [first], skipDuplicates: true });
          [row] = await read();
        }
        if (row === undefined) throw new Error('what an account has spent was removed while it was read');
        const result = change(row.spending, row.now);
        await tx.$executeRaw`
          UPDATE upstream_spending SET spending = ${JSON.stringify(row.spending)}::jsonb, changed_at = now()
          WHERE account = ${account}`;
        return result;
      }),
  };
}

/** Removes what is known of accounts that were not used since `before`. */
export async function pruneRateUsage(database: Database, before: Date): Promise<void> {
  await database.prisma.upstreamSpending.deleteMany({ where: { changedAt: { lt: before } } });
}
