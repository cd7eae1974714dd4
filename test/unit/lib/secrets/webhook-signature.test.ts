import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import {
  createWebhookSecret,
  signWebhook,
  standardWebhookHeaders,
  verifyWebhook,
} from '../../../../src/lib/secrets/webhook-signature.ts';
import { webhooks } from '../../../../src/upstreams/clients/ai-my-chats/webhooks.ts';

const secret = 'whsec_test';
const body = '{"id":"evt_1","type":"conversation.created"}';
const nowMs = 1_704_067_200_000;
const t = nowMs / 1000;
const header = signWebhook(secret, body, t);
const verdict = (given: Partial<Parameters<typeof verifyWebhook>[0]>) =>
  verifyWebhook({ header, secret, body, nowMs, ...given });

describe("AI My Chats' signature", () => {
  test('is HMAC-SHA-256 over time, dot and body, keyed with the whole secret string', () => {
    const hex = createHmac('sha256', 'whsec_test').update(`${t}.${body}`).digest('hex');
    expect(header).toBe(`t=${t},v1=${hex}`);
    expect(verdict({})).toEqual({ isValid: true, timestampSeconds: t });
    expect(verdict({ body: Buffer.from(body) })).toMatchObject({ isValid: true });
  });

  test('may be one of several, with other parts and spaces between', () => {
    const other = signWebhook('whsec_old', body, t).split(',')[1];
    expect(verdict({ header: `${header.replace(',', ` , ${other}, v0=x, `)}` })).toMatchObject({ isValid: true });
  });

  test.each([
    ['another body', { body: `${body} ` }, 'MISMATCH'],
    ['another secret', { secret: 'test' }, 'MISMATCH'],
    ['another time', { header: header.replace(`t=${t}`, `t=${t + 1}`) }, 'MISMATCH'],
    ['half of it', { header: header.slice(0, -32) }, 'MISMATCH'],
    ['301 s old', { nowMs: nowMs + 301_000 }, 'EXPIRED'],
    ['301 s early', { nowMs: nowMs - 301_000 }, 'EXPIRED'],
    ['no header', { header: null }, 'MISSING'],
    ['an empty header', { header: '' }, 'MISSING'],
    ['no time', { header: header.replace(/^t=\d+,/, '') }, 'MALFORMED'],
    ['two times', { header: `${header},t=${t}` }, 'MALFORMED'],
    ['a time that is no number', { header: header.replace(`t=${t}`, 't=1e9') }, 'MALFORMED'],
    ['no signature', { header: `t=${t}` }, 'MALFORMED'],
  ] as const)('%s is refused', (_name, given, reason) => {
    expect(verdict(given)).toEqual({ isValid: false, reason });
  });

  test('300 s off is let through, either way', () => {
    expect(verdict({ nowMs: nowMs + 300_000 }).isValid).toBe(true);
    expect(verdict({ nowMs: nowMs - 300_000 }).isValid).toBe(true);
  });

  test('is found in a request whatever the case of its header', () => {
    const headers = new Headers({ 'x-aimychats-signature': header });
    expect(webhooks.verify({ headers, secret, body: Buffer.from(body), nowMs }).isValid).toBe(true);
    expect(webhooks.verify({ headers: new Headers(), secret, body: Buffer.from(body), nowMs }).isValid).toBe(false);
  });
});

describe('the Standard Webhooks headers', () => {
  test("are taken by the convention's own library, for the secrets that are made here", () => {
    const made = createWebhookSecret();
    expect(made).toMatch(/^whsec_[A-Za-z0-9+/]{32}$/);
    const headers = standardWebhookHeaders({
      secret: made,
      id: 'evt_1',
      body,
      timestampSeconds: Math.floor(Date.now() / 1000),
    });
    expect(new Webhook(made).verify(body, headers)).toEqual(JSON.parse(body));
    expect(() => new Webhook(made).verify(`${body} `, headers)).toThrow();
  });

  test('a secret that is no base64 signs by its bytes', () => {
    const given = { secret: 'whsec_not base64!', id: 'evt_1', body, timestampSeconds: Math.floor(Date.now() / 1000) };
    const receiver = new Webhook(Buffer.from('whsec_not base64!'), { format: 'raw' });
    expect(receiver.verify(body, standardWebhookHeaders(given))).toEqual(JSON.parse(body));
  });
});
