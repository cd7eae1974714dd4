import { Prisma } from '../../database/generated/client.ts';
import { planned } from '../../database/planning.ts';
import { decodeKeyset, encodeKeyset } from '../../lib/pages/keyset-cursor.ts';
import { isBoundedBy, type Page, type PageArgs, readPageArgs, toPage } from '../../lib/pages/paging.ts';
import { isStorable } from '../../lib/text.ts';
import { dayMs } from '../../lib/time/durations.ts';
import type { App, Caller } from '../app.ts';
import { requireScope } from '../caller.ts';
import { BadRequestError, badCursor } from '../errors.ts';
import type { auditWays } from './sender.ts';

export const auditOutcomes = ['DONE', 'REFUSED', 'FAILED'] as const;

export type AuditRow = {
  id: string;
  at: Date;
  way: (typeof auditWays)[number];
  action: string;
  apiKeyId: string | null;
  targetId: string | null;
  outcome: (typeof auditOutcomes)[number];
  reason: string | null;
  address: string | null;
  forwardedFor: string | null;
  requestId: string | null;
};

/** Each narrows the list; what is not given does not. */
export type AuditFilter = {
  apiKeyId?: string | null | undefined;
  targetId?: string | null | undefined;
  outcome?: AuditRow['outcome'] | null | undefined;
  /** Included. */
  since?: Date | null | undefined;
  /** Not included. */
  until?: Date | null | undefined;
};

const order = 'AT.DESC';

/** A page of the tenant's audit log, newest first. @throws ForbiddenError; BadRequestError on a bad cursor or size */
export async function listAuditEntries(caller: Caller, filter: AuditFilter, args: PageArgs): Promise<Page<AuditRow>> {
  requireScope(caller, 'admin');
  const window = readPageArgs(args);
  if ('problem' in window) throw new BadRequestError(window.problem, { [window.field]: [window.problem] });
  const { database } = caller.app;
  const condition = conditionOf(caller.tenantId, filter);
  const direction = Prisma.raw(window.isBackward ? 'ASC' : 'DESC');
  const rows = await database.read<AuditRow>(Prisma.sql`
    SELECT id, at, way, action, api_key_id AS "apiKeyId", target_id AS "targetId",
      outcome, reason, address, forwarded_for AS "forwardedFor", request_id AS "requestId"
    FROM audit_entry
    WHERE ${condition} AND ${beyond(window.after, 'after')} AND ${beyond(window.before, 'before')}
    ORDER BY at ${direction}, id ${direction} LIMIT ${planned(window.limit)}`);
  const cursorOf = (row: AuditRow) => encodeKeyset({ order, value: row.at.toISOString(), id: row.id });
  return toPage(window, rows, cursorOf, {
    hasBeyond: isBoundedBy(window),
    totalCount: async () => {
      const [row] = await database.read<{ count: number }>(
        Prisma.sql`SELECT count(*)::int AS "count" FROM audit_entry WHERE ${condition}`,
      );
      return row?.count ?? 0;
    },
  });
}

function conditionOf(tenantId: string, { apiKeyId, targetId, outcome, since, until }: AuditFilter): Prisma.Sql {
  const conditions = [Prisma.sql`tenant_id = ${tenantId}`];
  for (const [column, id] of [
    ['api_key_id', apiKeyId],
    ['target_id', targetId],
  ] as const) {
    if (id == null) continue;
    conditions.push(isStorable(id) ? Prisma.sql`${Prisma.raw(column)} = ${id}` : Prisma.sql`false`);
  }
  if (outcome != null) conditions.push(Prisma.sql`outcome = ${outcome}`);
  if (since != null) conditions.push(Prisma.sql`at >= ${since}`);
  if (until != null) conditions.push(Prisma.sql`at < ${until}`);
  return Prisma.join(conditions, ' AND ');
}

function beyond(cursor: string | null, side: 'after' | 'before'): Prisma.Sql {
  if (cursor === null) return Prisma.sql`true`;
  const place = decodeKeyset(cursor, order);
  const at = new Date(place?.value ?? '');
  if (place === null || Number.isNaN(at.getTime())) throw badCursor(side);
  return Prisma.sql`(at, id) ${Prisma.raw(side === 'after' ? '<' : '>')} (${at}::timestamptz, ${place.id})`;
}

/** Removes what is older than the deployment keeps the log: all of it where it keeps none. */
export async function pruneAuditLog({ database, settings }: App, now: Date): Promise<void> {
  const before = new Date(now.getTime() - settings.auditRetentionDays * dayMs);
  await database.prisma.$executeRaw`
    DELETE FROM audit_entry USING tenant WHERE audit_entry.tenant_id = tenant.id AND audit_entry.at < ${before}`;
}
