import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { eachDatabase } from '../../../testkit/gateway.ts';
import { type Connected, create, mutate, startConnected, until } from '../connected.ts';

const settleTimeoutMs = 60_000;

eachDatabase('changes of unknown outcome', (database) => {
  let connected: Connected;
  beforeAll(async () => {
    connected = await startConnected({ gateway: { database }, patience: { absentAfterMs: 5_000 } });
  });
  afterAll(() => connected?.close());
  beforeEach(() => connected.api.heal());

  /** Requests to change that bear the mark are broken off: after they took effect, or before. */
  function breakOff(mark: string, kind: 'commit-then-reset' | 'reset', method: string): void {
    connected.api.script({ method, when: ({ body }) => body.includes(mark), answer: { kind } });
  }

  const input = (title: string) => ({ title, content: `${title}: what was said.`, upstreamId: connected.upstreamId });
  const prisma = () => connected.gateway.app.database.prisma;
  const mirrored = (title: string) => prisma().conversation.findMany({ where: { title } });
  const writes = () => prisma().upstreamWrite.findMany({ orderBy: { createdAt: 'asc' } });
  const allSettled = () =>
    until(
      'all writes are settled',
      async () => (await prisma().upstreamWrite.count({ where: { state: { in: ['SENDING', 'UNKNOWN'] } } })) === 0,
      settleTimeoutMs,
    );

  test('updates, deletions and requests for summaries that took effect are found to have', {
    timeout: 90_000,
  }, async () => {
    breakOff('[commit]', 'commit-then-reset', 'PATCH');
    connected.api.script({ method: 'DELETE', answer: { kind: 'commit-then-reset' } });
    connected.api.script({ method: 'POST', path: '/summaries', answer: { kind: 'commit-then-reset' } });
    const made = async (title: string) => {
      const { conversation } = await create(connected.gateway, input(title));
      const { id = '', externalId = '' } = conversation ?? {};
      connected.api.finishSummary(externalId, { content: 'First.' });
      await until(`${title} is summarised`, async () => (await mirrored(title))[0]?.status === 'COMPLETED');
      return { id, externalId };
    };
    const [updated, deleted, asked] = [await made('To update'), await made('To delete'), await made('To sum up')];
    const unknown = { __typename: 'UpstreamError', outcome: 'UNKNOWN' };
    const change = { id: updated.id, title: 'Updated [commit]', metadata: { a: 1 } };
    expect(await mutate(connected.gateway, 'updateConversation', change, 'conversation { id }')).toMatchObject(unknown);
    expect(
      await mutate(connected.gateway, 'deleteConversation', { id: deleted.id }, 'deletedConversationId'),
    ).toMatchObject(unknown);
    expect(
      await mutate(
        connected.gateway,
        'regenerateSummary',
        { conversationId: asked.id, language: 'fr' },
        'summary { id }',
      ),
    ).toMatchObject(unknown);
    await allSettled();
    const states = (await writes()).filter(({ kind }) => kind !== 'create').map(({ kind, state }) => [kind, state]);
    expect(states).toEqual([
      ['update', 'APPLIED'],
      ['delete', 'APPLIED'],
      ['regenerate', 'APPLIED'],
    ]);
    expect(await mirrored('Updated [commit]')).toMatchObject([{ id: updated.id, metadata: { a: 1 } }]);
    expect(await mirrored('To delete')).toEqual([]);
    const versions = await prisma().summary.findMany({
      where: { conversationId: asked.id },
      orderBy: { version: 'asc' },
    });
    expect(versions).toMatchObject([{ status: 'COMPLETED' }, { status: 'PROCESSING', language: 'fr' }]);
  });

  test('updates and deletions that took no effect are found not to have', { timeout: 90_000 }, async () => {
    breakOff('[reset]', 'reset', 'PATCH');
    connected.api.script({ method: 'DELETE', answer: { kind: 'reset' } });
    const { conversation } = await create(connected.gateway, input('Stays'));
    const { id = '' } = conversation ?? {};
    const before = (await writes()).length;
    await mutate(connected.gateway, 'updateConversation', { id, title: 'Never [reset]' }, 'conversation { id }');
    await mutate(connected.gateway, 'deleteConversation', { id }, 'deletedConversationId');
    await allSettled();
    expect((await writes()).slice(before).map(({ state }) => state)).toEqual(['NOT_APPLIED', 'NOT_APPLIED']);
    expect(await mirrored('Stays')).toMatchObject([{ id }]);
  });
});
