import { type FieldNode, type GraphQLResolveInfo, getArgumentValues, isObjectType } from 'graphql';
import { type AttachmentRow, attachmentTable } from '../../domain/conversations/attachments.ts';
import { type ConversationRow, conversationTable } from '../../domain/conversations/conversations.ts';
import type { ConversationReading } from '../../domain/conversations/list/reading.ts';
import { type MessageRow, messageTable, readMessageWindow } from '../../domain/conversations/messages.ts';
import { type SummaryRow, summaryTable } from '../../domain/conversations/summaries.ts';
import { BadRequestError } from '../../domain/errors.ts';
import type { PageArgs } from '../../lib/pages/paging.ts';
import { type AskedFields, columnsAsked, type FieldNeeds } from './asked-fields.ts';
import { fieldsAt } from './selected-fields.ts';

const conversationNeeds: FieldNeeds<ConversationRow> = {
  table: conversationTable,
  // `extensions.sources` tells of the upstreams of all that is shown.
  always: ['id', 'upstreamId'],
  fields: {
    __typename: [],
    upstream: ['upstreamId'],
    content: ['content', 'messageCount'],
    messages: ['messageCount'],
    summary: ['summaryId'],
    summaries: [],
    attachments: [],
    capabilities: ['provider'],
  },
};
const messageNeeds: FieldNeeds<MessageRow> = {
  table: messageTable,
  always: ['id', 'conversationId'],
  fields: { __typename: [], conversation: [] },
};
const summaryNeeds: FieldNeeds<SummaryRow> = {
  table: summaryTable,
  always: ['id', 'conversationId'],
  fields: { __typename: [], conversation: [] },
};
const attachmentNeeds: FieldNeeds<AttachmentRow> = {
  table: attachmentTable,
  always: ['id', 'conversationId'],
  fields: { __typename: [], conversation: [], size: ['sizeBytes'], url: [] },
};

/** What a document needs of any conversation that it shows, wherever: rows of it are shared within an operation. */
export function conversationColumnsAsked(asked: AskedFields | null): ReadonlySet<keyof ConversationRow> | undefined {
  return columnsAsked(asked, 'Conversation', conversationNeeds);
}

/**
 * What is to be read of the conversations that lie at `paths` below a field, in one statement with them.
 * @param paths of field names, `[['nodes'], ['edges', 'node']]`; `[[]]` for the field itself
 */
export function conversationReadingOf(
  asked: AskedFields | null,
  info: GraphQLResolveInfo,
  paths: readonly (readonly string[])[],
): ConversationReading {
  const fields = fieldsAt(info, paths);
  const args = messageArgs(info, fields.get('messages') ?? []);
  return {
    columns: conversationColumnsAsked(asked),
    messages: args && { args, columns: messageColumnsAsked(asked) },
    summary: fields.has('summary') ? { columns: columnsAsked(asked, 'Summary', summaryNeeds) } : undefined,
    attachments: fields.has('attachments')
      ? { columns: columnsAsked(asked, 'Attachment', attachmentNeeds) }
      : undefined,
  };
}

/** Cursors, and what is told by them, are made of positions. */
function messageColumnsAsked(asked: AskedFields | null): ReadonlySet<keyof MessageRow> | undefined {
  const columns = columnsAsked(asked, 'Message', messageNeeds);
  const hasPlaces = asked?.has('PageInfo') || asked?.get('MessageEdge')?.has('cursor');
  return columns && hasPlaces ? new Set([...columns, 'position']) : columns;
}

/** The arguments of all these fields where they are the same and good; the others are read, or refused, by themselves. */
function messageArgs(info: GraphQLResolveInfo, nodes: readonly FieldNode[]): PageArgs | undefined {
  const type = info.schema.getType('Conversation');
  const field = isObjectType(type) ? type.getFields()['messages'] : undefined;
  if (field === undefined || nodes.length === 0) return undefined;
  try {
    const [first, ...others] = nodes.map((node) => getArgumentValues(field, node, info.variableValues) as PageArgs);
    const key = JSON.stringify(first);
    if (first === undefined || others.some((args) => JSON.stringify(args) !== key)) return undefined;
    readMessageWindow(first);
    return first;
  } catch (err) {
    if (err instanceof BadRequestError) return undefined;
    throw err;
  }
}
