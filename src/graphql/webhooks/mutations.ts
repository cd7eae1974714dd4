import { NotFoundError, ValidationError } from '../../domain/errors.ts';
import { retryWebhookDelivery, testWebhook, type WebhookDeliveryRow } from '../../domain/webhooks/deliveries.ts';
import { createWebhook, deleteWebhook, maxWebhooks, updateWebhook } from '../../domain/webhooks/webhooks.ts';
import { builder, type Types } from '../builder.ts';
import { eventNames, Webhook, WebhookDelivery } from './webhook.ts';

const idDescription = "The webhook's id, `whk_…`.";
const urlDescription = 'http or https, at a public address; redirects are not followed.';
const eventsDescription = `What it is told of: any of ${eventNames}.`;
const descriptionDescription = 'What it is for, at most 500 characters.';

builder.relayMutationField(
  'createWebhook',
  {
    description: 'A webhook to be made.',
    inputFields: (t) => ({
      url: t.string({ required: true, description: urlDescription }),
      events: t.stringList({ required: true, description: eventsDescription }),
      description: t.string({ description: descriptionDescription }),
      active: t.boolean({ defaultValue: true, description: 'Whether it is told of what happens from now on.' }),
    }),
  },
  {
    description: `Makes a webhook; a tenant has ${maxWebhooks} at most. Needs the scope \`admin\`.`,
    errors: { types: [ValidationError] },
    resolve: (_root, { input }, ctx) => createWebhook(ctx.caller, input),
  },
  {
    description: 'The webhook was made.',
    outputFields: (t) => ({
      webhook: t.expose('webhook', { type: Webhook, description: 'The new webhook.' }),
      secret: t.exposeString('secret', {
        description: '`whsec_…`, which its requests are signed with. Shown this once.',
      }),
    }),
  },
);

builder.relayMutationField(
  'updateWebhook',
  {
    description: 'What is to change of a webhook; what is not given stays.',
    inputFields: (t) => ({
      id: t.id({ required: true, description: idDescription }),
      url: t.string({ description: urlDescription }),
      events: t.stringList({ description: eventsDescription }),
      description: t.string({ description: `${descriptionDescription} Null removes it.` }),
      active: t.boolean({
        description:
          'False stops it at once. True goes on with what was waiting; what happened in between it is not told of.',
      }),
    }),
  },
  {
    description: 'Changes a webhook. Needs the scope `admin`.',
    errors: { types: [ValidationError, NotFoundError] },
    resolve: async (_root, { input: { id, ...change } }, ctx) => ({
      webhook: await updateWebhook(ctx.caller, id, change),
    }),
  },
  {
    description: 'The webhook was changed.',
    outputFields: (t) => ({ webhook: t.expose('webhook', { type: Webhook, description: 'As it is now.' }) }),
  },
);

builder.relayMutationField(
  'deleteWebhook',
  {
    description: 'Which webhook is to be deleted.',
    inputFields: (t) => ({ id: t.id({ required: true, description: idDescription }) }),
  },
  {
    description: 'Deletes a webhook with its deliveries. Needs the scope `admin`.',
    errors: { types: [NotFoundError] },
    resolve: async (_root, { input: { id } }, ctx) => {
      await deleteWebhook(ctx.caller, id);
      return { deletedWebhookId: id };
    },
  },
  {
    description: 'It is told of nothing any more, and its deliveries are gone.',
    outputFields: (t) => ({ deletedWebhookId: t.exposeID('deletedWebhookId', { description: 'The id it had.' }) }),
  },
);

/** A payload that holds a delivery as it is now. */
const deliveryPayload = (description: string) => ({
  description,
  outputFields: (t: PothosSchemaTypes.ObjectFieldBuilder<Types, { delivery: WebhookDeliveryRow }>) => ({
    delivery: t.expose('delivery', { type: WebhookDelivery, description: 'As it is now: PENDING, and under way.' }),
  }),
});

builder.relayMutationField(
  'testWebhook',
  {
    description: 'A sample event to be sent.',
    inputFields: (t) => ({
      id: t.id({ required: true, description: idDescription }),
      eventType: t.string({
        required: true,
        description: `${eventNames}; also one that the webhook is not told of.`,
      }),
    }),
  },
  {
    description: 'Sends a sample event to a webhook. Needs the scope `admin`.',
    errors: { types: [ValidationError, NotFoundError] },
    resolve: async (_root, { input: { id, eventType } }, ctx) => ({
      delivery: await testWebhook(ctx.caller, id, eventType),
    }),
  },
  deliveryPayload('A sample event is being sent.'),
);

builder.relayMutationField(
  'retryWebhookDelivery',
  {
    description: 'Which delivery is to be tried again.',
    inputFields: (t) => ({ id: t.id({ required: true, description: "The delivery's id, `whd_…`." }) }),
  },
  {
    description:
      'Tries a delivery again now, whatever its status; of an inactive webhook, once it is active. ' +
      'Needs the scope `admin`.',
    errors: { types: [NotFoundError] },
    resolve: async (_root, { input: { id } }, ctx) => ({ delivery: await retryWebhookDelivery(ctx.caller, id) }),
  },
  deliveryPayload('The event is being sent again.'),
);
