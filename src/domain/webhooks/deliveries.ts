import { Prisma } from '../../database/generated/client.ts';
import type { WebhookDeliveryStatus } from '../../database/generated/enums.ts';
import { anyText, planned } from '../../database/planning.ts';
import { decodeKeyset, encodeKeyset } from '../../lib/pages/keyset-cursor.ts';
import { isBoundedBy, type Page, type PageArgs, readPageArgs, toPage } from '../../lib/pages/paging.ts';
import { isStorable } from '../../lib/text.ts';
import type { Caller } from '../app.ts';
import { requireScope } from '../caller.ts';
import { BadRequestError, badCursor, NotFoundError, ValidationError } from '../errors.ts';
import { transact } from '../unit-of-work.ts';
import { newDelivery } from './dispatch.ts';
import { sampleEvent } from './events.ts';
import { getWebhook, isWebhookEventType, lockReader, webhookEventTypes } from './webhooks.ts';

/** An event on its way to a webhook. */
export type WebhookDeliveryRow = {
  id: string;
  webhookId: string;
  eventId: string;
  eventType: string;
  status: WebhookDeliveryStatus;
  attempts: number;
  /** Of the last attempt. */
  responseStatus: number | null;
  responseTimeMs: number | null;
  error: string | null;
  /** Null where none is due: it is settled, or its webhook is not active. */
  nextAttemptAt: Date | null;
  createdAt: Date;
};

const columns = Prisma.sql`
  delivery.id, delivery.webhook_id AS "webhookId", delivery.event_id AS "eventId",
  delivery.event_type AS "eventType", delivery.status, delivery.attempts,
  delivery.response_status AS "responseStatus", delivery.response_time_ms AS "responseTimeMs", delivery.error,
  delivery.next_attempt_at AS "nextAttemptAt", delivery.created_at AS "createdAt"`;

const order = 'WEBHOOK_DELIVERY';

function placeOf(cursor: string, side: 'after' | 'before'): { createdAt: Date; id: string } {
  const place = decodeKeyset(cursor, order);
  const createdAt = new Date(place?.value ?? '');
  const isGivenOut = !Number.isNaN(createdAt.getTime()) && createdAt.toISOString() === place?.value;
  if (place === null || !isGivenOut || createdAt.getUTCFullYear() > 9_999) throw badCursor(side);
  return { createdAt, id: place.id };
}

/**
 * The same page of each webhook's deliveries, newest first, in one statement however many webhooks there are.
 * @throws ForbiddenError, BadRequestError
 */
export async function loadDeliveryPages(
  caller: Caller,
  webhookIds: readonly string[],
  args: PageArgs,
): Promise<Page<WebhookDeliveryRow>[]> {
  requireScope(caller, 'admin');
  const window = readPageArgs(args);
  if ('problem' in window) throw new BadRequestError(window.problem, { [window.field]: [window.problem] });
  const beyond = (cursor: string | null, side: 'after' | 'before') => {
    if (cursor === null) return Prisma.sql`true`;
    const { createdAt, id } = placeOf(cursor, side);
    const operator = Prisma.raw(side === 'after' ? '<' : '>');
    return Prisma.sql`(delivery.created_at, delivery.id) ${operator} (${createdAt}::timestamptz, ${id})`;
  };
  const direction = Prisma.raw(window.isBackward ? 'ASC' : 'DESC');
  const rows = await caller.app.database.prisma.$queryRaw<WebhookDeliveryRow[]>`
    SELECT delivery.* FROM unnest(${[...webhookIds]}::text[]) wanted(id)
    CROSS JOIN LATERAL (
      SELECT ${columns} FROM webhook_delivery delivery
      WHERE delivery.tenant_id = ${caller.tenantId} AND delivery.webhook_id = wanted.id
        AND ${beyond(window.after, 'after')} AND ${beyond(window.before, 'before')}
      ORDER BY delivery.created_at ${direction}, delivery.id ${direction} LIMIT ${planned(window.limit)}
    ) delivery`;
  const groups = Map.groupBy(rows, (row) => row.webhookId);
  let counts: Promise<Map<string, number>> | null = null;
  const cursorOf = ({ createdAt, id }: WebhookDeliveryRow) =>
    encodeKeyset({ order, value: createdAt.toISOString(), id });
  return webhookIds.map((id) =>
    toPage(window, groups.get(id) ?? [], cursorOf, {
      hasBeyond: isBoundedBy(window),
      totalCount: async () => {
        counts ??= countDeliveries(caller, webhookIds);
        return (await counts).get(id) ?? 0;
      },
    }),
  );
}

async function countDeliveries(caller: Caller, webhookIds: readonly string[]): Promise<Map<string, number>> {
  const rows = await caller.app.database.prisma.webhookDelivery.groupBy({
    by: ['webhookId'],
    where: { tenantId: caller.tenantId, webhookId: { in: [...webhookIds] } },
    _count: true,
  });
  return new Map(rows.map((row) => [row.webhookId, row._count]));
}

/** By their ids, in no order; unknown ones are left out. @throws ForbiddenError */
export function loadDeliveries(caller: Caller, ids: readonly string[]): Promise<WebhookDeliveryRow[]> {
  requireScope(caller, 'admin');
  return caller.app.database.prisma.$queryRaw<WebhookDeliveryRow[]>`
    SELECT ${columns} FROM webhook_delivery delivery
    WHERE delivery.tenant_id = ${caller.tenantId} AND delivery.id = ${anyText(ids)}`;
}

async function getDelivery(caller: Caller, id: string): Promise<WebhookDeliveryRow> {
  const [row] = isStorable(id) ? await loadDeliveries(caller, [id]) : [];
  if (row === undefined) throw new NotFoundError('Webhook delivery');
  return row;
}

/** As REST names a delivery: by its webhook and event. @throws ForbiddenError, NotFoundError */
export async function getDeliveryOfEvent(
  caller: Caller,
  webhookId: string,
  eventId: string,
): Promise<WebhookDeliveryRow> {
  requireScope(caller, 'admin');
  const isAskable = isStorable(webhookId) && isStorable(eventId);
  const found = isAskable
    ? await caller.app.database.prisma.webhookDelivery.findFirst({
        where: { tenantId: caller.tenantId, webhookId, eventId },
        select: { id: true },
      })
    : null;
  if (found === null) throw new NotFoundError('Webhook delivery');
  return getDelivery(caller, found.id);
}

/**
 * Sends a sample event of that type, whether the webhook is told of such events or not.
 * @throws ForbiddenError, ValidationError, NotFoundError
 */
export async function testWebhook(caller: Caller, webhookId: string, eventType: string): Promise<WebhookDeliveryRow> {
  const { active } = await getWebhook(caller, webhookId);
  if (!isWebhookEventType(eventType)) {
    throw new ValidationError({ eventType: [`Event type must be one of ${webhookEventTypes.join(', ')}`] });
  }
  const inactive = () => new ValidationError({ id: ['The webhook is inactive: activate it first'] });
  if (!active) throw inactive();
  const { tenantId } = caller;
  const id = await transact(caller, async ({ tx, now, enqueue }) => {
    await lockReader(tx, tenantId, webhookId);
    const webhook = await tx.webhook.findUnique({ where: { tenantId_id: { tenantId, id: webhookId } } });
    if (webhook === null) throw new NotFoundError('Webhook');
    if (!webhook.active) throw inactive();
    const delivery = newDelivery(tenantId, webhookId, sampleEvent(eventType, now), now);
    await tx.webhookDelivery.create({ data: delivery });
    enqueue({ name: 'deliver-webhook', data: { tenantId, webhookId } });
    return delivery.id;
  });
  return getDelivery(caller, id);
}

/**
 * Tries a delivery again now, also one that was delivered: its event bears the same id. Where the webhook is not
 * active, it is tried once that is.
 * @throws ForbiddenError, NotFoundError
 */
export async function retryWebhookDelivery(caller: Caller, id: string): Promise<WebhookDeliveryRow> {
  requireScope(caller, 'admin');
  const { webhookId } = await getDelivery(caller, id);
  const { tenantId } = caller;
  await transact(caller, async ({ tx, now, enqueue }) => {
    await lockReader(tx, tenantId, webhookId);
    const webhook = await tx.webhook.findUnique({ where: { tenantId_id: { tenantId, id: webhookId } } });
    if (webhook === null) throw new NotFoundError('Webhook delivery');
    const { status, nextAttemptAt } = await tx.webhookDelivery.findUniqueOrThrow({
      where: { tenantId_id: { tenantId, id } },
    });
    const isDue = status === 'PENDING' && (nextAttemptAt === null || nextAttemptAt <= now);
    await tx.webhookDelivery.update({
      where: { tenantId_id: { tenantId, id } },
      data: {
        status: 'PENDING',
        nextAttemptAt: webhook.active ? now : null,
        ...(!isDue && { manualAttempts: { increment: 1 } }),
      },
    });
    if (webhook.active) enqueue({ name: 'deliver-webhook', data: { tenantId, webhookId } });
  });
  return getDelivery(caller, id);
}
