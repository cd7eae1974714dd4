import { expect, test } from 'vitest';
import { type ReceiptContent, signReceipt, verifyReceipt } from '../../../../src/domain/erasure/receipt.ts';
import { createSecretBox } from '../../../../src/lib/secrets/secret-box.ts';

const secrets = createSecretBox('a secret of the tests');
const content: ReceiptContent = {
  format: 'convograph-erasure-1',
  tenant: 'acme',
  asked: { kind: 'PARTICIPANT', sha256: 'ab' },
  startedAt: '2026-11-29T05:00:00.000Z',
  finishedAt: '2026-11-29T05:00:01.000Z',
  erased: {
    conversations: 1,
    messages: 2,
    summaries: 1,
    attachments: 0,
    files: 0,
    exports: 0,
    events: 0,
    webhookDeliveries: 0,
    inboundWebhooks: 0,
    upstreamWrites: 0,
    idempotentAnswers: 0,
    deletedUpstream: 0,
  },
  refused: [{ upstreamId: 'up_1', provider: 'ANIMAM', externalId: 'x', reason: 'no', isErasedHere: true }],
};

test('a receipt verifies as it was given out, whatever the order of its keys', () => {
  const receipt = signReceipt(secrets, content);
  const turned = Object.fromEntries(Object.entries(receipt).reverse());
  expect(verifyReceipt(secrets, JSON.stringify(turned, null, 2))).toEqual({ isValid: true, receipt });
});

test.each([
  ['another count', { erased: { ...content.erased, messages: 3 } }],
  ['another tenant', { tenant: 'other' }],
  ['another question', { asked: { ...content.asked, sha256: 'cd' } }],
  ['no refusal', { refused: [] }],
  ['no signature to speak of', { signature: '' }],
])('%s does not verify', (_, change) => {
  const text = JSON.stringify({ ...signReceipt(secrets, content), ...change });
  expect(verifyReceipt(secrets, text)).toEqual({ isValid: false, reason: 'ALTERED' });
});

test('another deployment did not sign it', () => {
  const text = JSON.stringify(signReceipt(createSecretBox('another secret'), content));
  expect(verifyReceipt(secrets, text)).toEqual({ isValid: false, reason: 'ALTERED' });
});

test.each([
  '',
  '{',
  'null',
  '{"format":"convograph-erasure-1"}',
  JSON.stringify({ ...content, signature: 'ab', more: 1 }),
])('what is no receipt is told from one: %s', (text) => {
  expect(verifyReceipt(secrets, text)).toEqual({ isValid: false, reason: 'MALFORMED' });
});
