import { decodeText } from '../../lib/decode-text.ts';
import { EgressError, type EgressResponse } from '../../lib/egress/egress.ts';
import { parseWithDigits } from '../../lib/json.ts';
import type { Breaker } from './breaker.ts';
import { type FailureContext, failureFromStatus, type UpstreamFailure, unreadable } from './failure.ts';
import type { RateObservation } from './rate-headers.ts';

/** Reading what an upstream answered, and what it tells of the upstream. */

export type UpstreamAnswer = {
  status: number;
  headers: Record<string, string>;
  /** Null where a write was answered without a body. */
  json: unknown;
  /** The paths of numbers too long for a number: their digits, as texts. */
  longNumbers: readonly string[];
};

export type Health = keyof Pick<Breaker, 'succeeded' | 'failed' | 'undecided'>;

const maxErrorBytes = 256 * 1024;

/** @throws UpstreamFailure UNREADABLE where it is not whole JSON; nothing is JSON too where `needsBody` is false */
export async function readJson(
  answer: EgressResponse,
  context: FailureContext,
  needsBody: boolean,
): Promise<UpstreamAnswer> {
  const { status, headers } = answer;
  const text = await answer.text();
  if (text.trim() === '' && !needsBody) return { status, headers, json: null, longNumbers: [] };
  try {
    return { status, headers, ...parseWithDigits(text.replace(/^\uFEFF/, '')) };
  } catch (cause) {
    const isHtml = /^\s*</.test(text);
    throw unreadable(context, status, isHtml ? 'it is a web page, not JSON' : 'it is not whole JSON', cause);
  }
}

/** What a status that is no success stands for, with what the answer says of it. */
export async function readFailure(
  answer: EgressResponse,
  { retryAfterMs, resetInMs }: RateObservation,
  context: FailureContext,
): Promise<UpstreamFailure> {
  let body: unknown;
  try {
    const chunks: Uint8Array[] = [];
    let sizeBytes = 0;
    for await (const chunk of answer.body) {
      chunks.push(chunk);
      sizeBytes += chunk.byteLength;
      if (sizeBytes > maxErrorBytes) break;
    }
    body = JSON.parse(decodeText(Buffer.concat(chunks), answer.headers['content-type']).replace(/^\uFEFF/, ''));
  } catch {
    // The status says enough: what a proxy writes below it is for nobody.
  }
  const waitMs = answer.status === 429 ? (retryAfterMs ?? resetInMs) : retryAfterMs;
  return failureFromStatus(answer.status, body, waitMs, context);
}

/** What a failure tells of the upstream's health. */
export function healthAfter(failure: UpstreamFailure): Health {
  if (failure.kind === 'RATE_LIMITED' || failure.kind === 'ABORTED') return 'undecided';
  const isDown = failure.kind === 'NETWORK' || failure.kind === 'TIMEOUT' || failure.kind === 'UNAVAILABLE';
  if (isDown || failure.kind === 'UNREADABLE') return 'failed';
  return 'succeeded';
}

/** Not what this side refused by itself, nor what would come out the same. */
export function isWorthRepeating({ kind, httpStatus, cause }: UpstreamFailure): boolean {
  if (cause instanceof EgressError && ['REFUSED_ADDRESS', 'TLS', 'TOO_LARGE'].includes(cause.kind)) return false;
  if (kind === 'NETWORK' || kind === 'TIMEOUT') return true;
  if (kind === 'UNREADABLE') return httpStatus !== null && httpStatus < 300;
  return (kind === 'UNAVAILABLE' || kind === 'RATE_LIMITED') && httpStatus !== null;
}
