import { expect, test } from 'vitest';
import { eventTypes } from '../../../src/console/webhooks/event-types.ts';
import { webhookEventTypes } from '../../../src/domain/webhooks/webhooks.ts';

test('the console offers every event that a webhook can be told of', () => {
  expect([...eventTypes].sort()).toEqual([...webhookEventTypes].sort());
});
