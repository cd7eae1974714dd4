import SchemaBuilder from '@pothos/core';
import ErrorsPlugin from '@pothos/plugin-errors';
import RelayPlugin from '@pothos/plugin-relay';
import type { Context } from './context.ts';

/** Shapes of the scalars, inside and on the wire. The types themselves stand in files of their own. */
type SchemaTypes = {
  Context: Context;
  DefaultFieldNullability: false;
  Scalars: {
    ID: { Input: string; Output: string };
    DateTime: { Input: Date; Output: Date };
    Date: { Input: string; Output: string };
    JSONObject: { Input: Record<string, unknown>; Output: Record<string, unknown> };
    SafeInt: { Input: number; Output: number | bigint };
    File: { Input: File; Output: never };
  };
};

/** SchemaTypes as Pothos completes them: what its refs are typed by. */
export type Types = PothosSchemaTypes.ExtendDefaultTypes<SchemaTypes>;

export const builder = new SchemaBuilder<SchemaTypes>({
  plugins: [RelayPlugin, ErrorsPlugin],
  defaultFieldNullability: false,
  relay: {
    clientMutationId: 'omit',
    mutationInputArgOptions: { description: 'What the mutation is to work on, and how.' },
  },
  errors: {
    directResult: true,
    defaultUnionOptions: {
      name: ({ fieldName }) => `${fieldName.charAt(0).toUpperCase()}${fieldName.slice(1)}Result`,
      description: 'The payload, or why there is none: ask for `... on Error { message }` beside it.',
    },
  },
});

builder.queryType({ description: 'What can be read.' });
builder.mutationType({
  description: 'What can be changed. Expected failures are types of the answer; each answer is a union of them.',
});
builder.subscriptionType({
  description:
    'What is pushed, over WebSocket (graphql-ws) and over server-sent events, at the same path as queries. ' +
    'Each event bears a cursor: give the last one seen as `after`, on any server of the deployment, and what came ' +
    'since is sent first, in order, each event once. A cursor too old to be resumed is answered with a StreamGap: ' +
    'nothing is lost in silence. Without `after`, a subscription to named things starts with their present state.',
});
