import { expect, test } from 'vitest';
import { pruneEvents } from '../../src/events/log.ts';
import {
  AppendMessagesDocument,
  ConversationChangedDocument,
  CreateConversationDocument,
  DeleteConversationDocument,
  RegenerateSummaryDocument,
  SummaryStatusChangedDocument,
  type SummaryStatusChangedSubscription,
} from '../generated/documents.ts';
import { addTenant, eachDatabase, startGateway, type TestGateway } from '../testkit/gateway.ts';
import { type Listening, transports } from '../testkit/live.ts';

async function create(gateway: TestGateway, title = 'Prices'): Promise<string> {
  const input = { title, messages: [{ role: 'USER' as const, content: 'What does the Pro plan cost?' }] };
  const { body } = await gateway.graphql(CreateConversationDocument, { input });
  const result = body.data?.createConversation;
  if (result?.__typename !== 'CreateConversationPayload') throw new Error(JSON.stringify(body));
  return result.conversation.id;
}

const statuses = (listening: Listening<SummaryStatusChangedSubscription>) =>
  listening.events.map(({ summaryStatusChanged: event }) =>
    event.__typename === 'SummaryStatusChange' ? event.status : event.__typename,
  );
const cursors = (listening: Listening<SummaryStatusChangedSubscription>) =>
  listening.events.map(({ summaryStatusChanged: event }) => event.cursor);

eachDatabase('subscriptions', (database) => {
  for (const [name, listen] of transports) {
    test(`a new conversation's summary is PROCESSING, then COMPLETED, over ${name}`, async () => {
      await using gateway = await startGateway({ database });
      const first = await create(gateway, 'The first');
      await using listening = listen(gateway, SummaryStatusChangedDocument, { conversationIds: [first] });
      // The present state says that the stream stands.
      await expect.poll(() => listening.events.length).toBeGreaterThan(0);
      expect(listening.events[0]?.summaryStatusChanged).toMatchObject({ previousStatus: null });

      await using all = listen(gateway, SummaryStatusChangedDocument, { after: cursors(listening)[0] ?? null });
      const id = await create(gateway);
      const ofNew = () =>
        all.events.flatMap(({ summaryStatusChanged: event }) =>
          event.__typename === 'SummaryStatusChange' && event.conversation.id === id ? [event] : [],
        );
      await expect.poll(() => ofNew().map(({ status }) => status)).toEqual(['PROCESSING', 'COMPLETED']);
      expect(ofNew()[1]).toMatchObject({ previousStatus: 'PROCESSING', summary: { status: 'COMPLETED', version: 1 } });
      expect(ofNew()[1]?.summary.content).toBeTruthy();
      expect([...listening.errors, ...all.errors]).toEqual([]);
    });
  }

  test('a listener that comes back with its cursor misses nothing and sees nothing twice', async () => {
    await using gateway = await startGateway({ database });
    const [, listen] = transports[0];
    const id = await create(gateway);
    await using first = listen(gateway, SummaryStatusChangedDocument, { conversationIds: [id] });
    await expect.poll(() => statuses(first).at(-1)).toBe('COMPLETED');
    const cursor = cursors(first).at(-1) ?? '';
    await first[Symbol.asyncDispose]();

    for (let version = 2; version <= 4; version++) {
      await gateway.graphql(RegenerateSummaryDocument, { input: { conversationId: id } });
      await expect
        .poll(() => gateway.app.database.prisma.summary.count({ where: { status: 'COMPLETED' } }))
        .toBe(version);
    }
    const expected = ['PROCESSING', 'COMPLETED', 'PROCESSING', 'COMPLETED', 'PROCESSING', 'COMPLETED'];
    for (const [, listenAgain] of transports) {
      await using again = listenAgain(gateway, SummaryStatusChangedDocument, { after: cursor });
      await expect.poll(() => statuses(again)).toEqual(expected);
      expect(new Set(cursors(again)).size).toBe(6);
      // From the middle: just the rest.
      await using rest = listenAgain(gateway, SummaryStatusChangedDocument, { after: cursors(again)[3] ?? '' });
      await expect.poll(() => statuses(rest)).toEqual(expected.slice(4));
    }
    await using completed = listen(gateway, SummaryStatusChangedDocument, { after: cursor, statuses: ['COMPLETED'] });
    await expect.poll(() => statuses(completed)).toEqual(['COMPLETED', 'COMPLETED', 'COMPLETED']);
  });

  test('a cursor from before what is kept is answered with a gap, and then with what is kept', async () => {
    await using gateway = await startGateway({ database });
    const [, listen] = transports[1];
    const id = await create(gateway);
    await using first = listen(gateway, SummaryStatusChangedDocument, { conversationIds: [id] });
    await expect.poll(() => statuses(first).at(-1)).toBe('COMPLETED');
    const old = cursors(first)[0] ?? '';
    // Where nobody listens, nothing is held in memory: what comes next is read from the log.
    await first[Symbol.asyncDispose]();
    await gateway.graphql(RegenerateSummaryDocument, { input: { conversationId: id } });
    await expect.poll(() => gateway.app.database.prisma.summary.count({ where: { status: 'COMPLETED' } })).toBe(2);
    expect(await pruneEvents(gateway.app.database, new Date())).toBeGreaterThan(0);
    await gateway.graphql(RegenerateSummaryDocument, { input: { conversationId: id } });
    await using again = listen(gateway, SummaryStatusChangedDocument, { after: old });
    await expect.poll(() => statuses(again)).toEqual(['StreamGap', 'PROCESSING', 'COMPLETED']);
    await using fromGap = listen(gateway, SummaryStatusChangedDocument, { after: cursors(again)[0] ?? '' });
    await expect.poll(() => statuses(fromGap)).toEqual(['PROCESSING', 'COMPLETED']);
  });

  test('changes of conversations come in order, filtered, to their own tenant alone', async () => {
    await using gateway = await startGateway({ database });
    const other = await addTenant(gateway, 'other');
    const [, listen] = transports[0];
    const start = await create(gateway, 'Start');
    await using first = listen(gateway, ConversationChangedDocument, { conversationIds: [start] });
    await expect.poll(() => first.events.length).toBeGreaterThan(0);
    const event = first.events[0]?.conversationChanged;
    expect(event).toMatchObject({ kind: 'SNAPSHOT', conversationId: start });

    await using theirs = listen({ ...gateway, apiKey: other.apiKey }, ConversationChangedDocument, {});
    await using pricing = listen(gateway, ConversationChangedDocument, {
      filter: { segments: ['pricing'] },
      after: event?.cursor ?? '',
    });
    const input = { title: 'Watched', content: 'Something', segment: 'pricing' };
    const { body } = await gateway.graphql(CreateConversationDocument, { input });
    const made = body.data?.createConversation;
    const id = made?.__typename === 'CreateConversationPayload' ? made.conversation.id : '';
    await create(gateway, 'Unwatched');
    await expect.poll(() => gateway.app.database.prisma.summary.count({ where: { status: 'COMPLETED' } })).toBe(3);
    await gateway.graphql(DeleteConversationDocument, { id });
    const kinds = () =>
      pricing.events.map(({ conversationChanged: change }) =>
        change.__typename === 'ConversationChange' ? [change.kind, change.conversationId] : [],
      );
    await expect.poll(() => kinds().at(-1)).toEqual(['DELETED', id]);
    expect(new Set(kinds().map(([, conversationId]) => conversationId))).toEqual(new Set([id]));
    expect(theirs.events).toEqual([]);
    expect([...theirs.errors, ...pricing.errors]).toEqual([]);
  });

  test('messages that come while a summary is being made are in it', async () => {
    await using gateway = await startGateway({ database });
    const id = await create(gateway);
    const messages = [
      { role: 'ASSISTANT' as const, content: 'I will send you the signed contract for the Pro plan tomorrow.' },
    ];
    await gateway.graphql(AppendMessagesDocument, { input: { conversationId: id, messages } });
    await expect
      .poll(() => gateway.app.database.prisma.conversation.findFirst({ where: { id }, select: { status: true } }))
      .toEqual({ status: 'COMPLETED' });
    const newest = await gateway.app.database.prisma.summary.findFirst({
      where: { conversationId: id },
      orderBy: { version: 'desc' },
    });
    expect(newest?.content).toMatch(/signed contract/);
  });
});

test('a cursor that is none is refused over both transports', async () => {
  await using gateway = await startGateway();
  for (const [, listen] of transports) {
    for (const after of ['', 'nonsense', 'MS4wMDAwMDAwMA']) {
      await using listening = listen(gateway, SummaryStatusChangedDocument, { after });
      await expect.poll(() => JSON.stringify(listening.errors)).toContain('is not a cursor');
      expect(listening.events).toEqual([]);
    }
  }
});
