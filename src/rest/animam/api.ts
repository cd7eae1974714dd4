import { OpenAPIHono } from '@hono/zod-openapi';
import type { App } from '../../domain/app.ts';
import { BadRequestError } from '../../domain/errors.ts';
import { getOwnTenant } from '../../domain/tenants/tenants.ts';
import { authenticate } from '../authenticate.ts';
import type { RestApp, RestEnv } from '../env.ts';
import { MethodError, UnknownPathError } from '../failures.ts';
import { fieldsOf } from '../inputs.ts';
import { createRouteTable, type RouteTable } from '../route-table.ts';
import { addConversations } from './conversations.ts';
import { OtherTenantError, toErrorAnswer } from './errors.ts';
import { addExport } from './export.ts';
import { addStats } from './stats.ts';

/** Animam's API, `/tenants/{slug}/conversations…`, over the domain. */
export function createAnimamApi(app: App): RestApp {
  const api = new OpenAPIHono<RestEnv>({
    defaultHook: (result) => {
      if (result.success) return;
      const fields = fieldsOf(result.error);
      throw new BadRequestError(Object.values(fields).flat().join('; '), fields);
    },
  });
  let table: RouteTable | null = null;

  api.use(async (c, next) => {
    c.header('X-Request-Id', c.env.requestId);
    await authenticate(app, c);
    const caller = c.get('caller');
    const { slug } = await getOwnTenant(caller);
    if (slugOf(c.req.path) !== slug) throw new OtherTenantError();
    table ??= createRouteTable(api);
    const entry = table.find(c.req.path);
    if (entry === null) throw new UnknownPathError();
    if (!entry.methods.includes(c.req.method)) throw new MethodError(c.req.method, entry.methods);
    app.usage.record(caller.tenantId, entry.template.endsWith('/export') ? '/exports' : '/conversations');
    await next();
  });
  api.onError((err, c) => {
    const { status, headers, body } = toErrorAnswer(err, c.env.requestId, app.log);
    return c.json(body, status, headers);
  });

  // Names before the parameter that would take them for ids.
  addExport(api);
  addStats(api);
  addConversations(api);
  return api;
}

function slugOf(path: string): string {
  const [, , slug = ''] = path.split('/');
  try {
    return decodeURIComponent(slug);
  } catch {
    return slug;
  }
}
