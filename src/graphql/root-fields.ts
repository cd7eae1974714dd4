import { defaultFieldResolver, type GraphQLSchema } from 'graphql';
import type { Context } from './context.ts';

/** Tells of each root field of queries and mutations as a span. Changes the schema given, and gives it back. */
export function traceRootFields(schema: GraphQLSchema): GraphQLSchema {
  for (const type of [schema.getQueryType(), schema.getMutationType()]) {
    for (const field of Object.values(type?.getFields() ?? {})) {
      const { resolve = defaultFieldResolver } = field;
      const name = `${type?.name}.${field.name}`;
      field.resolve = (root, args, ctx: Context, info) =>
        ctx.app.tracing.inSpan(name, {}, () => resolve(root, args, ctx, info));
    }
  }
  return schema;
}
