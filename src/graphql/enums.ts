import type { EnumRef } from '@pothos/core';
import type { AuditRow } from '../domain/audit/log.ts';
import type { Sender } from '../domain/audit/sender.ts';
import { localProvider, type Provider } from '../domain/providers.ts';
import { providers } from '../upstreams/clients/registry.ts';
import { builder, type Types } from './builder.ts';

/** An enum from its values and what each of them means. */
function enumOf<const Values extends Record<string, string>>(
  name: string,
  description: string,
  values: Values,
): EnumRef<Types, keyof Values & string> {
  const described = Object.entries(values).map(([value, meaning]) => [value, { description: meaning }]);
  const ref = builder.enumType(name, { description, values: Object.fromEntries(described) });
  return ref as unknown as EnumRef<Types, keyof Values & string>;
}

export const ProviderEnum: EnumRef<Types, Provider> = enumOf<Record<Provider, string>>(
  'Provider',
  'Which API a conversation lives in.',
  {
    ...Object.fromEntries([...providers.values()].map(({ name, description }) => [name, description])),
    [localProvider]: 'This gateway is its system of record.',
  },
);

export const AuditWayEnum = enumOf('AuditWay', 'By which way something was done.', {
  GRAPHQL: 'Over the graph.',
  REST: 'Over one of the REST APIs.',
  ADMIN: "By an operator's command.",
} satisfies Record<Sender['way'], string>);

export const AuditOutcomeEnum = enumOf('AuditOutcome', 'What became of something that was to be done.', {
  DONE: 'It was done.',
  REFUSED: 'It was not: it may not be done so, or what it asks for cannot be taken; `reason` says which.',
  FAILED: 'It was not, or not wholly: the gateway, its database or an upstream failed; `reason` says which.',
} satisfies Record<AuditRow['outcome'], string>);

export const ConversationSourceEnum = enumOf('ConversationSource', 'How a conversation came in.', {
  EMAIL: 'It was sent by e-mail.',
  WHATSAPP: 'It was written in WhatsApp.',
  API: 'A program sent it to an API.',
  WEB: 'It was written on a website.',
});

export const ConversationStatusEnum = enumOf('ConversationStatus', 'How far the making of its summary is.', {
  PROCESSING: 'A summary is being made.',
  COMPLETED: 'Its newest summary is there.',
  FAILED: 'Its newest summary could not be made.',
});

export const SummaryStatusEnum = enumOf('SummaryStatus', 'Whether a summary is there.', {
  PROCESSING: 'It is being made.',
  COMPLETED: 'It is made: `content` and the other fields hold it.',
  FAILED: 'Could not be made; `error` says why.',
});

export const SummaryStyleEnum = enumOf('SummaryStyle', 'How a summary is written.', {
  CONCISE: 'A few sentences that tell the outcome.',
  DETAILED: 'A longer text that tells how it came about.',
  BULLETS: 'Lines that begin with a dash.',
});

export const SentimentEnum = enumOf('Sentiment', 'The mood of a conversation, as its summary has it.', {
  POSITIVE: 'People were rather content.',
  NEUTRAL: 'Neither content nor discontent, or as much of both.',
  NEGATIVE: 'People were rather discontent.',
});

export const MessageRoleEnum = enumOf('MessageRole', 'Who wrote a message.', {
  USER: 'The person who asks.',
  ASSISTANT: 'Who answers: an assistant, a bot, or an agent.',
  SYSTEM: 'Nobody of the two: an instruction or a notice.',
});

export const ConversationCapabilityEnum = enumOf(
  'ConversationCapability',
  'What the caller can do to a conversation: one of a read-only API, say, can only be summarised.',
  {
    UPDATE: '`updateConversation` changes it.',
    DELETE: '`deleteConversation` deletes it.',
    SUMMARIZE: '`regenerateSummary` makes a new version of its summary.',
    ATTACH: '`uploadAttachment` and `deleteAttachment` change its files.',
  },
);

export const ConversationOrderFieldEnum = enumOf('ConversationOrderField', 'What conversations are sorted by.', {
  CREATED_AT: 'When it was made, in its own API.',
  UPDATED_AT: 'When it last changed.',
  STARTED_AT: 'When it began: `startedAt`.',
  LAST_MESSAGE_AT: 'When its last message was written, or it began where it has none.',
});

export const OrderDirectionEnum = enumOf('OrderDirection', 'Which end comes first.', {
  ASC: 'The oldest comes first.',
  DESC: 'The newest comes first.',
});

export const SearchOrderEnum = enumOf('SearchOrder', 'What of a search comes first.', {
  RELEVANCE: 'The best match comes first.',
  NEWEST: 'What was made last comes first.',
  OLDEST: 'What was made first comes first.',
});

export const StatsPeriodEnum = enumOf('StatsPeriod', 'A span of time that ends now.', {
  LAST_24_HOURS: 'The 24 hours that end now.',
  LAST_7_DAYS: 'The last 7 days, today included.',
  LAST_30_DAYS: 'The last 30 days, today included.',
  LAST_90_DAYS: 'The last 90 days, today included.',
  ALL_TIME: "From the oldest conversation's day on.",
});

export const ExportFormatEnum = enumOf('ExportFormat', 'What document an export makes.', {
  CSV: "A row a message, for spreadsheets: cells that one would run have `'` before them.",
  JSON: 'One JSON document with a list of conversations.',
  JSONL: 'A JSON object for each conversation, on a line of its own.',
  PDF: 'Pages to read and print.',
});

export const ExportStatusEnum = enumOf('ExportStatus', 'Whether an export can be downloaded.', {
  PROCESSING: 'It is being made; `progress` tells how far it is.',
  COMPLETED: 'Whole, and to be had at `downloadUrl`.',
  FAILED: 'Could not be made; `error` says why.',
  EXPIRED: 'It is no longer kept: ask for a new one.',
});

export const ImportStatusEnum = enumOf('ImportStatus', 'How far the reading of a file is.', {
  PROCESSING: 'It is being read; `progress` tells how far.',
  COMPLETED: 'Read to its end.',
  FAILED: 'Not read to its end; `error` says why. What was imported until then stays.',
});

export const UpstreamStatusEnum = enumOf('UpstreamStatus', 'Whether the syncing of an upstream goes well.', {
  HEALTHY: 'The last sync went through.',
  SYNCING: 'A sync is under way.',
  DEGRADED: 'Failing, and tried again with growing pauses; what was mirrored is still served.',
  UNAUTHORIZED: 'The credentials are refused: nothing is tried until they are replaced.',
  PAUSED: 'Not synced until it is resumed.',
});

export const WebhookDeliveryStatusEnum = enumOf('WebhookDeliveryStatus', 'Whether a webhook got its event.', {
  PENDING: 'Not yet delivered; tried again at `nextAttemptAt`.',
  DELIVERED: 'Answered with 200 within 5 seconds.',
  FAILED: 'Given up after the last attempt; `retryWebhookDelivery` tries again.',
});

export const UpstreamOutcomeEnum = enumOf('UpstreamOutcome', 'What became of a write to an upstream that failed.', {
  NOT_APPLIED: 'Nothing was written upstream.',
  UNKNOWN:
    "The connection broke after the request was sent: the gateway finds out, and the conversation's status tells.",
});

export const ChangeKindEnum = enumOf('ChangeKind', 'What happened to a conversation.', {
  SNAPSHOT: 'The present state, sent first: it did not change just now.',
  CREATED: 'It is new in the graph.',
  UPDATED: 'Something of it changed.',
  DELETED: 'It is gone for good.',
});
