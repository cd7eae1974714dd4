import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';

const compress = promisify(gzip);

/** Everything stands in the page itself: the browser is told to ask nobody else, whatever is typed there. */
const contentSecurityPolicy = [
  "default-src 'self'",
  "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "worker-src 'self' blob: data:",
  "connect-src 'self' blob: data:",
  "frame-ancestors 'none'",
].join('; ');

const examples = [
  `# Everything in one request: conversations of every API, with their summaries and files.
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
  `# Words found in titles, contents, messages and summaries.
query Search($query: String!) {
  searchConversations(query: $query, first: 10) {
    totalCount
    tookMs
    edges { score snippet node { id title } }
    facets { topics { value count } sentiments { value count } }
  }
}
`,
  `# A conversation that this gateway itself keeps; its summary is made at once.
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
  `# Pushed as it happens. Run it, then create a conversation in another tab.
subscription SummaryStatus {
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
  `# Figures of the last week.
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
];

const variables: (object | null)[] = [
  null,
  { query: 'refund' },
  {
    input: {
      title: 'Refund for order 1042',
      messages: [
        { role: 'USER', content: 'My order arrived broken. Can I get a refund?' },
        { role: 'ASSISTANT', content: 'I am sorry to hear that. I will send the refund today.' },
      ],
    },
  },
  null,
  null,
];

/** Where the docs of a server that keeps its schema to itself would tell of an error, they say so in a sentence. */
const untoldSchema = {
  error: 'Error fetching schema',
  sentence:
    'This server keeps its schema to itself (INTROSPECTION=false). Queries run as ever; ask its operator what there is.',
  style: '<style>.graphiql-doc-explorer .graphiql-doc-explorer-error { all: unset }</style>',
};

/**
 * GraphiQL at `/graphql`, whole, with example queries; subscriptions run by server-sent events. `apiKey` is put
 * into the page where it is given, and so is told to whoever can open it.
 */
export function createGraphiql(
  apiKey: string | null,
  hasIntrospection: boolean,
): (request: Request) => Promise<Response> {
  let page: Promise<{ plain: Buffer; gzipped: Buffer }> | null = null;
  const render = async () => {
    const headers = JSON.stringify({ Authorization: `Bearer ${apiKey ?? 'ak_your_key'}` }, null, 2);
    const whole = renderGraphiQL({
      endpoint: '/graphql',
      title: 'convograph',
      subscriptionsProtocol: 'SSE',
      defaultHeaders: headers,
      shouldPersistHeaders: true,
      defaultTabs: examples.map((query, index) => ({
        query,
        headers,
        variables: variables[index] ? JSON.stringify(variables[index], null, 2) : '',
      })),
    });
    const { error, sentence, style } = untoldSchema;
    const html = hasIntrospection ? whole : whole.replace(error, sentence).replace('<head>', `<head>${style}`);
    const plain = Buffer.from(html);
    return { plain, gzipped: await compress(plain) };
  };
  return async (request) => {
    page ??= render();
    const { plain, gzipped } = await page;
    const isGzipped = /\bgzip\b/.test(request.headers.get('accept-encoding') ?? '');
    return new Response(new Uint8Array(isGzipped ? gzipped : plain), {
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': contentSecurityPolicy,
        vary: 'Accept, Accept-Encoding',
        'cache-control': 'no-cache',
        ...(isGzipped && { 'content-encoding': 'gzip' }),
      },
    });
  };
}
