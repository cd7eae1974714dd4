import type { AttachmentRow } from '../domain/conversations/attachments.ts';
import type { ConversationRow } from '../domain/conversations/conversations.ts';
import type { MessageRow } from '../domain/conversations/messages.ts';
import type { SummaryRow } from '../domain/conversations/summaries.ts';
import type { ExportRow } from '../domain/exports/exports.ts';
import type { ImportRow } from '../domain/imports/imports.ts';
import type { UpstreamRow } from '../domain/upstreams/upstreams.ts';
import { builder } from './builder.ts';

/** Types that refer to one another: named here, each implemented in a file of its own. */
export const Conversation = builder.objectRef<ConversationRow>('Conversation');
export const Message = builder.objectRef<MessageRow>('Message');
export const Summary = builder.objectRef<SummaryRow>('Summary');
export const Attachment = builder.objectRef<AttachmentRow>('Attachment');
export const Export = builder.objectRef<ExportRow>('Export');
export const Import = builder.objectRef<ImportRow>('Import');
export const Upstream = builder.objectRef<UpstreamRow>('Upstream');

export const Node = builder.interfaceRef<{ id: string }>('Node');
