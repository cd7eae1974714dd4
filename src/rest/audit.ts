import type { Next } from 'hono';
import { asTarget, beginAct, reasonOf } from '../domain/audit/acts.ts';
import { DomainError } from '../domain/errors.ts';
import type { RestContext } from './env.ts';

/** Asked for by POST, and a read. */
const reads = new Set(['/v1/conversations/search']);

/** Has the audit log tell of a write: what follows in the chain is one where its method says so. */
export async function auditWrite(c: RestContext, template: string, next: Next): Promise<void> {
  const { method, path } = c.req;
  if (method === 'GET' || method === 'HEAD' || reads.has(template)) return next();
  const targetId = path.split('/').findLast((part) => asTarget(part) !== null) ?? null;
  const act = { action: `${method} ${template}`, requestId: c.env.requestId, targetId };
  const { caller, end } = beginAct(c.get('caller'), act);
  c.set('caller', caller);
  await next();
  const { error } = c;
  if (error === undefined) await end(null);
  // What no part of the domain has an error for is a request that cannot be taken.
  else await end(error instanceof DomainError || c.res.status >= 500 ? reasonOf(error) : 'BadRequestError');
}
