import { createHmac, randomBytes } from 'node:crypto';
import { type Handle, json, toSecond } from '../answer.ts';
import type { AiMyChatsConversation } from './store.ts';
import { invalid, listedSummary, notFound, readBody } from './wire.ts';

const DELIVERY_TIMEOUT_MS = 5_000;

export type WebhookEvent = {
  readonly id: string;
  readonly type: string;
  readonly created_at: string;
  readonly data: unknown;
};

export type WebhookDelivery = {
  readonly webhookId: string;
  readonly event: WebhookEvent;
  /** The receiver's status; null where it gave none. */
  readonly status: number | null;
  readonly error: string | null;
};

type Target = {
  readonly id: string;
  readonly url: string;
  /** Null: all. */
  readonly events: readonly string[] | null;
  readonly description: string | null;
  readonly secret: string;
  readonly active: boolean;
  readonly created_at: string;
};

export type SendOptions = {
  /** Another id, as for a delivery that comes again. */
  readonly id?: string;
  /** The `t` that is signed (default: now). */
  readonly signedAt?: Date;
  /** Signs with this instead, to forge. */
  readonly secret?: string;
};

export type AiMyChatsWebhooks = {
  /** Every attempt that has ended, oldest first. */
  readonly deliveries: readonly WebhookDelivery[];
  /** From now on changes are posted there (loopback only), as if registered for all events; null stops that. */
  sendTo(url: string | null, secret?: string): void;
  /** Keeps events back until `release`, which sends them in this order. */
  hold(): void;
  release(order?: 'as-happened' | 'reversed' | 'twice'): void;
  /** Forgets the events that are held back, and keeps none back any more. */
  drop(): void;
  /** Posts an event now to every target that takes it, even while others are held back. @returns its id */
  send(type: string, data: unknown, options?: SendOptions): string;
  /** Resolves once nothing is under way. */
  settled(): Promise<void>;
};

/** `t=…,v1=…`: HMAC-SHA-256, keyed with the whole secret, over the time, a dot and the body. */
export function signWebhook(secret: string, body: string, at: Date): string {
  const seconds = Math.floor(at.getTime() / 1000);
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}

export function conversationEventData(conversation: AiMyChatsConversation): unknown {
  const { id, title, source, created_at, summary, status } = conversation;
  return { conversation: { id, title, source, created_at, summary: listedSummary(summary), status } };
}

export function createWebhooks(now: () => Date) {
  const targets = new Map<string, Target>();
  const deliveries: WebhookDelivery[] = [];
  const closing = new AbortController();
  const lines = new Map<string, Promise<void>>();
  let held: WebhookEvent[] | null = null;
  let eventCount = 0;
  let targetCount = 0;

  const makeEvent = (type: string, data: unknown, id?: string): WebhookEvent => ({
    id: id ?? `evt_${++eventCount}`,
    type,
    created_at: toSecond(now()),
    data,
  });

  /** One after another for each target, so they come in the order of the changes. */
  const dispatch = (event: WebhookEvent, options: SendOptions = {}) => {
    for (const target of targets.values()) {
      if (!target.active || (target.events && !target.events.includes(event.type))) continue;
      enqueue(target, event, options);
    }
  };

  const enqueue = (target: Target, event: WebhookEvent, options: SendOptions) => {
    const before = lines.get(target.id) ?? Promise.resolve();
    lines.set(
      target.id,
      before.then(async () => {
        if (!closing.signal.aborted) deliveries.push(await post(target, event, options));
      }),
    );
  };

  const post = async (target: Target, event: WebhookEvent, options: SendOptions): Promise<WebhookDelivery> => {
    const body = JSON.stringify(event);
    const signature = signWebhook(options.secret ?? target.secret, body, options.signedAt ?? now());
    const attempt = { webhookId: target.id, event };
    try {
      const response = await fetch(target.url, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'X-AImyChats-Signature': signature },
        body,
        redirect: 'manual',
        signal: AbortSignal.any([AbortSignal.timeout(DELIVERY_TIMEOUT_MS), closing.signal]),
      });
      await response.body?.cancel();
      return { ...attempt, status: response.status, error: null };
    } catch (err) {
      return { ...attempt, status: null, error: String(err instanceof Error ? (err.cause ?? err) : err) };
    }
  };

  const control: AiMyChatsWebhooks = {
    deliveries,
    sendTo(url, secret = 'whsec_test') {
      targets.delete('wh_default');
      if (url === null) return;
      requireLoopback(url);
      const created_at = toSecond(now());
      targets.set('wh_default', {
        id: 'wh_default',
        url,
        events: null,
        description: null,
        secret,
        active: true,
        created_at,
      });
    },
    hold() {
      held ??= [];
    },
    release(order = 'as-happened') {
      const events = held ?? [];
      held = null;
      const inOrder = order === 'reversed' ? events.toReversed() : order === 'twice' ? [...events, ...events] : events;
      for (const event of inOrder) dispatch(event);
    },
    drop() {
      held = null;
    },
    send(type, data, options = {}) {
      const event = makeEvent(type, data, options.id);
      dispatch(event, options);
      return event.id;
    },
    async settled() {
      // Events may join a line while it is awaited.
      for (let before = -1; before !== deliveries.length; ) {
        before = deliveries.length;
        await Promise.all(lines.values());
      }
    },
  };

  const find = (id: string): Target => {
    const target = targets.get(id);
    if (!target) throw notFound('Webhook');
    return target;
  };
  const show = ({ id, url, events, description, active, created_at }: Target) => ({
    id,
    url,
    events: events ?? [],
    description,
    active,
    created_at,
  });

  const routes: Record<string, Handle> = {
    'POST /webhooks': ({ request }) => {
      const fields = readTarget(readBody(request), true);
      const target: Target = {
        id: `wh_${++targetCount}`,
        url: fields.url ?? '',
        events: fields.events ?? [],
        description: fields.description ?? null,
        secret: `whsec_${randomBytes(24).toString('base64url')}`,
        active: fields.active ?? true,
        created_at: toSecond(now()),
      };
      targets.set(target.id, target);
      const { id, url, events, secret, active, created_at } = target;
      return json(201, { id, url, events, secret, active, created_at });
    },
    'GET /webhooks': () => json(200, { data: [...targets.values()].map(show) }),
    'GET /webhooks/:id': (_, id) => json(200, show(find(id))),
    'PATCH /webhooks/:id': ({ request }, id) => {
      const target = { ...find(id), ...readTarget(readBody(request), false) };
      targets.set(id, target);
      return json(200, show(target));
    },
    'DELETE /webhooks/:id': (_, id) => {
      targets.delete(find(id).id);
      return json(200, { deleted: true, id });
    },
    'POST /webhooks/:id/test': ({ request }, id) => {
      const type = readBody(request)['event_type'];
      if (typeof type !== 'string') throw invalid({ event_type: ['Event type is required'] });
      const event = makeEvent(type, { test: true });
      enqueue(find(id), event, {});
      return json(202, { id: event.id, type });
    },
    'GET /webhooks/:id/events': (_, id) =>
      json(200, {
        data: deliveries
          .filter(({ webhookId }) => webhookId === find(id).id)
          .map(({ event, status }) => ({
            id: event.id,
            type: event.type,
            created_at: event.created_at,
            status: status === 200 ? 'delivered' : 'failed',
            response_status: status,
          })),
      }),
    'POST /webhooks/:id/events/:eventId/retry': (_, id, eventId) => {
      const target = find(id);
      const past = deliveries.find(({ webhookId, event }) => webhookId === id && event.id === eventId);
      if (!past) throw notFound('Event');
      enqueue(target, past.event, {});
      return json(202, { id: eventId, type: past.event.type });
    },
  };

  return {
    control,
    routes,
    emit(type: string, data: unknown) {
      const event = makeEvent(type, data);
      if (held) held.push(event);
      else dispatch(event);
    },
    async close() {
      closing.abort();
      await Promise.all(lines.values());
    },
  };
}

function readTarget(body: Record<string, unknown>, isNew: boolean) {
  const { url, events, description, active } = body;
  const wrong: Record<string, string[]> = {};
  if ((isNew || url !== undefined) && !(typeof url === 'string' && URL.canParse(url)))
    wrong['url'] = ['Url is required'];
  const names = Array.isArray(events) ? events.filter((each) => typeof each === 'string') : [];
  if ((isNew || events !== undefined) && names.length === 0) wrong['events'] = ['At least one event is required'];
  if (Object.keys(wrong).length > 0) throw invalid(wrong);
  if (typeof url === 'string') {
    try {
      requireLoopback(url);
    } catch (err) {
      throw invalid({ url: [err instanceof Error ? err.message : 'Not reachable'] });
    }
  }
  return {
    ...(typeof url === 'string' ? { url } : {}),
    ...(events === undefined ? {} : { events: names }),
    ...(typeof description === 'string' ? { description } : {}),
    ...(typeof active === 'boolean' ? { active } : {}),
  };
}

/** A stand-in never sends anything off the machine. */
function requireLoopback(url: string): void {
  const { hostname } = new URL(url);
  if (!/^(127(\.\d+){3}|localhost|\[::1\])$/.test(hostname)) {
    throw new Error(`A stand-in posts to loopback addresses only, not to ${hostname}`);
  }
}
