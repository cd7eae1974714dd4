import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Caller } from '../domain/app.ts';
import type { Origin } from '../domain/audit/sender.ts';
import type { RateLimit } from '../domain/rate-limits/rate-limits.ts';

/** What each request comes with. */
type RestBindings = { requestId: string; baseUrl: string; origin: Origin };

export type RestEnv = { Bindings: RestBindings; Variables: { caller: Caller; rateLimit: RateLimit } };
export type RestApp = OpenAPIHono<RestEnv>;
export type RestContext = Context<RestEnv>;

/** A part of the service: given whole requests, with their full path. */
export type RestMount = {
  fetch(request: Request, bindings: RestBindings): Response | Promise<Response>;
  /** What a request that is not even read is told. */
  refuse?(refusal: { status: number; message: string }): Response;
};
