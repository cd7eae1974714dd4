import type { App } from './app.ts';
import { ForbiddenError } from './errors.ts';

export const scopes = ['conversations:read', 'conversations:write', 'conversations:delete', 'admin', '*'] as const;
export type Scope = (typeof scopes)[number];

export type RequestLimits = { readonly requestsPerMinute: number; readonly requestsPerDay: number };

/**
 * Who asks, and what on: the first argument of every function of the domain. There is no way to read without one,
 * and each statement is bound to its tenant.
 */
export type Caller = {
  readonly app: App;
  readonly tenantId: string;
  /** Null for the gateway's own jobs. */
  readonly apiKeyId: string | null;
  readonly scopes: ReadonlySet<Scope>;
  /** What the tenant may ask, by its row or by the deployment; 0: no limit. */
  readonly limits: RequestLimits;
  /** Base of the addresses handed out in this answer, without a slash at the end. */
  readonly baseUrl: string;
};

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
