/**
 * One of the REST APIs that Hive Gateway stands over, `ai-my-chats` or `animam`: the tests' stand-in, in memory, with
 * what `page` and `one` ask of the seeded conversations.
 */
import { openPostgres } from '../../src/database/postgres.ts';
import { startAiMyChats } from '../../test/testkit/upstreams/ai-my-chats/ai-my-chats.ts';
import { startAnimam } from '../../test/testkit/upstreams/animam/animam.ts';
import { toSecond } from '../../test/testkit/upstreams/answer.ts';
import { apiKey, type Bench, tenantSlug } from './seed.ts';
import { conversationId, idsOfOne, pageSize } from './shapes.ts';

async function readSeeded(bench: Bench) {
  const database = await openPostgres(bench.databaseUrl, (err) => console.error(err));
  try {
    const newest = Array.from({ length: pageSize }, (_, index) => conversationId(index + 1));
    return await database.prisma.conversation.findMany({
      where: { tenantId: bench.tenantId, id: { in: [...newest, ...idsOfOne(bench)] } },
      include: { messages: { orderBy: { position: 'asc' } }, summaries: true, attachments: true },
    });
  } finally {
    await database.close();
  }
}

type Row = Awaited<ReturnType<typeof readSeeded>>[number];

const toAiMyChats = ({ id, title, createdAt, updatedAt, messages, summaries: [summary], attachments }: Row) => ({
  id,
  title,
  content: messages.map(({ content }) => content).join('\n'),
  status: 'completed' as const,
  created_at: toSecond(createdAt),
  updated_at: toSecond(updatedAt),
  summary: { title: summary?.title ?? title, content: summary?.content ?? '', topics: summary?.topics ?? [] },
  attachments: attachments.map((file) => ({
    id: file.id,
    filename: file.filename,
    mime_type: file.mimeType,
    bytes: Buffer.alloc(Number(file.sizeBytes)),
    created_at: toSecond(file.createdAt),
  })),
});

const toAnimam = ({ id, segment, messages }: Row) => ({
  id,
  segment,
  messages: messages.map((message) => ({
    id: message.id,
    role: message.role.toLowerCase(),
    content: message.content,
    timestamp: toSecond(message.createdAt),
  })),
});

const rows = await readSeeded(JSON.parse(process.env['BENCH'] ?? '') as Bench);
const { origin } =
  process.argv[2] === 'animam'
    ? await startAnimam({ tenant: tenantSlug, apiKey, conversations: rows.map(toAnimam) })
    : await startAiMyChats({ apiKey, conversations: rows.map(toAiMyChats) });
console.log(JSON.stringify({ url: origin }));
