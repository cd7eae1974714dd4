import type { Tx } from '../../database/database.ts';
import { type LoggedEvent, readEvents, readLogBounds } from '../../events/log.ts';
import { newId } from '../../lib/id.ts';
import type { App } from '../app.ts';
import { systemCaller } from '../caller.ts';
import type { JobRequest } from '../jobs.ts';
import { toWebhookEvents, type WebhookEvent, webhookTypeOf } from './events.ts';
import { readerName } from './webhooks.ts';

/** Each active webhook follows the tenant's event log from a place of its own, and gets a delivery for each event. */

const pageSize = 200;

type Follower = { id: string; events: string[]; seq: bigint; erasures: number };

/**
 * Makes the deliveries of the next events in the log. The body of each is fixed now, and the place in the log moves
 * on with them: run twice, or by two at once, it makes one delivery for each webhook and event.
 * @returns whether there is more
 */
export async function dispatchWebhooks(app: App, tenantId: string): Promise<boolean> {
  const followers = await readFollowers(app.database.prisma, tenantId, null);
  const [first] = followers.map(({ seq }) => seq).sort((a, b) => (a < b ? -1 : 1));
  if (first === undefined) return false;
  const events = await readEvents(app.database, tenantId, first, pageSize);
  const last = events.at(-1)?.seq ?? (await readLogBounds(app.database, tenantId)).head;
  if (last <= first) return false;
  tellOfGap(app, tenantId, first, events[0]?.seq ?? last + 1n);
  const types = new Set(followers.flatMap((follower) => follower.events));
  const wanted = events.filter((event) => types.has(webhookTypeOf(event) ?? ''));
  const told = await toWebhookEvents(systemCaller(app, tenantId), wanted);
  tellOfUntold(app, tenantId, wanted, told);

  await app.database.transaction(async (tx) => {
    const names = followers.map(({ id }) => readerName(id));
    await tx.$queryRaw`
      SELECT 1 FROM event_reader WHERE tenant_id = ${tenantId} AND name = ANY(${names}::text[]) ORDER BY name FOR UPDATE`;
    // Read by a statement of its own: what changed while the lock was waited for is seen.
    const current = await readFollowers(tx, tenantId, names);
    // What was read before an erasure may tell what was erased: the next turn reads it anew.
    if (current[0]?.erasures !== followers[0]?.erasures) return;
    await insertDeliveries(app, tx, tenantId, current, told);
    await tx.$executeRaw`
      UPDATE event_reader SET seq = ${last}
      WHERE tenant_id = ${tenantId} AND name = ANY(${names}::text[]) AND seq < ${last}`;
  });
  return events.length === pageSize;
}

function readFollowers(tx: Tx, tenantId: string, names: readonly string[] | null): Promise<Follower[]> {
  return tx.$queryRaw<Follower[]>`
    SELECT webhook.id, webhook.events, reader.seq, state.erasures FROM webhook
    JOIN tenant_state state ON state.tenant_id = webhook.tenant_id
    JOIN event_reader reader ON reader.tenant_id = webhook.tenant_id AND reader.name = 'webhooks/' || webhook.id
    WHERE webhook.tenant_id = ${tenantId} AND webhook.active
      AND (${names === null} OR reader.name = ANY(${[...(names ?? [])]}::text[]))`;
}

async function insertDeliveries(
  app: App,
  tx: Tx,
  tenantId: string,
  followers: readonly Follower[],
  told: ReadonlyMap<bigint, WebhookEvent>,
): Promise<void> {
  const now = new Date();
  const deliveries = followers.flatMap((follower) =>
    [...told]
      .filter(([seq, event]) => seq > follower.seq && follower.events.includes(event.type))
      .map(([, event]) => newDelivery(tenantId, follower.id, event, now)),
  );
  if (deliveries.length === 0) return;
  await tx.webhookDelivery.createMany({ data: deliveries, skipDuplicates: true });
  const ids = new Set(deliveries.map(({ webhookId }) => webhookId));
  await app.enqueue.within(
    tx,
    [...ids].map((webhookId): JobRequest => ({ name: 'deliver-webhook', data: { tenantId, webhookId } })),
  );
}

/** A delivery that is due now. */
export function newDelivery(tenantId: string, webhookId: string, event: WebhookEvent, now: Date) {
  return {
    tenantId,
    id: newId('webhookDelivery'),
    webhookId,
    eventId: event.id,
    eventType: event.type,
    body: event.body,
    nextAttemptAt: now,
    createdAt: now,
  };
}

function tellOfGap(app: App, tenantId: string, after: bigint, next: bigint): void {
  const missing = next - after - 1n;
  if (missing <= 0n) return;
  app.log.error(
    { tenantId, missing: String(missing) },
    'events were removed from the log before webhooks were told of them: run workers, or keep events longer',
  );
}

/** Only what is deleted can no longer be told, and its deletion is told. */
function tellOfUntold(
  app: App,
  tenantId: string,
  wanted: readonly LoggedEvent[],
  told: ReadonlyMap<bigint, WebhookEvent>,
): void {
  const untold = wanted.filter(({ seq }) => !told.has(seq));
  if (untold.length === 0) return;
  const events = untold.map(({ seq, type }) => ({ seq: String(seq), type }));
  app.log.info({ tenantId, events }, 'webhooks are not told of what is deleted by now');
}

/** Tenants with an active webhook that has not come to the end of the log; of `among`, or of all where that is null. */
export async function findTenantsBehind(app: App, among: readonly string[] | null): Promise<string[]> {
  const rows = await app.database.prisma.$queryRaw<{ tenantId: string }[]>`
    SELECT DISTINCT webhook.tenant_id AS "tenantId" FROM webhook
    JOIN event_reader reader ON reader.tenant_id = webhook.tenant_id AND reader.name = 'webhooks/' || webhook.id
    JOIN tenant_state state ON state.tenant_id = webhook.tenant_id
    WHERE webhook.active AND state.event_seq > reader.seq
      AND (${among === null} OR webhook.tenant_id = ANY(${[...(among ?? [])]}::text[]))`;
  return rows.map(({ tenantId }) => tenantId);
}
