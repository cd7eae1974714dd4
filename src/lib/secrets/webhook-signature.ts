import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { Webhook } from 'standardwebhooks';

export type SignatureVerdict =
  | { isValid: true; timestampSeconds: number }
  | { isValid: false; reason: 'MISSING' | 'MALFORMED' | 'EXPIRED' | 'MISMATCH' };

/** How far a signature's time may be off, in seconds, either way. */
const signatureToleranceSeconds = 300;

/** `whsec_` and 32 characters of base64: a secret for both signatures below. */
export function createWebhookSecret(): string {
  return `whsec_${randomBytes(24).toString('base64')}`;
}

/** `t=<epoch seconds>,v1=<hex>`: HMAC-SHA-256, keyed with the whole secret string, over `t`, a dot, and the raw body. */
export function signWebhook(secret: string, body: string | Uint8Array, timestampSeconds: number): string {
  return `t=${timestampSeconds},v1=${digest(secret, timestampSeconds, body).toString('hex')}`;
}

/**
 * Checks such a header against the raw body, in constant time. Of several `v1` one must fit, so that a secret can be
 * changed without a gap; parts of other names are passed over.
 */
export function verifyWebhook(given: {
  header: string | null | undefined;
  secret: string;
  /** As it came, byte by byte: not parsed and written again. */
  body: string | Uint8Array;
  nowMs?: number;
  toleranceSeconds?: number;
}): SignatureVerdict {
  const { header, secret, body, nowMs = Date.now(), toleranceSeconds = signatureToleranceSeconds } = given;
  if (!header) return { isValid: false, reason: 'MISSING' };
  const parts = header.split(',', 20).map((part) => part.trim().split('=', 2));
  const times = parts.filter(([name]) => name === 't').map(([, value]) => value ?? '');
  const signatures = parts.filter(([name]) => name === 'v1').map(([, value]) => value ?? '');
  const [time = ''] = times;
  if (times.length !== 1 || !/^\d{1,12}$/.test(time) || signatures.length === 0) {
    return { isValid: false, reason: 'MALFORMED' };
  }
  const timestampSeconds = Number(time);
  const expected = digest(secret, time, body);
  // All are compared, and before the time is looked at: how long it takes tells nothing.
  const fitting = signatures.filter((signature) => isEqual(signature, expected));
  if (fitting.length === 0) return { isValid: false, reason: 'MISMATCH' };
  if (Math.abs(nowMs / 1000 - timestampSeconds) > toleranceSeconds) return { isValid: false, reason: 'EXPIRED' };
  return { isValid: true, timestampSeconds };
}

/**
 * The headers of the Standard Webhooks convention: `webhook-id`, `webhook-timestamp`, `webhook-signature`. Its key is
 * what the secret holds as base64 after `whsec_`; of a secret that is no base64, the bytes of the whole string.
 */
export function standardWebhookHeaders(given: {
  secret: string;
  id: string;
  body: string;
  timestampSeconds: number;
}): Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string> {
  const { secret, id, body, timestampSeconds } = given;
  const key = secret.replace(/^whsec_/, '');
  const isBase64 = key.length > 0 && key.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(key);
  const webhook = isBase64 ? new Webhook(secret) : new Webhook(Buffer.from(secret), { format: 'raw' });
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestampSeconds),
    'webhook-signature': webhook.sign(id, new Date(timestampSeconds * 1000), body),
  };
}

function digest(secret: string, time: string | number, body: string | Uint8Array): Buffer {
  return createHmac('sha256', secret).update(`${time}.`).update(body).digest();
}

function isEqual(hex: string, expected: Buffer): boolean {
  if (!/^[\da-f]{64}$/i.test(hex)) return false;
  return timingSafeEqual(Buffer.from(hex, 'hex'), expected);
}
