/** Apollo Server over Prisma: its standalone server. */
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { Conversation, Query, typeDefs } from './prisma-graph.ts';

const server = new ApolloServer({ typeDefs, resolvers: { Query, Conversation } });
const { url } = await startStandaloneServer(server, { listen: { port: 0, host: '127.0.0.1' } });
console.log(JSON.stringify({ url: url.replace(/\/$/, '') }));
