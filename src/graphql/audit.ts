import { defaultFieldResolver, type GraphQLSchema } from 'graphql';
import { audited } from '../domain/audit/acts.ts';
import { DomainError } from '../domain/errors.ts';
import { isRecord } from '../lib/json.ts';
import type { Context } from './context.ts';

/** Has the audit log tell of each mutation. Changes the schema given, and gives it back. */
export function auditMutations(schema: GraphQLSchema): GraphQLSchema {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const { resolve = defaultFieldResolver, name } = field;
    field.resolve = (root, args, ctx: Context, info) =>
      audited(
        ctx.caller,
        { action: name, requestId: ctx.requestId, targetId: targetOf(args) },
        (caller) => resolve(root, args, { ...ctx, caller }, info),
        failureOf,
      );
  }
  return schema;
}

/** The name of an expected failure, which is an answer: wrapped by Pothos so that it is an instance of nothing. */
function failureOf(result: unknown): string | null {
  if (typeof result !== 'object' || result === null) return null;
  return result.constructor.prototype instanceof DomainError ? (result as DomainError).name : null;
}

/** The id of what a mutation is to work on. */
function targetOf({ input }: Record<string, unknown>): string | null {
  if (!isRecord(input)) return null;
  const id = input['id'] ?? input['conversationId'] ?? input['upstreamId'] ?? input['webhookId'];
  return typeof id === 'string' ? id : null;
}
