import { OpenAPIHono } from '@hono/zod-openapi';
import type { RestApp, RestEnv } from './env.ts';

const description = `Both APIs as they are published, over the conversations of every connected account.

**AI My Chats**, \`/v1\`: times in UTC to the second; failures are \`{"error":{"code","message","details"}}\`. A bad query
parameter or an unreadable body is 400, a bad body 422; both name the fields in \`details.fields\`. Every answer bears
\`X-RateLimit-Limit\`, \`X-RateLimit-Remaining\`, \`X-RateLimit-Reset\` and \`X-Request-Id\`.

**Animam**, \`/tenants/{slug}\`: failures are \`{"error":"what is wrong"}\`.`;

type Document = ReturnType<OpenAPIHono['getOpenAPI31Document']>;

/** Serves the description of these APIs at `/openapi.json`: it is made of the very routes that answer. */
export function createOpenApi(apis: readonly RestApp[], publicUrl: string | null): OpenAPIHono<RestEnv> {
  const app = new OpenAPIHono<RestEnv>();
  let document: Document | null = null;
  app.get('/openapi.json', (c) => {
    document ??= describe(apis);
    return c.json({ ...document, servers: [{ url: publicUrl ?? c.env.baseUrl }] });
  });
  return app;
}

function describe(apis: readonly RestApp[]): Document {
  const all = new OpenAPIHono<RestEnv>();
  for (const api of apis) all.route('/', api);
  all.openAPIRegistry.registerComponent('securitySchemes', 'apiKey', {
    type: 'http',
    scheme: 'bearer',
    description: 'A key of this gateway, `ak_…`; also taken as `X-API-Key`.',
  });
  return all.getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'Convograph REST APIs', version: '1.0.0', description },
  });
}
