import { isUtf8 } from 'node:buffer';
import { OpenAPIHono } from '@hono/zod-openapi';
import type { App } from '../../domain/app.ts';
import { BadRequestError, ValidationError } from '../../domain/errors.ts';
import type { Endpoint } from '../../domain/usage-recorder.ts';
import { auditWrite } from '../audit.ts';
import { authenticate } from '../authenticate.ts';
import type { RestApp, RestContext, RestEnv } from '../env.ts';
import { MethodError, UnknownPathError } from '../failures.ts';
import { fieldsOf } from '../inputs.ts';
import { createRouteTable, type RouteTable } from '../route-table.ts';
import { addAccount } from './account.ts';
import { addAttachments } from './attachments.ts';
import { addConversations } from './conversations.ts';
import { toErrorAnswer } from './errors.ts';
import { addExports } from './exports.ts';
import { addSearch } from './search.ts';
import { addSummaries } from './summaries.ts';
import { addWebhooks } from './webhooks.ts';

export type AiMyChatsApiOptions = {
  /** Where files wait while they come in; made where it is not there. */
  uploadFolder: string;
};

/** AI My Chats' API, `/v1/…`, over the domain. */
export function createAiMyChatsApi(app: App, options: AiMyChatsApiOptions): RestApp {
  const api = new OpenAPIHono<RestEnv>({
    defaultHook: (result) => {
      if (result.success) return;
      const fields = fieldsOf(result.error);
      if (result.target === 'json' || result.target === 'form') throw new ValidationError(fields);
      throw new BadRequestError('Invalid request parameters', fields);
    },
  });
  let table: RouteTable | null = null;

  api.use(async (c, next) => {
    c.header('X-Request-Id', c.env.requestId);
    await authenticate(app, c);
    table ??= createRouteTable(api);
    const entry = table.find(c.req.path);
    if (entry === null) throw new UnknownPathError();
    if (!entry.methods.includes(c.req.method)) throw new MethodError(c.req.method, entry.methods);
    app.usage.record(c.get('caller').tenantId, endpointOf(entry.template));
    await assertText(c);
    await auditWrite(c, entry.template, next);
  });
  api.onError((err, c) => {
    const { status, headers, body } = toErrorAnswer(err, c.env.requestId, app.log);
    return c.json(body, status, headers);
  });

  addConversations(api);
  addSearch(api);
  addSummaries(api);
  addAttachments(api, options);
  addAccount(api);
  addExports(api);
  addWebhooks(api);
  return api;
}

/** JSON is read from the bytes that are kept here. @throws BadRequestError where they are no text */
async function assertText(c: RestContext): Promise<void> {
  if (!/^application\/([\w.-]+\+)?json\b/i.test(c.req.header('content-type') ?? '')) return;
  const message = 'The body is not UTF-8';
  if (!isUtf8(await c.req.arrayBuffer())) throw new BadRequestError(message, { body: [message] });
}

/** What a call is counted as. */
function endpointOf(template: string): Endpoint {
  if (template === '/v1/conversations/search') return '/search';
  if (template.endsWith('/summaries')) return '/summaries';
  if (template.includes('/attachments')) return '/attachments';
  if (template.startsWith('/v1/exports')) return '/exports';
  if (template.startsWith('/v1/webhooks')) return '/webhooks';
  if (template.startsWith('/v1/conversations')) return '/conversations';
  return '/account';
}
