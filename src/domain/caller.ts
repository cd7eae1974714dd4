import type { App, Caller, Scope } from './app.ts';
import { ForbiddenError } from './errors.ts';

/** @throws ForbiddenError where the caller's key has none of the scopes; it names the first */
export function requireScope(caller: Caller, ...scopes: [Exclude<Scope, '*'>, ...Exclude<Scope, '*'>[]]): void {
  if ([...scopes, '*' as const].some((scope) => caller.scopes.has(scope))) return;
  const { app, tenantId, apiKeyId, sender, audit } = caller;
  // What is being done tells of it itself.
  if (apiKeyId !== null && sender !== undefined && audit === undefined) {
    app.refusals.note({ tenantId, apiKeyId, action: `scope ${scopes[0]} refused`, reason: 'ForbiddenError', sender });
  }
  throw new ForbiddenError(scopes[0]);
}

/** A key that may write sees what it wrote. */
export function asReader(caller: Caller): Caller {
  return { ...caller, scopes: new Set([...caller.scopes, 'conversations:read'] as const) };
}

/** The gateway itself, working for a tenant. */
export function systemCaller(app: App, tenantId: string): Caller {
  return {
    app,
    tenantId,
    apiKeyId: null,
    scopes: new Set<Scope>(['*']),
    limits: { requestsPerMinute: 0, requestsPerDay: 0 },
    baseUrl: app.settings.publicUrl ?? '',
  };
}
