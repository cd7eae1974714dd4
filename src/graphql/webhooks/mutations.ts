import { retryWebhookDelivery, testWebhook, type WebhookDeliveryRow } from '../../domain/webhooks/deliveries.ts';
import {
  createWebhook,
  deleteWebhook,
  maxWebhooks,
  updateWebhook,
  type WebhookRow,
} from '../../domain/webhooks/webhooks.ts';
import { builder } from '../builder.ts';
import { resultOf } from '../results.ts';
import { eventNames, Webhook, WebhookDelivery } from './webhook.ts';

const urlDescription = 'http or https, at a public address; redirects are not followed.';
const eventsDescription = `What it is told of: any of ${eventNames}.`;
const descriptionDescription = 'What it is for, at most 500 characters.';

const CreateWebhookInput = builder.inputType('CreateWebhookInput', {
  description: 'A webhook to be made.',
  fields: (t) => ({
    url: t.string({ required: true, description: urlDescription }),
    events: t.stringList({ required: true, description: eventsDescription }),
    description: t.string({ description: descriptionDescription }),
    active: t.boolean({ defaultValue: true, description: 'Whether it is told of what happens from now on.' }),
  }),
});

const CreateWebhookPayload = builder
  .objectRef<{ webhook: WebhookRow; secret: string }>('CreateWebhookPayload')
  .implement({
    description: 'The webhook was made.',
    fields: (t) => ({
      webhook: t.field({ type: Webhook, description: 'Itself.', resolve: (payload) => payload.webhook }),
      secret: t.exposeString('secret', {
        description: '`whsec_…`, which its requests are signed with. Shown this once.',
      }),
    }),
  });

const createResult = resultOf('CreateWebhook', CreateWebhookPayload, ['ValidationError']);

const UpdateWebhookInput = builder.inputType('UpdateWebhookInput', {
  description: 'What is to change of a webhook; what is not given stays.',
  fields: (t) => ({
    id: t.id({ required: true, description: '`whk_…`.' }),
    url: t.string({ description: urlDescription }),
    events: t.stringList({ description: eventsDescription }),
    description: t.string({ description: `${descriptionDescription} Null removes it.` }),
    active: t.boolean({
      description:
        'False stops it at once. True goes on with what was waiting; what happened in between it is not told of.',
    }),
  }),
});

const UpdateWebhookPayload = builder.objectRef<{ webhook: WebhookRow }>('UpdateWebhookPayload').implement({
  description: 'The webhook was changed.',
  fields: (t) => ({
    webhook: t.field({ type: Webhook, description: 'As it is now.', resolve: (payload) => payload.webhook }),
  }),
});

const updateResult = resultOf('UpdateWebhook', UpdateWebhookPayload, ['ValidationError', 'NotFoundError']);

const DeleteWebhookInput = builder.inputType('DeleteWebhookInput', {
  description: 'Which webhook is to be deleted.',
  fields: (t) => ({ id: t.id({ required: true, description: '`whk_…`.' }) }),
});

const DeleteWebhookPayload = builder.objectRef<{ deletedWebhookId: string }>('DeleteWebhookPayload').implement({
  description: 'It is told of nothing any more, and its deliveries are gone.',
  fields: (t) => ({ deletedWebhookId: t.exposeID('deletedWebhookId', { description: 'The id it had.' }) }),
});

const deleteResult = resultOf('DeleteWebhook', DeleteWebhookPayload, ['NotFoundError']);

const TestWebhookInput = builder.inputType('TestWebhookInput', {
  description: 'A sample event to be sent.',
  fields: (t) => ({
    id: t.id({ required: true, description: '`whk_…`.' }),
    eventType: t.string({
      required: true,
      description: `${eventNames}; also one that the webhook is not told of.`,
    }),
  }),
});

/** A payload that holds a delivery as it is now. */
function deliveryPayload(name: string, description: string) {
  return builder.objectRef<{ delivery: WebhookDeliveryRow }>(name).implement({
    description,
    fields: (t) => ({
      delivery: t.field({
        type: WebhookDelivery,
        description: 'As it is now: PENDING, and under way.',
        resolve: (payload) => payload.delivery,
      }),
    }),
  });
}

const testResult = resultOf('TestWebhook', deliveryPayload('TestWebhookPayload', 'A sample event is being sent.'), [
  'ValidationError',
  'NotFoundError',
]);

const RetryWebhookDeliveryInput = builder.inputType('RetryWebhookDeliveryInput', {
  description: 'Which delivery is to be tried again.',
  fields: (t) => ({ id: t.id({ required: true, description: '`whd_…`.' }) }),
});

const retryResult = resultOf(
  'RetryWebhookDelivery',
  deliveryPayload('RetryWebhookDeliveryPayload', 'The event is being sent again.'),
  ['NotFoundError'],
);

builder.mutationFields((t) => ({
  createWebhook: t.field({
    type: createResult.type,
    description: `Makes a webhook; a tenant has ${maxWebhooks} at most. Needs the scope \`admin\`.`,
    args: { input: t.arg({ type: CreateWebhookInput, required: true, description: 'The webhook.' }) },
    resolve: (_root, { input }, ctx) => createResult.attempt(() => createWebhook(ctx.caller, input)),
  }),
  updateWebhook: t.field({
    type: updateResult.type,
    description: 'Changes a webhook. Needs the scope `admin`.',
    args: { input: t.arg({ type: UpdateWebhookInput, required: true, description: 'What is to change.' }) },
    resolve: (_root, { input: { id, ...change } }, ctx) =>
      updateResult.attempt(async () => ({ webhook: await updateWebhook(ctx.caller, id, change) })),
  }),
  deleteWebhook: t.field({
    type: deleteResult.type,
    description: 'Deletes a webhook with its deliveries. Needs the scope `admin`.',
    args: { input: t.arg({ type: DeleteWebhookInput, required: true, description: 'Which one.' }) },
    resolve: (_root, { input }, ctx) =>
      deleteResult.attempt(async () => {
        await deleteWebhook(ctx.caller, input.id);
        return { deletedWebhookId: input.id };
      }),
  }),
  testWebhook: t.field({
    type: testResult.type,
    description: 'Sends a sample event to a webhook. Needs the scope `admin`.',
    args: { input: t.arg({ type: TestWebhookInput, required: true, description: 'Which one, and what.' }) },
    resolve: (_root, { input }, ctx) =>
      testResult.attempt(async () => ({ delivery: await testWebhook(ctx.caller, input.id, input.eventType) })),
  }),
  retryWebhookDelivery: t.field({
    type: retryResult.type,
    description:
      'Tries a delivery again now, whatever its status; of an inactive webhook, once it is active. ' +
      'Needs the scope `admin`.',
    args: { input: t.arg({ type: RetryWebhookDeliveryInput, required: true, description: 'Which one.' }) },
    resolve: (_root, { input }, ctx) =>
      retryResult.attempt(async () => ({ delivery: await retryWebhookDelivery(ctx.caller, input.id) })),
  }),
}));
