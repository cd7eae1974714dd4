import { z } from '@hono/zod-openapi';
import { createMiddleware } from 'hono/factory';
import { requireScope } from '../../domain/caller.ts';
import type { RestEnv } from '../env.ts';

/** What the descriptions of this API's calls share. */

const errorSchema = z
  .object({ error: z.string().openapi({ description: 'What is wrong.' }) })
  .openapi('AnimamError', { description: 'Every failure of Animam’s API.' });

const failure = (description: string) => ({ description, content: { 'application/json': { schema: errorSchema } } });

const failures = {
  400: failure('A query parameter is not as it should be.'),
  401: failure('No key, or an unknown one.'),
  403: failure("The key is expired or revoked, lacks the scope, or is not this tenant's."),
  429: failure('Too many requests.'),
  500: failure('A fault of the server.'),
  503: failure('The database is away for now.'),
};

/** The failures that any call may end in; 404 for those that name one thing. */
export const errorResponses = () => failures;
export const failingOrMissing = () => ({ ...failures, 404: failure('There is no such conversation.') });

export function jsonResponse<Schema extends z.ZodType>(description: string, schema: Schema) {
  return { description, content: { 'application/json': { schema } } };
}

/** Every call reads. */
export const reading = {
  security: [{ apiKey: ['conversations:read'] }],
  middleware: createMiddleware<RestEnv>(async (c, next) => {
    requireScope(c.get('caller'), 'conversations:read');
    await next();
  }),
};

export const slugParam = {
  slug: z
    .string()
    .openapi({ param: { name: 'slug', in: 'path', description: "The key's tenant." }, example: 'my-company' }),
};
