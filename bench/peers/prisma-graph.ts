/** The graph that Apollo Server and Mercurius serve: the product's Prisma schema, as both documentations write it. */
import { PrismaPg } from '@prisma/adapter-pg';
import { type Prisma, PrismaClient } from '../../src/database/generated/client.ts';
import { databaseUrl, poolSize } from './peer.ts';

export const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: databaseUrl, max: poolSize }) });
export const tenantId = process.env['TENANT_ID'] ?? '';

export const typeDefs = `#graphql
  type Query {
    conversations(first: Int!, after: ID, upstreamId: ID): ConversationPage!
    conversation(id: ID!): Conversation
  }
  type ConversationPage { nodes: [Conversation!]! totalCount: Int! }
  type Conversation {
    id: ID!
    title: String!
    status: String!
    createdAt: String!
    messages(first: Int!): [Message!]!
    summary: Summary
    attachments: [Attachment!]!
  }
  type Message { id: ID! role: String! content: String! createdAt: String! }
  type Summary { id: ID! content: String topics: [String!]! }
  type Attachment { id: ID! filename: String! size: Int! mimeType: String! }
`;

type Row = { id: string; summaryId: string | null; createdAt: Date };
type ListArgs = { first: number; after?: string; upstreamId?: string };

const keyOf = (id: string) => ({ tenantId_id: { tenantId, id } });
const wire = <Value extends { createdAt: Date }>(row: Value) => ({ ...row, createdAt: row.createdAt.toISOString() });

export const Query = {
  conversations: async (_root: unknown, { first, after, upstreamId }: ListArgs) => {
    const where = { tenantId, ...(upstreamId !== undefined && { upstreamId }) };
    const rows = await prisma.conversation.findMany({
      where,
      take: first,
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      ...(after !== undefined && { cursor: keyOf(after), skip: 1 }),
    });
    return { nodes: rows.map(wire), totalCount: () => prisma.conversation.count({ where }) };
  },
  conversation: async (_root: unknown, { id }: { id: string }) => {
    const row = await prisma.conversation.findUnique({ where: keyOf(id) });
    return row && wire(row);
  },
};

const messagesOf = { orderBy: { position: 'asc' } } as const;
const attachmentsOf: { orderBy: Prisma.AttachmentOrderByWithRelationInput[] } = {
  orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
};
const toFile = <File extends { sizeBytes: bigint }>(file: File) => ({ ...file, size: Number(file.sizeBytes) });

/** Prisma's own way against N+1: `findUnique` calls of one tick are batched, with their relations. */
export const Conversation = {
  messages: async ({ id }: Row, { first }: { first: number }) => {
    const rows = await prisma.conversation.findUnique({ where: keyOf(id) }).messages({ ...messagesOf, take: first });
    return rows?.map(wire) ?? [];
  },
  summary: ({ summaryId }: Row) => (summaryId === null ? null : prisma.summary.findUnique({ where: keyOf(summaryId) })),
  attachments: async ({ id }: Row) =>
    (await prisma.conversation.findUnique({ where: keyOf(id) }).attachments(attachmentsOf))?.map(toFile) ?? [],
};

type Asked<Params = unknown> = { obj: Row; params: Params };

/** Mercurius' way: a loader a field, which gets all objects of a level at once. */
export const loaders = {
  Conversation: {
    messages: async (queries: readonly Asked<{ first: number }>[]) => {
      const rows = await prisma.message.findMany({
        where: { tenantId, conversationId: { in: idsOf(queries) } },
        ...messagesOf,
      });
      const groups = Map.groupBy(rows, (row) => row.conversationId);
      return queries.map(({ obj, params }) => (groups.get(obj.id) ?? []).slice(0, params.first).map(wire));
    },
    summary: async (queries: readonly Asked[]) => {
      const ids = queries.flatMap(({ obj }) => obj.summaryId ?? []);
      const rows = await prisma.summary.findMany({ where: { tenantId, id: { in: ids } } });
      const byId = new Map(rows.map((row) => [row.id, row]));
      return queries.map(({ obj }) => byId.get(obj.summaryId ?? '') ?? null);
    },
    attachments: async (queries: readonly Asked[]) => {
      const where = { tenantId, conversationId: { in: idsOf(queries) } };
      const rows = await prisma.attachment.findMany({ where, ...attachmentsOf });
      const groups = Map.groupBy(rows, (row) => row.conversationId);
      return queries.map(({ obj }) => (groups.get(obj.id) ?? []).map(toFile));
    },
  },
};

function idsOf(queries: readonly Asked[]): string[] {
  return queries.map(({ obj }) => obj.id);
}
