import { expect, test } from 'vitest';
import { foldCounts } from '../../../src/domain/conversations/list/counters.ts';
import { newId } from '../../../src/lib/id.ts';
import { createConversation } from '../../testkit/conversations.ts';
import { findMiscounts } from '../../testkit/counts.ts';
import { addTenant, eachDatabase, startGateway, type TestGateway } from '../../testkit/gateway.ts';
import { createRandom } from '../../testkit/upstreams/random.ts';

const writers = 3;
const roundsEach = 16;
const longSegment = 'x'.repeat(5_000);
const segments = ['pricing', 'support', '', '=pricing', longSegment, null];
const topics = ['billing', 'refund', `${longSegment}y`];

/** Batches as the mirror and the end of an upstream write them, on the database itself. */
async function writeBatch({ app }: TestGateway, tenantId: string, random: () => number): Promise<void> {
  const { prisma } = app.database;
  const pick = <T>(values: readonly T[]) => values[Math.floor(random() * values.length)] as T;
  const startedAt = () => new Date(Date.UTC(2024, 0, 1) + Math.floor(random() * 40 * 86_400_000));
  const upstreamId = newId('upstream');
  const upstream = { tenantId, id: upstreamId, name: 'x', baseUrl: 'http://x', apiKeyCipher: 'x' };
  await prisma.upstream.create({ data: { ...upstream, provider: 'ANIMAM', status: 'PAUSED' } });
  await prisma.conversation.createMany({
    data: Array.from({ length: 20 }, (_, index) => {
      const at = startedAt();
      const times = { createdAt: at, updatedAt: at, startedAt: at, activityAt: at };
      return {
        tenantId,
        id: newId('conversation'),
        provider: 'ANIMAM' as const,
        upstreamId,
        externalId: `${index}`,
        title: 'x',
        preview: '',
        status: pick(['PROCESSING', 'COMPLETED'] as const),
        ...times,
        messageCount: Math.floor(random() * 9),
        responseTimeTotalMs: BigInt(Math.floor(random() * 1e10)),
        responseCount: Math.floor(random() * 4),
        segment: pick(segments),
        sentiment: pick(['POSITIVE', 'NEGATIVE', null] as const),
        // An upstream may name a topic twice.
        topics: [pick(topics), pick(topics)],
      };
    }),
  });
  const where = { tenantId, upstreamId };
  await prisma.conversation.updateMany({ where, data: { generation: 2 } });
  await prisma.conversation.updateMany({
    where: { ...where, status: 'PROCESSING' },
    data: { status: 'FAILED', startedAt: startedAt(), segment: pick(segments) },
  });
  await prisma.conversation.updateMany({
    where: { ...where, status: 'FAILED' },
    data: { sentiment: 'NEUTRAL', topics: [pick(topics)], messageCount: { increment: 2 } },
  });
  if (random() < 0.5) await prisma.conversation.deleteMany({ where: { ...where, externalId: { lte: '14' } } });
  if (random() < 0.3) await prisma.upstream.deleteMany({ where: { tenantId, id: upstreamId } });
}

/** What users do, through the graph; summaries are made meanwhile by the gateway. */
async function writeAsUser(gateway: TestGateway, random: () => number): Promise<void> {
  const { id } = await createConversation(gateway, {
    content: null,
    messages: [{ role: 'USER', content: 'How are you?' }],
  });
  const act = async (mutation: string) => {
    const { body } = await gateway.graphql(`mutation ($id: ID!) { ${mutation} }`, { id });
    expect(JSON.stringify(body)).toMatch(/Payload/);
  };
  if (random() < 0.5)
    await act('updateConversation(input: { id: $id, title: "Other", segment: "support" }) { __typename }');
  if (random() < 0.5) {
    const messages = '[{ role: ASSISTANT, content: "Fine." }]';
    await act(`appendMessages(input: { conversationId: $id, messages: ${messages} }) { __typename }`);
  }
  if (random() < 0.4) await act('deleteConversation(input: { id: $id }) { __typename }');
}

type Totals = { [alias: string]: { totalCount: number } };

eachDatabase('counters of conversations', (database) => {
  test('equal a plain recount in every moment, while many write', { timeout: 300_000 }, async () => {
    const seed = Math.floor(Math.random() * 1e9);
    console.info(`seed ${seed}`);
    await using gateway = await startGateway({ database });
    const { tenantId, app } = gateway;
    const other = await addTenant(gateway, 'other');
    const folding = new AbortController();
    await Promise.all(
      Array.from({ length: writers }, async (_, index) => {
        const random = createRandom(seed + index);
        for (let round = 0; round < roundsEach; round++) {
          if (random() < 0.3) await writeBatch(gateway, random() < 0.8 ? tenantId : other.tenantId, random);
          else await writeAsUser(gateway, random);
          if (random() < 0.3) await foldCounts(app.database, tenantId, folding.signal);
          if (random() < 0.3) expect(await findMiscounts(app.database)).toEqual([]);
        }
      }),
    );
    const random = createRandom(seed);
    const ofOther = { where: { tenantId: other.tenantId } };
    while ((await app.database.prisma.conversation.count(ofOther)) === 0) {
      await writeBatch(gateway, other.tenantId, random);
    }
    /** The worker folds as well: who comes second leaves it to the first. */
    const foldAll = async (id: string) => {
      await foldCounts(app.database, id, folding.signal);
      return app.database.prisma.conversationChange.count({ where: { tenantId: id } });
    };
    for (const id of [tenantId, other.tenantId]) await expect.poll(() => foldAll(id), { timeout: 20_000 }).toBe(0);
    expect(await findMiscounts(app.database)).toEqual([]);

    // A tenant that goes takes its counts along.
    expect(await app.database.prisma.conversationCount.count(ofOther)).toBeGreaterThan(0);
    await app.database.prisma.tenant.delete({ where: { id: other.tenantId } });
    await expect.poll(() => foldAll(other.tenantId), { timeout: 20_000 }).toBe(0);
    expect(await app.database.prisma.conversationCount.count(ofOther)).toBe(0);
    expect(await findMiscounts(app.database)).toEqual([]);
  });

  test('count once what a deadlock made run twice', async () => {
    await using gateway = await startGateway({ database });
    const { app, tenantId } = gateway;
    const [one, two] = [await createConversation(gateway), await createConversation(gateway)];
    /** Both hold their first row before either asks for its second; a repetition finds nobody to wait for. */
    const holding = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
    let tries = 0;
    const mark = (index: 0 | 1, ids: readonly string[]) =>
      app.database.transaction(async (tx) => {
        tries++;
        const [first, second] = ids.map((id) => ({ tenantId_id: { tenantId, id } }));
        if (first === undefined || second === undefined) throw new Error('two are needed');
        await tx.conversation.update({ where: first, data: { messageCount: { increment: 1 } } });
        holding[index].resolve();
        // The embedded database runs one transaction after the other.
        if (database === 'postgres') await holding[1 - index]?.promise;
        await tx.conversation.update({ where: second, data: { segment: `of ${index}` } });
      });
    const before = await app.database.prisma.conversation.aggregate({ _sum: { messageCount: true } });
    await Promise.all([mark(0, [one.id, two.id]), mark(1, [two.id, one.id])]);
    expect(tries).toBe(database === 'postgres' ? 3 : 2);
    const after = await app.database.prisma.conversation.aggregate({ _sum: { messageCount: true } });
    expect(after._sum.messageCount).toBe((before._sum.messageCount ?? 0) + 2);
    expect(await findMiscounts(app.database)).toEqual([]);
  });

  test('answer totalCount as the list is long, folded or not', async () => {
    await using gateway = await startGateway({ database });
    const random = createRandom(7);
    await writeBatch(gateway, gateway.tenantId, random);
    await foldCounts(gateway.app.database, gateway.tenantId, AbortSignal.timeout(10_000));
    await writeBatch(gateway, gateway.tenantId, random);
    const upstreams = await gateway.app.database.prisma.upstream.findMany();
    const filters = [
      '{}',
      '{ providers: [ANIMAM, ANIMAM] }',
      '{ providers: [LOCAL] }',
      '{ providers: [] }',
      '{ statuses: [COMPLETED, FAILED] }',
      '{ sources: [WEB] }',
      '{ sentiments: [POSITIVE, NEUTRAL] }',
      `{ segments: ["", "=pricing", "${longSegment}"] }`,
      '{ segments: ["=", "none"], providers: null }',
      '{ topics: ["billing"] }',
      '{ topics: ["billing", "refund"] }',
      `{ topics: ["${longSegment}y"] }`,
      `{ upstreamIds: ["${upstreams[0]?.id}"] }`,
      '{ segments: ["pricing"], sentiments: [POSITIVE] }',
      '{ started: { from: "2024-01-10" } }',
    ];
    const fields = filters.map(
      (filter, index) => `f${index}: conversations(filter: ${filter}, first: 100) { totalCount nodes { id } }`,
    );
    const { body } = await gateway.graphql<Totals>(`{ ${fields.join('\n')} }`);
    const counts = Object.values(body.data ?? {}).map(({ totalCount }) => totalCount);
    const lengths = Object.values(body.data ?? {}).map((list) => (list as unknown as { nodes: [] }).nodes.length);
    expect(counts).toHaveLength(filters.length);
    expect(counts).toEqual(lengths);
    expect(new Set(counts).size).toBeGreaterThan(5);
  });

  test('the worker folds what writers note, and an unfiltered totalCount reads no conversation', async () => {
    await using gateway = await startGateway({ database });
    await writeBatch(gateway, gateway.tenantId, createRandom(3));
    await createConversation(gateway);
    const { prisma } = gateway.app.database;
    await expect.poll(() => prisma.conversationChange.count(), { timeout: 20_000 }).toBe(0);
    const { statements } = await gateway.countStatements(
      () => gateway.graphql('{ conversations(first: 1) { totalCount } }'),
      { tries: 5 },
    );
    const counting = statements.filter((sql) => /count\(|sum\(/.test(sql));
    expect(counting.join()).toMatch(/conversation_count/);
    // The page comes by the same statement; nothing in it counts rows.
    expect(counting.join()).not.toMatch(/\bcount\(/);
    expect(counting.join().match(/FROM conversation\s/g)).toHaveLength(1);
  });
});
