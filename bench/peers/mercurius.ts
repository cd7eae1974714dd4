/** Mercurius over Prisma: on Fastify, with loaders, and `jit` as its documentation advises for production. */
import fastify from 'fastify';
import mercurius from 'mercurius';
import { loaders, Query, typeDefs } from './prisma-graph.ts';

const app = fastify();
app.register(mercurius, { schema: typeDefs, resolvers: { Query }, loaders, jit: 1 });
const url = await app.listen({ port: 0, host: '127.0.0.1' });
console.log(JSON.stringify({ url }));
