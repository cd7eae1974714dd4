import { type DocumentNode, type GraphQLSchema, TypeInfo, visit, visitWithTypeInfo } from 'graphql';

/**
 * Fields by what their values rest on. An answer of logged fields alone is the same for as long as nothing is added to
 * the tenant's event log, its upstreams are the same, and the caller's scopes and the base of addresses are: whatever
 * changes a value of theirs writes an event in the same transaction. It is kept and sent again. All else is fresh: it is
 * counted, looks at the clock, changes without an event, or stands below such a field. A type of which nothing is logged
 * is fresh as a whole; each field of the others stands in one of these two tables, and a test asks for it.
 */
export const loggedFields: Readonly<Record<string, string>> = {
  // `node` and `nodes` tell whether things are there of which the log says nothing.
  Query: 'conversation conversationByExternalId conversations',
  ConversationConnection: 'edges nodes pageInfo totalCount',
  ConversationEdge: 'cursor node',
  Conversation:
    'attachments capabilities content createdAt externalId id lastMessageAt messageCount messages metadata preview ' +
    'provider segment sessionId source startedAt status summaries summary title updatedAt upstream',
  MessageConnection: 'edges nodes pageInfo totalCount',
  MessageEdge: 'cursor node',
  Message: 'content conversation createdAt id position role',
  SummaryConnection: 'edges nodes pageInfo totalCount',
  SummaryEdge: 'cursor node',
  Summary:
    'actionItems citations completedAt content conversation createdAt error generator id language sentiment status ' +
    'style title topics version',
  ActionItem: 'citation id text',
  Citation: 'endOffset id message quote startOffset',
  Attachment: 'checksum conversation createdAt filename id mimeType size',
  // Which upstreams there are is known of each request.
  Upstream: 'id provider',
  PageInfo: 'endCursor hasNextPage hasPreviousPage startCursor',
};

/** Fields of the same types that are read anew each time; `*`: all others, also those to come. */
export const freshFields: Readonly<Record<string, string>> = {
  Query: '*',
  // Signed, with a time at which it ends.
  Attachment: 'url',
  // Syncs and administrators change them.
  Upstream: '*',
};

const logged = new Map(Object.entries(loggedFields).map(([type, fields]) => [type, new Set(fields.split(' '))]));

/** Whether all that a document asks for is logged; what speaks of the schema itself is. */
export function asksForLogged(schema: GraphQLSchema, document: DocumentNode): boolean {
  const types = new TypeInfo(schema);
  let isLogged = true;
  const visitor = visitWithTypeInfo(types, {
    Field: ({ name: { value: name } }) => {
      if (name.startsWith('__')) return false;
      isLogged &&= logged.get(types.getParentType()?.name ?? '')?.has(name) ?? false;
      return undefined;
    },
  });
  visit(document, visitor);
  return isLogged;
}
