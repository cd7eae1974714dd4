import { type SignatureVerdict, verifyWebhook } from '../../lib/secrets/webhook-signature.ts';

export const upstreamSignatureHeader = 'X-AImyChats-Signature';

/** Whether AI My Chats sent this webhook, within the last five minutes. `body`: the raw bytes of the request. */
export function verifyUpstreamWebhook(given: {
  headers: Headers;
  secret: string;
  body: string | Uint8Array;
  nowMs?: number;
}): SignatureVerdict {
  const { headers, ...rest } = given;
  return verifyWebhook({ ...rest, header: headers.get(upstreamSignatureHeader) });
}
