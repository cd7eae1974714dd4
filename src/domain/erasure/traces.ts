import { Prisma, type WebhookDelivery } from '../../database/generated/client.ts';
import { isRecord } from '../../lib/json.ts';
import type { Caller } from '../app.ts';
import { erasedTitle } from '../conversations/store.ts';
import { answerContext } from '../idempotency.ts';
import type { Unit } from '../unit-of-work.ts';
import { holds, jsonHolds, valueHolds } from './target.ts';

/** What tells of conversations beside their own rows: the log, webhooks out and in, writes, first answers. */

/** Whose traces: conversations by our id, with the upstream's where they have one; and a text, where one is sought. */
export type Traced = {
  ids: readonly string[];
  external: readonly { upstreamId: string; externalId: string }[];
  text: string | null;
};

export type TraceCounts = {
  events: number;
  webhookDeliveries: number;
  inboundWebhooks: number;
  upstreamWrites: number;
  idempotentAnswers: number;
};

const answersAtOnce = 500;

/**
 * Erases traces as part of a transaction. Whoever makes deliveries of the log waits meanwhile, and reads anew after it:
 * none is made later of what was read before.
 */
export async function eraseTraces(unit: Unit, caller: Caller, traced: Traced): Promise<TraceCounts> {
  const { tx } = unit;
  const { tenantId } = caller;
  await tx.$queryRaw`SELECT 1 FROM event_reader WHERE tenant_id = ${tenantId} ORDER BY name FOR UPDATE`;
  const counts = {
    events: await eraseEvents(tx, tenantId, traced),
    webhookDeliveries: await eraseDeliveries(tx, tenantId, traced),
    inboundWebhooks: await eraseInbound(tx, tenantId, traced),
    upstreamWrites: await eraseWrites(tx, tenantId, traced),
    idempotentAnswers: await eraseAnswers(tx, caller, traced),
  };
  await eraseCheckpoints(tx, tenantId, traced);
  await tx.$executeRaw`UPDATE tenant_state SET erasures = erasures + 1 WHERE tenant_id = ${tenantId}`;
  return counts;
}

const never = Prisma.sql`false`;
const anyOf = (conditions: readonly Prisma.Sql[]) => Prisma.sql`(${Prisma.join([never, ...conditions], ' OR ')})`;

/** The deletions stay in the log, since listeners are still to be told of them; what they said goes. */
function eraseEvents(tx: Unit['tx'], tenantId: string, { ids, text }: Traced): Promise<number> {
  const words = JSON.stringify({ title: erasedTitle, segment: null, topics: [] });
  return tx.$executeRaw`
    UPDATE event SET data = data || ${words}::jsonb
    WHERE tenant_id = ${tenantId} AND type = 'conversation.deleted' AND NOT data @> ${words}::jsonb
      AND ${anyOf([Prisma.sql`subject_id = ANY(${[...ids]}::text[])`, ...(text === null ? [] : [jsonHolds('data', text)])])}`;
}

/** A receiver is still told that a conversation is gone, without a word of it; all else that was to be told is not. */
async function eraseDeliveries(tx: Unit['tx'], tenantId: string, { ids, text }: Traced): Promise<number> {
  const found = await tx.$queryRaw<Pick<WebhookDelivery, 'id' | 'eventType' | 'body'>[]>`
    SELECT id, event_type AS "eventType", body FROM webhook_delivery
    WHERE tenant_id = ${tenantId} AND ${anyOf([
      Prisma.sql`EXISTS (SELECT 1 FROM unnest(${[...ids]}::text[]) erased (id) WHERE strpos(body, erased.id) > 0)`,
      ...(text === null ? [] : [jsonHolds('body', text)]),
    ])}`;
  let count = 0;
  for (const { id, eventType, body } of found) {
    const where = { tenantId_id: { tenantId, id } };
    const blank = eventType === 'conversation.deleted' ? withoutTitle(body) : null;
    if (blank === body) continue;
    if (blank === null || (text !== null && blank.toLowerCase().includes(text.toLowerCase()))) {
      await tx.webhookDelivery.delete({ where });
    } else await tx.webhookDelivery.update({ where, data: { body: blank } });
    count += 1;
  }
  return count;
}

function withoutTitle(body: string): string | null {
  const event: unknown = JSON.parse(body);
  if (!isRecord(event) || !isRecord(event['data'])) return null;
  const { data } = event;
  const conversation = data['conversation'];
  const blank = isRecord(conversation)
    ? { conversation: { ...conversation, title: erasedTitle } }
    : { title: erasedTitle };
  return JSON.stringify({ ...event, data: { ...data, ...blank } });
}

/** Those of a conversation that is not handled yet go too: it is not mirrored any more. */
function eraseInbound(tx: Unit['tx'], tenantId: string, { external, text }: Traced): Promise<number> {
  return tx.$executeRaw`
    DELETE FROM inbound_webhook
    WHERE tenant_id = ${tenantId} AND ${anyOf([
      ...external.map(
        ({ upstreamId, externalId }) => Prisma.sql`(upstream_id = ${upstreamId} AND subject = ${externalId})`,
      ),
      ...(text === null ? [] : [jsonHolds('body', text), holds('subject', text)]),
    ])}`;
}

function eraseWrites(tx: Unit['tx'], tenantId: string, { ids, external, text }: Traced): Promise<number> {
  return tx.$executeRaw`
    DELETE FROM upstream_write
    WHERE tenant_id = ${tenantId} AND ${anyOf([
      Prisma.sql`conversation_id = ANY(${[...ids]}::text[])`,
      ...external.map(
        ({ upstreamId, externalId }) =>
          Prisma.sql`(upstream_id = ${upstreamId} AND request->>'externalId' = ${externalId})`,
      ),
      ...(text === null ? [] : [jsonHolds('request', text), holds('error', text)]),
    ])}`;
}

/** Where a sync's notes name it, its next run begins with a list. */
async function eraseCheckpoints(tx: Unit['tx'], tenantId: string, { text }: Traced): Promise<void> {
  if (text === null) return;
  await tx.$executeRaw`
    UPDATE sync_run SET checkpoint = NULL WHERE tenant_id = ${tenantId} AND ${jsonHolds('checkpoint', text)}`;
}

/** The REST APIs' answers are encrypted, so each is opened. */
async function eraseAnswers(tx: Unit['tx'], caller: Caller, { ids, text }: Traced): Promise<number> {
  const { tenantId } = caller;
  const needles = text === null ? ids : [...ids, text];
  const held: { tenantId: string; operation: string; key: string }[] = [];
  let cursor: Prisma.IdempotencyRecordFindManyArgs['cursor'];
  for (;;) {
    const records = await tx.idempotencyRecord.findMany({
      where: { tenantId },
      orderBy: [{ operation: 'asc' }, { key: 'asc' }],
      take: answersAtOnce,
      ...(cursor !== undefined && { cursor, skip: 1 }),
    });
    for (const { operation, key, answer } of records) {
      const place = { tenantId, operation, key };
      const value = [key, openAnswer(caller, answer, answerContext(place))];
      if (needles.some((needle) => valueHolds(value, needle))) held.push(place);
      cursor = { tenantId_operation_key: place };
    }
    if (records.length < answersAtOnce) break;
  }
  if (held.length === 0) return 0;
  return (await tx.idempotencyRecord.deleteMany({ where: { OR: held } })).count;
}

/** What was answered; one that cannot be opened any more can answer nobody, and holds nothing that can be read. */
function openAnswer({ app }: Caller, answer: unknown, context: string): unknown {
  if (!isRecord(answer) || typeof answer['body'] !== 'string') return answer;
  try {
    return JSON.parse(app.secrets.decrypt(answer['body'], context));
  } catch {
    return null;
  }
}
