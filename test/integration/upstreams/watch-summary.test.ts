import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createEgress } from '../../../src/lib/egress/egress.ts';
import { createUpstreamClients } from '../../../src/upstreams/clients/clients.ts';
import { pauseAfter, watchSummary } from '../../../src/upstreams/conversation/watch-summary.ts';
import { createRateBudget } from '../../../src/upstreams/http/budget.ts';
import { eachDatabase } from '../../testkit/gateway.ts';
import { type Connected, create, startConnected, until } from './connected.ts';

test('the pauses between readings grow from a second to half a minute', () => {
  const at: number[] = [];
  for (let ageMs = 0; ageMs < 180_000; ageMs += pauseAfter(ageMs)) at.push(ageMs / 1_000);
  expect(at).toEqual([0, 1, 3, 6, 11, 19, 32, 52, 82, 112, 142, 172]);
});

eachDatabase('the watch over summaries that are made upstream', (database) => {
  let connected: Connected;
  const egress = createEgress({ allowPrivateNetwork: true });
  beforeAll(async () => {
    connected = await startConnected({ gateway: { database } });
  });
  afterAll(async () => {
    await connected?.close();
    await egress.close();
  });
  beforeEach(() => connected.api.heal());

  const prisma = () => connected.gateway.app.database.prisma;
  const summaries = (conversationId: string) =>
    prisma().summary.findMany({ where: { conversationId }, orderBy: { version: 'asc' } });
  const made = async (title: string) => {
    const input = { title, content: `${title}: what was said.`, upstreamId: connected.upstreamId };
    const { conversation } = await create(connected.gateway, input);
    const { id = '', externalId = '' } = conversation ?? {};
    const [first] = await summaries(id);
    return { id, externalId, summaryId: first?.id ?? '' };
  };
  const changes = async (summaryId: string) => {
    const events = await prisma().event.findMany({ where: { subjectId: summaryId }, orderBy: { seq: 'asc' } });
    return events.map(({ data }) => (data as { status: string }).status);
  };
  const watch = (conversationId: string, summaryId: string) => {
    const { app, tenantId } = connected.gateway;
    const clients = createUpstreamClients({ egress, secrets: app.secrets, budget: createRateBudget() });
    return watchSummary(app, { clients }, { tenantId, conversationId, summaryId }, AbortSignal.timeout(30_000));
  };

  test('a summary is followed to its end without any webhook, and each step is told once', async () => {
    const { id, externalId, summaryId } = await made('Followed');
    connected.api.finishSummary(externalId, { content: 'There it is.', sentiment: 'positive' });
    await until('it is there', async () => (await summaries(id))[0]?.status === 'COMPLETED');
    expect(await summaries(id)).toMatchObject([{ content: 'There it is.', sentiment: 'POSITIVE', version: 1 }]);
    expect(await changes(summaryId)).toEqual(['PROCESSING', 'COMPLETED']);
  });

  test('a summary that fails upstream fails here', async () => {
    const { id, externalId, summaryId } = await made('Fails');
    connected.api.finishSummary(externalId, 'failed');
    await until('it failed', async () => (await summaries(id))[0]?.status === 'FAILED');
    expect(await changes(summaryId)).toEqual(['PROCESSING', 'FAILED']);
  });

  test('watching twice at once does no harm', async () => {
    const { id, externalId, summaryId } = await made('Twice');
    connected.api.finishSummary(externalId, { content: 'Once.' });
    await Promise.all([watch(id, summaryId), watch(id, summaryId), watch(id, summaryId)]);
    expect(await summaries(id)).toMatchObject([{ status: 'COMPLETED', version: 1 }]);
    expect(await changes(summaryId)).toEqual(['PROCESSING', 'COMPLETED']);
    await watch(id, summaryId);
    expect(await summaries(id)).toHaveLength(1);
  });

  test('one that says the same as before, within the same second, completes after a while', async () => {
    const { id, externalId } = await made('The same again');
    connected.api.finishSummary(externalId, { content: 'Same.' });
    await until('the first is there', async () => (await summaries(id))[0]?.status === 'COMPLETED');
    const before = connected.api.conversations.get(externalId);
    const port = connected.gateway.app.upstreams;
    const second = await port.regenerateSummary(connected.caller, id, { language: 'en', style: 'CONCISE' });
    connected.api.conversations.edit(externalId, { status: 'completed', updated_at: before?.updated_at ?? '' });
    await watch(id, second.id);
    expect((await summaries(id))[1]?.status).toBe('PROCESSING');
    await prisma().summary.updateMany({ where: { id: second.id }, data: { createdAt: new Date(Date.now() - 21_000) } });
    await watch(id, second.id);
    expect(await summaries(id)).toMatchObject([{ version: 1 }, { version: 2, status: 'COMPLETED', content: 'Same.' }]);
  });

  test('what has not come after half an hour has failed, with the reason', async () => {
    const { id, summaryId } = await made('Never');
    await prisma().summary.updateMany({
      where: { id: summaryId },
      data: { createdAt: new Date(Date.now() - 1_801_000) },
    });
    await watch(id, summaryId);
    expect(await summaries(id)).toMatchObject([
      { status: 'FAILED', error: 'AI My Chats did not complete this summary within 30 minutes' },
    ]);
  });

  test('a conversation that is gone meanwhile ends the watch', async () => {
    const { id, externalId, summaryId } = await made('Gone');
    connected.api.conversations.remove(externalId);
    await watch(id, summaryId);
    expect(await prisma().conversation.findFirst({ where: { id } })).toBeNull();
    await watch(id, summaryId);
  });

  test('an upstream that is down for a while keeps the watch waiting', async () => {
    const { id, externalId, summaryId } = await made('Down');
    connected.api.script({ method: 'GET', answer: { kind: 'status', status: 503 } });
    await watch(id, summaryId);
    expect((await summaries(id))[0]?.status).toBe('PROCESSING');
    connected.api.heal();
    connected.api.finishSummary(externalId, { content: 'At last.' });
    await until('it is there', async () => (await summaries(id))[0]?.status === 'COMPLETED');
  });
});
