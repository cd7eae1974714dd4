import type { Tx } from '../../database/database.ts';
import { Prisma } from '../../database/generated/client.ts';
import { minuteMs } from '../../lib/time/durations.ts';
import { readerName } from './webhooks.ts';

/** Attempts that a webhook may get within any 60 minutes. */
const maxAttemptsAnHour = 1_000;

/** The running minute and the 60 before it: an hour from any instant lies within. */
const windowMinutes = 61;

/** Counts of a webhook's attempts by minute, kept beside its place in the log. */
const paceName = (webhookId: string, minute: number) =>
  `${readerName(webhookId)}/attempts/${String(minute).padStart(10, '0')}`;

/**
 * How many attempts a webhook may get now, and when it may get the next where that is none. The caller holds the
 * lock on the webhook's reader.
 */
export async function readPace(
  tx: Tx,
  tenantId: string,
  webhookId: string,
  now: Date,
): Promise<{ allowed: number; opensAt: Date }> {
  const minute = Math.floor(now.getTime() / minuteMs);
  const rows = await tx.$queryRaw<{ name: string; count: bigint }[]>`
    SELECT name, seq AS "count" FROM event_reader
    WHERE tenant_id = ${tenantId} AND ${isCount(webhookId)}
      AND name > ${paceName(webhookId, minute - windowMinutes)} COLLATE "C"
    ORDER BY name COLLATE "C"`;
  const used = rows.reduce((sum, { count }) => sum + Number(count), 0);
  const oldest = Number(rows[0]?.name.slice(-10) ?? minute);
  return {
    allowed: Math.max(0, maxAttemptsAnHour - used),
    opensAt: new Date((oldest + windowMinutes) * minuteMs),
  };
}

/** Notes attempts that are about to be made, and forgets those that no hour reaches any more. */
export async function spendPace(
  tx: Tx,
  tenantId: string,
  webhookId: string,
  now: Date,
  attempts: number,
): Promise<void> {
  const minute = Math.floor(now.getTime() / minuteMs);
  const made = await tx.$queryRaw<{ count: bigint }[]>`
    INSERT INTO event_reader (tenant_id, name, seq) VALUES (${tenantId}, ${paceName(webhookId, minute)}, ${attempts})
    ON CONFLICT (tenant_id, name) DO UPDATE SET seq = event_reader.seq + excluded.seq RETURNING seq AS "count"`;
  // Once a minute is enough.
  if (made[0]?.count !== BigInt(attempts)) return;
  await tx.$executeRaw`
    DELETE FROM event_reader
    WHERE tenant_id = ${tenantId} AND ${isCount(webhookId)}
      AND name <= ${paceName(webhookId, minute - windowMinutes)} COLLATE "C"`;
}

function isCount(webhookId: string): Prisma.Sql {
  return Prisma.sql`name LIKE ${`${readerName(webhookId).replaceAll('_', '\\_')}/attempts/%`}`;
}
