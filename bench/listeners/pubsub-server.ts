import { createServer } from 'node:http';
import type { ExecutionArgs } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { createPubSub, createSchema, createYoga } from 'graphql-yoga';
import { WebSocketServer } from 'ws';

/** What most servers do: graphql-ws over Yoga with its pub/sub in memory, each listener an execution of its own. */
const pubSub = createPubSub<{ changed: [Record<string, unknown>] }>();
// Made by Yoga: its `graphql` is that of the project, and not the one the peers beside this file have.
const schema = createSchema({
  typeDefs: `
    type Query { ok: String }
    type Conversation { id: String title: String preview: String }
    type ConversationChange { cursor: String kind: String conversation: Conversation }
    type Subscription { conversationChanged: ConversationChange }`,
  resolvers: {
    Query: { ok: () => 'ok' },
    Subscription: {
      conversationChanged: { subscribe: () => pubSub.subscribe('changed'), resolve: (event: unknown) => event },
    },
  },
});
let open = 0;
const yoga = createYoga({ schema, logging: false });
const server = createServer((request, response) => {
  if (request.url === '/count') {
    response.end(String(open));
    return;
  }
  if (request.url !== '/publish') {
    void yoga(request, response);
    return;
  }
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const { payload } = JSON.parse(Buffer.concat(chunks).toString());
    pubSub.publish('changed', payload.data.conversationChanged);
    response.end('ok');
  });
});
const sockets = new WebSocketServer({ server, path: '/graphql', perMessageDeflate: false });
type Enveloped = ExecutionArgs & { rootValue: ReturnType<typeof yoga.getEnveloped> };
useServer(
  {
    execute: (args) => (args as unknown as Enveloped).rootValue.execute(args),
    subscribe: async (args) => {
      const result = await (args as unknown as Enveloped).rootValue.subscribe(args);
      open++;
      return result;
    },
    onSubscribe: async (ctx, _id, payload) => {
      const own = yoga.getEnveloped({ ...ctx, params: payload });
      const document = own.parse(payload.query);
      const errors = own.validate(own.schema, document);
      if (errors.length > 0) return errors;
      return {
        schema: own.schema,
        document,
        operationName: payload.operationName,
        variableValues: payload.variables,
        contextValue: await own.contextFactory(),
        rootValue: own,
      };
    },
  },
  sockets,
);
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  console.log(JSON.stringify({ url: `http://127.0.0.1:${port}` }));
});
