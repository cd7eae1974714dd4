import type { Database } from '../../database/database.ts';
import { Prisma } from '../../database/generated/client.ts';
import type { WindowSpan } from './windows.ts';

/** What a server has got of a tenant's window, to be spent until the window ends. */
export type Lease = {
  requests: number;
  /** What all servers together have got of this window, this lease among it. */
  granted: number;
  endsAt: Date;
  resetMs: number;
};

export type LeaseRequest = {
  tenantId: string;
  limit: number;
  /** Requests that wait for it: they get theirs, as far as there is room. */
  waiting: number;
  /** Spent without a lease, to be counted; negative: of an earlier lease, given back. */
  owed: number;
};

export type Unspent = { tenantId: string; endsAt: Date; requests: number };

const largestLease = 100;
/** Of what is left, so that leases grow small towards a window's end. */
const share = 20;

/** The windows of all servers on one database, by its clock. */
export type LeaseStore = ReturnType<typeof createLeaseStore>;

export function createLeaseStore(database: Database, { name, seconds }: WindowSpan) {
  const size = (left: Prisma.Sql, waiting: number) =>
    Prisma.sql`greatest(0, least(${left}, greatest(${waiting}::int, least(${largestLease}::int, ${left} / ${share}::int))))`;
  return {
    /** One statement, so that no two servers get the same. @returns null where there is no such tenant */
    lease: async ({ tenantId, limit, waiting, owed }: LeaseRequest): Promise<Lease | null> => {
      const whole = Prisma.sql`${limit}::int`;
      const [lease] = await database.read<Lease>(Prisma.sql`
        INSERT INTO request_window AS taken (tenant_id, name, ends_at, granted, lease)
        SELECT tenant.id, ${name}, clock_timestamp() + ${seconds}::int * interval '1 second', first.lease, first.lease
        FROM tenant, (SELECT ${size(whole, waiting)} AS lease) first
        WHERE tenant.id = ${tenantId}
        ON CONFLICT (tenant_id, name) DO UPDATE SET (ends_at, granted, lease) = (
          SELECT next.ends_at, next.before + next.lease, next.lease FROM (
            SELECT stands.*, ${size(Prisma.sql`(${limit}::int - stands.before)`, waiting)} AS lease FROM (
              SELECT CASE WHEN now.is_over THEN excluded.ends_at ELSE taken.ends_at END AS ends_at,
                CASE WHEN now.is_over THEN 0 ELSE taken.granted + ${owed}::int END AS before
              FROM (SELECT taken.ends_at <= clock_timestamp() AS is_over) now
            ) stands
          ) next)
        RETURNING lease AS "requests", granted, ends_at AS "endsAt",
          (extract(epoch FROM ends_at - clock_timestamp()) * 1000)::float8 AS "resetMs"`);
      return lease ?? null;
    },

    /** What of the window is given out; null where none is under way. */
    read: async (tenantId: string): Promise<{ granted: number; resetMs: number } | null> => {
      const [stands] = await database.read<{ granted: number; resetMs: number }>(Prisma.sql`
        SELECT granted, (extract(epoch FROM ends_at - clock_timestamp()) * 1000)::float8 AS "resetMs"
        FROM request_window
        WHERE tenant_id = ${tenantId} AND name = ${name} AND ends_at > clock_timestamp()`);
      return stands ?? null;
    },

    /** Lets others have what is not needed here, where its window is still under way. */
    giveBack: async (unspent: readonly Unspent[]): Promise<void> => {
      await database.read(Prisma.sql`
        WITH given AS (
          SELECT * FROM unnest(
            ${unspent.map(({ tenantId }) => tenantId)}::text[], ${unspent.map(({ endsAt }) => endsAt)}::timestamptz[],
            ${unspent.map(({ requests }) => requests)}::int[]
          ) line(tenant_id, ends_at, requests)
        ), locked AS (
          SELECT taken.tenant_id, given.requests FROM request_window taken
          JOIN given ON given.tenant_id = taken.tenant_id AND given.ends_at = taken.ends_at
          WHERE taken.name = ${name} ORDER BY taken.tenant_id FOR UPDATE OF taken
        )
        UPDATE request_window taken SET granted = taken.granted - locked.requests
        FROM locked WHERE taken.tenant_id = locked.tenant_id AND taken.name = ${name}`);
    },
  };
}
