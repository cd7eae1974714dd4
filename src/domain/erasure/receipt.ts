import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../../lib/json.ts';
import type { SecretBox } from '../../lib/secrets/secret-box.ts';

/** What an erasure did, told without a word of what was erased, and signed. */

const count = z.number().int().min(0);

/** A conversation that its upstream did not delete. Where it is still here, the same erasure tries again when it is run again. */
const refusedSchema = z.strictObject({
  upstreamId: z.string(),
  provider: z.string(),
  /** The upstream's id, to ask for its deletion there; its SHA-256 in hex where the id itself says what was erased. */
  externalId: z.string(),
  reason: z.string(),
  isErasedHere: z.boolean(),
});

const contentSchema = z.strictObject({
  format: z.literal('convograph-erasure-1'),
  tenant: z.string(),
  asked: z.strictObject({ kind: z.enum(['CONVERSATION', 'PARTICIPANT']), sha256: z.string() }),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  /** How many of each kind are gone. `deletedUpstream`: of the conversations, those whose upstream deleted them too. */
  erased: z.strictObject({
    conversations: count,
    messages: count,
    summaries: count,
    attachments: count,
    files: count,
    exports: count,
    /** Not told by receipts of before imports were kept. */
    imports: count.optional(),
    events: count,
    webhookDeliveries: count,
    inboundWebhooks: count,
    upstreamWrites: count,
    idempotentAnswers: count,
    deletedUpstream: count,
  }),
  refused: z.array(refusedSchema),
});

const receiptSchema = contentSchema.extend({ signature: z.string() });

export type ReceiptContent = z.infer<typeof contentSchema>;
export type Refused = z.infer<typeof refusedSchema>;
export type ErasedCounts = ReceiptContent['erased'];
export type Receipt = z.infer<typeof receiptSchema>;

export function signReceipt(secrets: SecretBox, content: ReceiptContent): Receipt {
  return { ...content, signature: signatureOf(secrets.signingKey('erasure'), content).toString('hex') };
}

export type ReceiptVerdict =
  | { isValid: true; receipt: Receipt }
  /** `MALFORMED`: it is no receipt. `ALTERED`: it was changed, or signed with another secret. */
  | { isValid: false; reason: 'MALFORMED' | 'ALTERED' };

/** Checks a receipt as it was given out; the order of its keys does not matter. */
export function verifyReceipt(secrets: SecretBox, text: string): ReceiptVerdict {
  const read = receiptSchema.safeParse(parse(text));
  if (!read.success) return { isValid: false, reason: 'MALFORMED' };
  const { signature, ...content } = read.data;
  const given = Buffer.from(signature, 'hex');
  const isRight = secrets.signingKeys('erasure').some((key) => {
    const expected = signatureOf(key, content);
    return given.byteLength === expected.byteLength && timingSafeEqual(given, expected);
  });
  return isRight ? { isValid: true, receipt: read.data } : { isValid: false, reason: 'ALTERED' };
}

function signatureOf(key: Buffer, content: ReceiptContent): Buffer {
  return createHmac('sha256', key).update(canonicalJson(content)).digest();
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
