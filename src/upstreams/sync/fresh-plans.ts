import type { Database } from '../../database/database.ts';

/**
 * A server plans by what it last learnt of its tables, and its autovacuum comes by once a minute: until then a first
 * sync's statements, foreign keys' and triggers' among them, are planned for tables of nothing. The embedded database
 * has an upkeep of its own.
 */

/** Conversations of a turn between two looks. */
const lookEvery = 200;

export type FreshPlans = {
  /** Takes in that so many conversations were made; never throws. */
  made(count: number): Promise<void>;
};

export function createFreshPlans({ kind, prisma }: Pick<Database, 'kind' | 'prisma'>): FreshPlans {
  let sinceLook = 0;
  return {
    made: async (count) => {
      sinceLook += count;
      if (kind !== 'postgres' || sinceLook < lookEvery) return;
      sinceLook = 0;
      // A role that may not analyze gets a warning of the server's; autovacuum comes in the end.
      await analyzeGrown(prisma).catch(() => undefined);
    },
  };
}

/** Analyzes the tables that have grown to more than twice of what the server plans for, a few times while they grow. */
async function analyzeGrown(prisma: Database['prisma']): Promise<void> {
  const grown = await prisma.$queryRaw<{ name: string }[]>`
    SELECT format('%I.%I', stat.schemaname, stat.relname) AS "name"
    FROM pg_stat_user_tables stat JOIN pg_class ON pg_class.oid = stat.relid
    WHERE stat.schemaname = current_schema() AND stat.n_live_tup > 100
      AND stat.n_live_tup > 2 * greatest(pg_class.reltuples, 0)`;
  for (const { name } of grown) await prisma.$executeRawUnsafe(`ANALYZE ${name}`);
}
