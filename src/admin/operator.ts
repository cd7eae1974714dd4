import type { App, Caller } from '../domain/app.ts';
import { audited } from '../domain/audit/acts.ts';
import { operator } from '../domain/audit/sender.ts';
import { systemCaller } from '../domain/caller.ts';

/** Does for a tenant what a command was asked to, and has the tenant's audit log tell of it. */
export function asOperator<T>(
  app: App,
  tenantId: string,
  { action, targetId = null }: { action: string; targetId?: string | null },
  run: (caller: Caller) => Promise<T>,
): Promise<T> {
  const caller: Caller = { ...systemCaller(app, tenantId), sender: operator };
  return audited(caller, { action, requestId: null, targetId }, run);
}
