import './scalars.ts';
import './results.ts';
import './node.ts';
import './conversations/attachment.ts';
import './conversations/attachment-mutations.ts';
import './conversations/message.ts';
import './conversations/summary.ts';
import './events/summary-events.ts';
import './conversations/conversation.ts';
import './conversations/mutations.ts';
import './events/conversation-events.ts';
import './exports/export.ts';
import './events/export-events.ts';
import './conversations/stats.ts';
import './upstreams/upstream.ts';
import './upstreams/drift.ts';
import './upstreams/mutations.ts';
import './events/upstream-events.ts';
import './tenants/viewer.ts';
import './conversations/search.ts';
import './tenants/account.ts';
import './tenants/api-key-mutations.ts';
import './webhooks/webhook.ts';
import './webhooks/mutations.ts';
import { builder } from './builder.ts';
import { trackUpstreams } from './sources.ts';

/** The whole graph. Types register themselves with the builder; this file only brings them together. */
export const schema = trackUpstreams(builder.toSchema());
