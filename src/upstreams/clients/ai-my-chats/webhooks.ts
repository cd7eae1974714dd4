import { z } from 'zod';
import { verifyWebhook } from '../../../lib/secrets/webhook-signature.ts';
import { textProblem } from '../../../lib/text.ts';
import { identifier } from '../parse-fields.ts';
import type { UpstreamWebhooks, WebhookEvent } from '../provider.ts';

/** The webhooks that AI My Chats posts. */

export const signatureHeader = 'X-AImyChats-Signature';

const storable = (maxCharacters: number) =>
  z
    .string()
    .min(1)
    .max(maxCharacters)
    .refine((text) => textProblem(text) === null);

const eventSchema = z.looseObject({ id: storable(200), type: storable(100) });

const subjectSchema = z.looseObject({
  data: z.looseObject({
    conversation: z.looseObject({ id: identifier }).optional(),
    conversation_id: identifier.optional(),
  }),
});

export const webhooks: UpstreamWebhooks = {
  verify: ({ headers, ...rest }) => verifyWebhook({ ...rest, header: headers.get(signatureHeader) }),
  read: (json): WebhookEvent | null => {
    const { data: event } = eventSchema.safeParse(json);
    return event === undefined ? null : { id: event.id, type: event.type, subject: subjectOf(event.type, json) };
  },
  summaryTypes: { completed: 'summary.generated', failed: 'summary.failed' },
};

/** Null for events that change no conversation, and for types of the future. */
function subjectOf(type: string, json: unknown): string | null {
  if (!/^(conversation|summary)\./.test(type)) return null;
  const { data } = subjectSchema.safeParse(json);
  return data?.data.conversation?.id ?? data?.data.conversation_id ?? null;
}
