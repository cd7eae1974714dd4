import type { Providers } from '../../../domain/providers.ts';

/** What the tabs of a first visit hold. */
export type Example = { query: string; variables: object | null };

type ExamplesOptions = {
  /** Where the page was opened, for lines to be typed in a terminal. */
  origin: string;
  authorization: string;
  /** The APIs that accounts may be at. */
  providers: Providers;
};

/** A tab with this line makes the page ask for a new summary once it listens, so that there is something to see. */
export const summaryLine = '# then: regenerateSummary of the newest conversation';

export function examplesFor({ origin, authorization, providers }: ExamplesOptions): readonly Example[] {
  return [
    {
      query: `# Conversations of every API in one list, with their summaries and files.
query Conversations {
  conversations(first: 10, orderBy: { field: LAST_MESSAGE_AT, direction: DESC }) {
    totalCount
    pageInfo { hasNextPage endCursor }
    nodes {
      id
      provider
      title
      preview
      messageCount
      lastMessageAt
      summary { title content sentiment topics }
      attachments { filename size url }
    }
  }
}
`,
      variables: null,
    },
    {
      query: `# Words found in titles, contents, messages and summaries.
query Search($query: String!) {
  searchConversations(query: $query, first: 10) {
    totalCount
    tookMs
    edges { score snippet node { id title } }
    facets { topics { value count } sentiments { value count } }
  }
}
`,
      variables: { query: 'refund' },
    },
    {
      query: `# Pushed as it happens: run it, and a moment later a summary goes from PROCESSING to COMPLETED.
# The line below makes this page ask for that summary. Without it, the tab listens only.
${summaryLine}
subscription LiveSummary {
  summaryStatusChanged {
    __typename
    ... on SummaryStatusChange {
      cursor
      status
      previousStatus
      summary { title content sentiment topics }
      conversation { id title }
    }
    ... on StreamGap { cursor }
  }
}
`,
      variables: null,
    },
    {
      query: `# A conversation that this gateway itself keeps; its summary is made at once.
mutation CreateConversation($input: CreateConversationInput!) {
  createConversation(input: $input) {
    __typename
    ... on CreateConversationPayload {
      conversation { id title summary { status } }
    }
    ... on ValidationError { message fields { field messages } }
    ... on Error { message }
  }
}
`,
      variables: {
        input: {
          title: 'Refund for order 1042',
          messages: [
            { role: 'USER', content: 'My order arrived broken. Can I get a refund?' },
            { role: 'ASSISTANT', content: 'I am sorry to hear that. I will send the refund today.' },
          ],
        },
      },
    },
    {
      query: `# A document of all conversations that a filter holds for. Run it, then ask for its address:
#   query { exports(first: 1) { nodes { status progress downloadUrl } } }
mutation Export($input: CreateExportInput!) {
  createExport(input: $input) {
    __typename
    ... on CreateExportPayload { export { id status format expiresAt } }
    ... on ValidationError { message fields { field messages } }
  }
}
`,
      variables: { input: { format: 'CSV', filter: { sentiments: ['NEGATIVE'] } } },
    },
    {
      query: `# A file goes with a multipart request, which this page cannot send: in a terminal, with an id from "Conversations",
#
# curl '${origin}/graphql' -H 'Authorization: ${authorization}' -H 'graphql-require-preflight: 1' \\
#   -F operations='{"query":"mutation($input: UploadAttachmentInput!) { uploadAttachment(input: $input) { __typename ... on UploadAttachmentPayload { attachment { id filename size url } } ... on Error { message } } }","variables":{"input":{"conversationId":"conv_…","file":null}}}' \\
#   -F map='{"0":["variables.input.file"]}' -F 0=@note.txt
#
# What was uploaded:
query Upload {
  conversations(first: 5, orderBy: { field: UPDATED_AT, direction: DESC }) {
    nodes { id title capabilities attachments { filename mimeType size url } }
  }
}
`,
      variables: null,
    },
    {
      query: `# An account at one of the APIs: its key is checked, kept encrypted, and everything is mirrored.
mutation ConnectAccount($input: ConnectUpstreamInput!) {
  connectUpstream(input: $input) {
    __typename
    ... on ConnectUpstreamPayload { upstream { id name status webhookUrl } }
    ... on ValidationError { message fields { field messages } }
    ... on UpstreamError { message httpStatus }
  }
}
`,
      variables: { input: accountOf(providers) },
    },
    {
      query: `# Figures of the last week.
query Stats {
  stats(period: LAST_7_DAYS) {
    totalConversations
    totalMessages
    avgResponseTimeMs
    byDay { date conversations messages }
    bySentiment { sentiment conversations }
    topTopics(first: 5) { value count }
  }
}
`,
      variables: null,
    },
  ];
}

/** An account of the API that asks for most: whoever connects another leaves something out. */
function accountOf(providers: Providers): object {
  const all = [...providers.values()];
  const shown = all.find(({ connection }) => connection.remoteTenant !== null) ?? all[0];
  const remoteTenant = shown?.connection.remoteTenant == null ? {} : { remoteTenant: 'my-company' };
  return { provider: shown?.name, apiKey: 'key_of_that_account', ...remoteTenant };
}
