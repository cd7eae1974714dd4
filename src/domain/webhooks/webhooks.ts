import { isIP } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Tx } from '../../database/database.ts';
import { bareHostname, resolveAllowed, resolveBySystem } from '../../lib/egress/address.ts';
import { assertAllowedUrl, EgressError } from '../../lib/egress/egress.ts';
import { newId } from '../../lib/id.ts';
import { createWebhookSecret } from '../../lib/secrets/webhook-signature.ts';
import { codePointCount, isStorable, textProblem } from '../../lib/text.ts';
import type { App, Caller } from '../app.ts';
import { requireScope } from '../caller.ts';
import { collectProblems, type Problems } from '../conversations/input.ts';
import { NotFoundError, ValidationError } from '../errors.ts';
import { type Renewed, renewCipher } from '../renewal.ts';
import { transact } from '../unit-of-work.ts';

/** What a webhook can be told. Plan changes have no source in this gateway: they can be subscribed to and tested. */
export const webhookEventTypes = [
  'conversation.created',
  'conversation.updated',
  'conversation.deleted',
  'summary.generated',
  'summary.failed',
  'storage.limit_reached',
  'storage.limit_exceeded',
  'subscription.updated',
  'subscription.cancelled',
  'api_key.created',
  'api_key.revoked',
] as const;
export type WebhookEventType = (typeof webhookEventTypes)[number];

export function isWebhookEventType(text: string): text is WebhookEventType {
  return webhookEventTypes.some((type) => type === text);
}

/** Where a tenant's events are posted. */
export type WebhookRow = {
  id: string;
  url: string;
  events: string[];
  description: string | null;
  active: boolean;
  /** Why it was made inactive where nobody asked for it; null where it is active, or somebody did. */
  inactiveReason: string | null;
  createdAt: Date;
};

export const maxWebhooks = 10;
const urlMaxLength = 2_048;
const descriptionMaxCharacters = 500;
/** A resolver that is slow to answer does not hold a mutation up: the address is checked at each delivery again. */
const resolveTimeoutMs = 2_000;

const select = {
  id: true,
  url: true,
  events: true,
  description: true,
  active: true,
  inactiveReason: true,
  createdAt: true,
} as const;

/** How far a webhook has come in the tenant's event log is kept under this name; it begins where it was activated. */
export function readerName(webhookId: string): string {
  return `webhooks/${webhookId}`;
}

/** All of the tenant's webhooks, oldest first. @throws ForbiddenError */
export function listWebhooks(caller: Caller): Promise<WebhookRow[]> {
  requireScope(caller, 'admin');
  return caller.app.database.prisma.webhook.findMany({
    where: { tenantId: caller.tenantId },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    select,
  });
}

/** By their ids, in no order; unknown ones are left out. @throws ForbiddenError */
export function loadWebhooks(caller: Caller, ids: readonly string[]): Promise<WebhookRow[]> {
  requireScope(caller, 'admin');
  return caller.app.database.prisma.webhook.findMany({
    where: { tenantId: caller.tenantId, id: { in: [...ids] } },
    select,
  });
}

/** @throws ForbiddenError, NotFoundError */
export async function getWebhook(caller: Caller, id: string): Promise<WebhookRow> {
  requireScope(caller, 'admin');
  const [row] = isStorable(id) ? await loadWebhooks(caller, [id]) : [];
  if (row === undefined) throw new NotFoundError('Webhook');
  return row;
}

type CreateWebhookInput = {
  url: string;
  events: readonly string[];
  description?: string | null | undefined;
  /** Default true. */
  active?: boolean | null | undefined;
};

/**
 * Makes a webhook, which is told what happens from now on. @returns it, and its secret, which nothing shows again
 * @throws ForbiddenError, ValidationError
 */
export async function createWebhook(
  caller: Caller,
  input: CreateWebhookInput,
): Promise<{ webhook: WebhookRow; secret: string }> {
  requireScope(caller, 'admin');
  await validate(caller.app, input);
  const { app, tenantId } = caller;
  const id = newId('webhook');
  const secret = createWebhookSecret();
  const webhook = await transact(caller, async ({ tx, now }) => {
    const head = await lockLog(tx, tenantId);
    if ((await tx.webhook.count({ where: { tenantId } })) >= maxWebhooks) {
      throw new ValidationError({ url: [`A tenant may have at most ${maxWebhooks} webhooks: delete one first`] });
    }
    await tx.eventReader.create({ data: { tenantId, name: readerName(id), seq: head } });
    return tx.webhook.create({
      data: {
        tenantId,
        id,
        url: input.url,
        events: [...new Set(input.events)],
        description: input.description ?? null,
        active: input.active ?? true,
        secretCipher: app.secrets.encrypt(secret, secretContext(tenantId, id)),
        createdAt: now,
      },
      select,
    });
  });
  return { webhook, secret };
}

type UpdateWebhookInput = {
  url?: string | null | undefined;
  events?: readonly string[] | null | undefined;
  /** Null removes it. */
  description?: string | null | undefined;
  active?: boolean | null | undefined;
};

/**
 * Changes what is given. One that is made inactive stops at once; active again, it goes on with what was waiting, and
 * is not told what happened in between.
 * @throws ForbiddenError, ValidationError, NotFoundError
 */
export async function updateWebhook(caller: Caller, id: string, input: UpdateWebhookInput): Promise<WebhookRow> {
  await getWebhook(caller, id);
  await validate(caller.app, input);
  const { tenantId } = caller;
  return transact(caller, async ({ tx, now }) => {
    const head = input.active == null ? 0n : await lockLog(tx, tenantId);
    await lockReader(tx, tenantId, id);
    const before = await tx.webhook.findUnique({ where: { tenantId_id: { tenantId, id } }, select });
    if (before === null) throw new NotFoundError('Webhook');
    const row = await tx.webhook.update({
      where: { tenantId_id: { tenantId, id } },
      data: {
        ...(input.url != null && { url: input.url }),
        ...(input.events != null && { events: [...new Set(input.events)] }),
        ...(input.description !== undefined && { description: input.description }),
        // Whoever says whether it is active has read why it is not.
        ...(input.active != null && { active: input.active, inactiveReason: null }),
      },
      select,
    });
    if (row.active !== before.active) {
      if (row.active) {
        await tx.eventReader.update({
          where: { tenantId_name: { tenantId, name: readerName(id) } },
          data: { seq: head },
        });
      }
      await tx.webhookDelivery.updateMany({
        where: { tenantId, webhookId: id, status: 'PENDING' },
        data: { nextAttemptAt: row.active ? now : null },
      });
    }
    return row;
  });
}

/** Removes it with its deliveries; what is under way may still arrive. @throws ForbiddenError, NotFoundError */
export async function deleteWebhook(caller: Caller, id: string): Promise<void> {
  await getWebhook(caller, id);
  const { tenantId } = caller;
  await transact(caller, async ({ tx }) => {
    // The reader goes first: who follows the log for it waits here, and then finds neither.
    await tx.eventReader.deleteMany({ where: { tenantId, name: readerName(id) } });
    const { count } = await tx.webhook.deleteMany({ where: { tenantId, id } });
    if (count === 0) throw new NotFoundError('Webhook');
    await tx.eventReader.deleteMany({ where: { tenantId, name: { startsWith: `${readerName(id)}/` } } });
  });
}

/** @throws where SECRET_KEY is not the one that it was encrypted with */
export function decryptWebhookSecret(app: App, tenantId: string, id: string, cipher: string): string {
  return app.secrets.decrypt(cipher, secretContext(tenantId, id));
}

/** Encrypts all webhooks' secrets with the present secret. */
export async function renewWebhookSecrets(app: App): Promise<Renewed> {
  const { webhook } = app.database.prisma;
  const rows = await webhook.findMany({ select: { tenantId: true, id: true, secretCipher: true } });
  const renewed: Renewed = { renewed: 0, unreadable: 0 };
  for (const { tenantId, id, secretCipher } of rows) {
    await renewCipher(app, renewed, secretCipher, secretContext(tenantId, id), (next) =>
      webhook.updateMany({ where: { tenantId, id, secretCipher }, data: { secretCipher: next } }),
    );
  }
  return renewed;
}

function secretContext(tenantId: string, id: string): string {
  return `${tenantId}/${id}/webhookSecret`;
}

/** Where the log ends, with nobody adding to it until the transaction ends. */
async function lockLog(tx: Tx, tenantId: string): Promise<bigint> {
  const [state] = await tx.$queryRaw<{ seq: bigint }[]>`
    SELECT event_seq AS "seq" FROM tenant_state WHERE tenant_id = ${tenantId} FOR NO KEY UPDATE`;
  return state?.seq ?? 0n;
}

/** Keeps others from following the log for a webhook, and from delivering to it, until the transaction ends. */
export async function lockReader(tx: Tx, tenantId: string, webhookId: string): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`
    SELECT 1 FROM event_reader WHERE tenant_id = ${tenantId} AND name = ${readerName(webhookId)} FOR UPDATE`;
  return rows.length > 0;
}

async function validate(app: App, input: UpdateWebhookInput): Promise<void> {
  const problems = collectProblems();
  if (input.url != null) problems.add('url', await urlProblem(app, input.url));
  if (input.events != null) checkEvents(problems, input.events);
  if (input.description != null) {
    const problem = textProblem(input.description);
    if (problem !== null) problems.add('description', `Description ${problem}`);
    else if (codePointCount(input.description) > descriptionMaxCharacters) {
      problems.add('description', `Description must be at most ${descriptionMaxCharacters} characters`);
    }
  }
  problems.done();
}

function checkEvents(problems: Problems, events: readonly string[]): void {
  if (events.length === 0) problems.add('events', 'Events must name at least one event');
  if (events.length > 100 || !events.every(isWebhookEventType)) {
    problems.add('events', `Events must be of ${webhookEventTypes.join(', ')}`);
  }
}

/** What keeps an address from being posted to; a name that cannot be resolved now may be later. */
async function urlProblem(app: App, url: string): Promise<string | null> {
  if (url.length > urlMaxLength) return `URL must be at most ${urlMaxLength} characters`;
  const problem = textProblem(url);
  if (problem !== null) return `URL ${problem}`;
  const policy = { allowPrivateNetwork: app.settings.allowPrivateNetwork };
  try {
    const hostname = bareHostname(assertAllowedUrl(url, policy).hostname);
    if (policy.allowPrivateNetwork || isIP(hostname)) return null;
    const settled = new AbortController();
    const late = pause(resolveTimeoutMs, undefined, { signal: settled.signal }).catch(() => undefined);
    await Promise.race([resolveAllowed(hostname, resolveBySystem, policy), late]).finally(() => settled.abort());
    return null;
  } catch (err) {
    return err instanceof EgressError && err.kind === 'REFUSED_ADDRESS' ? err.message : null;
  }
}
