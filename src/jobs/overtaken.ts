import type { Database } from '../database/database.ts';
import { Prisma } from '../database/generated/client.ts';

/**
 * Removes jobs that wait to be tried again while a later one of their key runs: that one began after they had failed,
 * and sees whatever they were to see. Only one of a key can wait to be tried again, so should the later one fail with
 * the earlier still there, pg-boss would fail it for good. `by`: only those that this job has overtaken.
 */
export async function dropOvertaken(database: Database, by: { name: string; id: string } | null = null): Promise<void> {
  // `policy` is named for the index that holds one job for each state and key.
  await database.prisma.$executeRaw`
    DELETE FROM jobs.job earlier USING jobs.job later
    WHERE later.state = 'active' AND later.policy = 'stately'
      ${by === null ? Prisma.empty : Prisma.sql`AND later.name = ${by.name} AND later.id = ${by.id}::uuid`}
      AND earlier.name = later.name AND earlier.state = 'retry' AND earlier.policy = 'stately'
      AND earlier.singleton_key = later.singleton_key`;
}
