import { requireScope } from '../../domain/caller.ts';
import type { WebhookDeliveryRow } from '../../domain/webhooks/deliveries.ts';
import { listWebhooks, type WebhookRow, webhookEventTypes } from '../../domain/webhooks/webhooks.ts';
import { builder } from '../builder.ts';
import { connectionOf, pageArgs } from '../connection.ts';
import { WebhookDeliveryStatusEnum } from '../enums.ts';
import { registerNode } from '../node.ts';
import { Node } from '../refs.ts';

/** What the events' descriptions list. */
export const eventNames = webhookEventTypes.map((type) => `\`${type}\``).join(', ');

export const WebhookDelivery = builder.objectRef<WebhookDeliveryRow>('WebhookDelivery').implement({
  description: 'An event on its way to a webhook.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.exposeID('id', { description: "The delivery's id, `whd_…`." }),
    eventId: t.exposeID('eventId', { description: '`evt_…`: the same at every attempt, and for every webhook.' }),
    eventType: t.exposeString('eventType', { description: `One of ${eventNames}.` }),
    status: t.expose('status', {
      type: WebhookDeliveryStatusEnum,
      description: 'Whether it is under way, delivered, or given up.',
    }),
    attempts: t.exposeInt('attempts', { description: 'How often it was tried.' }),
    responseStatus: t.exposeInt('responseStatus', {
      nullable: true,
      description: "The last attempt's HTTP status; null where there was no answer.",
    }),
    responseTimeMs: t.exposeInt('responseTimeMs', {
      nullable: true,
      description: 'How long the last attempt took, until the answer or until it was given up.',
    }),
    error: t.exposeString('error', {
      nullable: true,
      description: 'Why the last attempt failed; null where it did not.',
    }),
    nextAttemptAt: t.expose('nextAttemptAt', {
      type: 'DateTime',
      nullable: true,
      description:
        'When it is tried next: after 1 min, 5 min, 30 min, 2 h and 6 h, then never. Null where it is settled, or ' +
        'its webhook is inactive.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was first due.' }),
  }),
});

registerNode('webhookDelivery', 'WebhookDelivery', ['admin'], (ctx, id) => ctx.loaders.webhookDelivery.load(id));

const WebhookDeliveryConnection = connectionOf('WebhookDelivery', 'deliveries', WebhookDelivery);

export const Webhook = builder.objectRef<WebhookRow>('Webhook').implement({
  description:
    'An address that events are posted to. Delivered means that it answers with any 2xx within 5 seconds; one that answers 410 is made inactive. It gets at most ' +
    '1 000 requests an hour; more wait.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.exposeID('id', { description: "The webhook's id, `whk_…`." }),
    url: t.exposeString('url', { description: 'Where events are posted.' }),
    events: t.exposeStringList('events', { description: `What it is told of, any of ${eventNames}.` }),
    description: t.exposeString('description', { nullable: true, description: 'What it is for.' }),
    active: t.exposeBoolean('active', { description: 'Whether it is told of anything now.' }),
    inactiveReason: t.exposeString('inactiveReason', {
      nullable: true,
      description: 'Why it was made inactive where nobody asked for it: its receiver answered 410. Else null.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    deliveries: t.field({
      type: WebhookDeliveryConnection,
      description: 'What it was told, newest first.',
      args: pageArgs,
      resolve: (row, args, ctx) => ctx.loaders.webhookDeliveryPage.load({ parent: row, args }),
    }),
  }),
});

registerNode('webhook', 'Webhook', ['admin'], (ctx, id) => ctx.loaders.webhook.load(id));

builder.queryFields((t) => ({
  webhook: t.field({
    type: Webhook,
    nullable: true,
    description: 'A webhook by its id. Needs the scope `admin`.',
    args: { id: t.arg.id({ required: true, description: "The webhook's id, `whk_…`." }) },
    resolve: (_root, { id }, ctx) => {
      requireScope(ctx.caller, 'admin');
      return ctx.loaders.webhook.load(id);
    },
  }),
  webhooks: t.field({
    type: [Webhook],
    nullable: true,
    description: 'Where events are posted, oldest first. Needs the scope `admin`.',
    resolve: (_root, _args, ctx) => listWebhooks(ctx.caller),
  }),
}));
