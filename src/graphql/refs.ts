import type { AttachmentRow } from '../domain/attachments.ts';
import type { ConversationRow } from '../domain/conversations.ts';
import type { ExportRow } from '../domain/exports.ts';
import type { MessageRow } from '../domain/messages.ts';
import type { SummaryRow } from '../domain/summaries.ts';
import type { UpstreamRow } from '../domain/upstreams.ts';
import { builder } from './builder.ts';

/** Types that refer to one another: named here, each implemented in a file of its own. */
export const Conversation = builder.objectRef<ConversationRow>('Conversation');
export const Message = builder.objectRef<MessageRow>('Message');
export const Summary = builder.objectRef<SummaryRow>('Summary');
export const Attachment = builder.objectRef<AttachmentRow>('Attachment');
export const Export = builder.objectRef<ExportRow>('Export');
export const Upstream = builder.objectRef<UpstreamRow>('Upstream');

export const Node = builder.interfaceRef<{ id: string }>('Node');
