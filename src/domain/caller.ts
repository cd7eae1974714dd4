import type { App, Caller, Scope } from './app.ts';
import { ForbiddenError } from './errors.ts';

/** @throws ForbiddenError where the caller's key lacks the scope */
export function requireScope(caller: Caller, scope: Exclude<Scope, '*'>): void {
  if (!caller.scopes.has(scope) && !caller.scopes.has('*')) throw new ForbiddenError(scope);
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
