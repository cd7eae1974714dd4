import './scalars.ts';
import './node.ts';
import './attachment.ts';
import './attachment-mutations.ts';
import './message.ts';
import './summary.ts';
import './summary-events.ts';
import './conversation.ts';
import './conversation-mutations.ts';
import './conversation-events.ts';
import './export.ts';
import './export-events.ts';
import './stats.ts';
import './upstream.ts';
import './upstream-drift.ts';
import './upstream-events.ts';
import './viewer.ts';
import './search.ts';
import './account.ts';
import './api-key-mutations.ts';
import './webhook.ts';
import './webhook-mutations.ts';
import { builder } from './builder.ts';
import { notingUpstreams } from './sources.ts';

/** The whole graph. Types register themselves with the builder; this file only brings them together. */
export const schema = notingUpstreams(builder.toSchema());
