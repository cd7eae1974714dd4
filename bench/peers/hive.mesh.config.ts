/**
 * What `mesh-compose` makes Hive Gateway's supergraph of: each API by its OpenAPI document, and the links between them.
 * AI My Chats tells no messages and Animam neither summary nor attachments: a whole conversation is in both.
 */
import { defineConfig } from '@graphql-mesh/compose-cli';
import { loadOpenAPISubgraph } from '@omnigraph/openapi';

const api = (name: string, variable: string) => ({
  sourceHandler: loadOpenAPISubgraph(name, {
    source: `${variable}.json`,
    endpoint: `{env.${variable}_URL}`,
    operationHeaders: { Authorization: `Bearer {env.${variable}_KEY}` },
    // Else each answer is a union with what it may fail with.
    ignoreErrorResponses: true,
  }),
});

const links = `
  animam: AnimamConversation @resolveTo(
    sourceName: "Animam"
    sourceTypeName: "Query"
    sourceFieldName: "tenants_by_slug_conversations_by_id"
    requiredSelectionSet: "{ id }"
    sourceArgs: { slug: "${process.env['ANIMAM_TENANT']}", id: "{root.id}" }
  )
  files: [Attachment!]! @resolveTo(
    sourceName: "AiMyChats"
    sourceTypeName: "Query"
    sourceFieldName: "v1_conversations_by_id_attachments"
    requiredSelectionSet: "{ id }"
    sourceArgs: { id: "{root.id}" }
    result: "data"
  )`;

export const composeConfig = defineConfig({
  subgraphs: [api('AiMyChats', 'AI_MY_CHATS'), api('Animam', 'ANIMAM')],
  additionalTypeDefs: `extend type ListedConversation { ${links} } extend type Conversation { ${links} }`,
});
