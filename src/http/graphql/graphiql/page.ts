import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import type { Providers } from '../../../domain/providers.ts';
import { type BootOptions, boot } from './boot.ts';
import { type Example, examplesFor, summaryLine } from './examples.ts';

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

const renderCall = 'YogaGraphiQL.renderYogaGraphiQL(';
/** Why GraphiQL cannot read the schema: it is kept, or only listed documents are run. */
export type Withheld = 'schema' | 'documents';

/** What the docs of such a server say, in place of the words they have for it. */
const withoutSchema = {
  words: 'No GraphQL schema available',
  sentences: {
    schema:
      'This server keeps its schema to itself (INTROSPECTION=false). Queries run as ever; ask its operator what there is.',
    documents:
      'This server runs the documents of its list alone (PERSISTED_DOCUMENTS_ONLY=true): of what is typed here, those.',
  } satisfies Record<Withheld, string>,
  style: '<style>.graphiql-doc-explorer .graphiql-doc-explorer-error { all: unset }</style>',
};

/**
 * GraphiQL at `/graphql`, whole, with example queries; subscriptions run by server-sent events. The address holds the
 * query, so that it can be shared, and a second visit begins where the first one ended. `apiKey` is put into the page
 * where it is given, and so told to whoever opens it.
 */
export function createGraphiql(
  withheld: Withheld | null,
  providers: Providers,
): (request: Request, apiKey: string | null) => Promise<Response> {
  // GraphiQL itself is large and always the same: what differs is put into its middle.
  const page = splitPage(renderedGraphiql(withheld));
  let last: { script: string; plain: Buffer; gzipped: Promise<Buffer> } | null = null;
  return async (request, apiKey) => {
    const authorization = `Bearer ${apiKey ?? 'ak_your_key'}`;
    const examples = examplesFor({ origin: new URL(request.url).origin, authorization, providers });
    const script = scriptFor(authorization, apiKey !== null, withheld, examples);
    if (last?.script !== script) {
      const plain = Buffer.from(`${page.before}${script}${page.after}`);
      last = { script, plain, gzipped: compress(plain) };
    }
    const { plain, gzipped } = last;
    const isGzipped = /\bgzip\b/.test(request.headers.get('accept-encoding') ?? '');
    return new Response(new Uint8Array(isGzipped ? await gzipped : plain), {
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

function renderedGraphiql(withheld: Withheld | null): string {
  const html = renderGraphiQL({ title: 'convograph' });
  const { words, sentences, style } = withoutSchema;
  return withheld === null ? html : html.replace(words, sentences[withheld]).replace('<head>', `<head>${style}`);
}

/** The page up to the call that renders GraphiQL, and what follows it. */
function splitPage(html: string): { before: string; after: string } {
  const start = html.lastIndexOf(renderCall);
  const end = html.indexOf('</script>', start);
  if (start < 0 || end < 0) throw new Error('GraphiQL is rendered in another way than is known here');
  return { before: html.slice(0, start), after: html.slice(end) };
}

function scriptFor(
  authorization: string,
  hasKey: boolean,
  withheld: Withheld | null,
  examples: readonly Example[],
): string {
  const options: BootOptions = {
    title: 'convograph',
    headers: JSON.stringify({ Authorization: authorization }, null, 2),
    hasKey,
    hasSchema: withheld === null,
    summaryLine,
    examples: examples.map(({ query, variables }) => ({
      query,
      variables: variables === null ? '' : JSON.stringify(variables, null, 2),
    })),
  };
  return `const options = (${boot.toString()})(${inScript(options)});
    YogaGraphiQL.renderYogaGraphiQL(window.document.querySelector('#root'), options);
  `;
}

/** As a literal of a script in a page: nothing in it ends the script. */
function inScript(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}
