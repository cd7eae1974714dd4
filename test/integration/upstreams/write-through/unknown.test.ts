import { afterAll, beforeAll, expect, test } from 'vitest';
import { transact } from '../../../../src/domain/unit-of-work.ts';
import { syncUpstream } from '../../../../src/domain/upstreams/upstreams.ts';
import { insertWrite } from '../../../../src/upstreams/write-through/write-record.ts';
import { eachDatabase } from '../../../testkit/gateway.ts';
import { createRandom } from '../../../testkit/upstreams/random.ts';
import { type Connected, create, startConnected, until, type WriteResult } from '../connected.ts';

const settleTimeoutMs = 60_000;

eachDatabase('creates of unknown outcome', (database) => {
  let connected: Connected;
  beforeAll(async () => {
    connected = await startConnected({
      gateway: { database },
      api: { summarize: { afterMs: 20 } },
      // So many broken connections in a row would have the account left alone for a while.
      patience: { breaker: { threshold: 1_000 }, absentAfterMs: 5_000 },
    });
    breakOff('[commit]', 'commit-then-reset');
    breakOff('[reset]', 'reset');
  });
  afterAll(() => connected?.close());

  /** Requests to write that bear the mark are broken off: after they took effect, or before. */
  function breakOff(mark: string, kind: 'commit-then-reset' | 'reset', method = 'POST'): void {
    connected.api.script({ method, when: ({ body }) => body.includes(mark), answer: { kind } });
  }

  const input = (title: string, content = `${title}: what was said.`) => ({
    title,
    content,
    upstreamId: connected.upstreamId,
  });
  const upstream = (title: string) => connected.api.conversations.all().filter((each) => each.title === title);
  const prisma = () => connected.gateway.app.database.prisma;
  const mirrored = (title: string) => prisma().conversation.findMany({ where: { title } });
  const writes = () => prisma().upstreamWrite.findMany({ orderBy: { createdAt: 'asc' } });
  const allSettled = () =>
    until(
      'all writes are settled',
      async () => (await prisma().upstreamWrite.count({ where: { state: { in: ['SENDING', 'UNKNOWN'] } } })) === 0,
      settleTimeoutMs,
    );

  test.concurrent('of 100 creates over a connection that breaks, none is made twice, and none is told wrong', {
    timeout: 180_000,
  }, async () => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
    console.info(`seed ${seed}`);
    const random = createRandom(seed);
    const titles = Array.from({ length: 100 }, (_, index) => {
      const roll = random();
      return `${roll < 0.5 ? '[commit] ' : roll < 0.7 ? '[reset] ' : ''}conversation ${index}`;
    });
    const results = new Map<string, WriteResult>();
    const queue = [...titles];
    const work = async () => {
      for (let title = queue.shift(); title !== undefined; title = queue.shift()) {
        results.set(title, await create(connected.gateway, input(title)));
      }
    };
    await Promise.all([work(), work(), work(), work()]);
    await allSettled();

    const states = new Map(
      (await writes()).map(({ request, state }) => [(request as { draft: { title: string } }).draft.title, state]),
    );
    const told = { done: 0, notDone: 0, unknown: 0 };
    for (const title of titles) {
      const result = results.get(title);
      const there = upstream(title).length;
      const wrong = JSON.stringify({ title, result, there, state: states.get(title) });
      expect(there, wrong).toBeLessThanOrEqual(1);
      expect((await mirrored(title)).length, wrong).toBe(there);
      expect(states.get(title), wrong).toBe(there === 1 ? 'APPLIED' : 'NOT_APPLIED');
      if (result?.conversation !== undefined) {
        told.done++;
        expect(upstream(title)[0]?.id, wrong).toBe(result.conversation.externalId);
      } else if (result?.outcome === 'UNKNOWN') told.unknown++;
      else {
        told.notDone++;
        expect(result?.outcome, wrong).toBe('NOT_APPLIED');
        expect(there, wrong).toBe(0);
      }
    }
    expect(told.unknown).toBeGreaterThan(20);
    const sent = connected.api.requests.filter(
      ({ method, path }) => method === 'POST' && path.endsWith('/conversations'),
    );
    const bodies = sent.map(({ body }) => (JSON.parse(body) as { title: string }).title);
    const own = bodies.filter((title) => results.has(title));
    expect(own.length).toBe(new Set(own).size);
  });

  test.concurrent('identical creates each get a conversation of their own, as many as were made', {
    timeout: 90_000,
  }, async () => {
    const same = input('The same', 'The same words.');
    const metadata = (mark: string) => ({ ...same, metadata: { mark } });
    const results: WriteResult[] = [];
    for (const mark of ['[commit]', '[reset]', '[commit]', 'whole', '[reset]', '[commit]']) {
      results.push(await create(connected.gateway, metadata(mark)));
    }
    await allSettled();
    const made = upstream('The same');
    expect(made).toHaveLength(4);
    expect((await mirrored('The same')).length).toBe(4);
    const own = (await writes()).filter(({ request }) => JSON.stringify(request).includes('"The same"'));
    expect(own.filter(({ state }) => state === 'APPLIED')).toHaveLength(4);
    expect(own.filter(({ state }) => state === 'NOT_APPLIED')).toHaveLength(2);
    const taken = own.flatMap(({ conversationId }) => conversationId ?? []);
    expect(new Set(taken).size).toBe(4);
    expect(results[3]?.conversation?.id).toBe(own[3]?.conversationId);
  });

  test.concurrent("a create that was not done takes nobody else's conversation for its own", {
    timeout: 90_000,
  }, async () => {
    const words = { title: 'Common [reset]', content: 'Common words.' };
    connected.api.conversations.add(words);
    await syncUpstream(connected.caller, connected.upstreamId, false);
    await until(
      'the one made just now is mirrored',
      async () => (await mirrored(words.title)).length === 1,
      settleTimeoutMs,
    );
    connected.api.conversations.add({ ...words, created_at: '2024-01-01T00:00:00Z' });
    expect(await create(connected.gateway, { ...words, upstreamId: connected.upstreamId })).toMatchObject({
      outcome: 'UNKNOWN',
    });
    await allSettled();
    const own = (await writes()).filter(({ request }) => JSON.stringify(request).includes('"Common [reset]"'));
    expect(own).toMatchObject([{ state: 'NOT_APPLIED', conversationId: null }]);
  });

  test('a subscriber hears of a create of unknown outcome once it is found', async () => {
    await create(connected.gateway, input('[commit] heard of'));
    await until('it is mirrored', async () => (await mirrored('[commit] heard of')).length === 1);
    const [row] = await mirrored('[commit] heard of');
    const events = await prisma().event.findMany({ where: { subjectId: row?.id ?? '' } });
    expect(events.map(({ type }) => type)).toContain('conversation.created');
  });

  test('while the upstream is down nothing is decided; it is once it is back', { timeout: 90_000 }, async () => {
    const down = connected.api.script({ method: 'GET', answer: { kind: 'status', status: 503 } });
    await create(connected.gateway, input('[commit] before it went down'));
    await until('it was looked for', () => down.hits >= 3);
    expect((await writes()).at(-1)?.state).toBe('UNKNOWN');
    down.clear();
    await allSettled();
    expect(await mirrored('[commit] before it went down')).toHaveLength(1);
  });

  test('a write whose sender died is looked up, and not sent again', { timeout: 90_000 }, async () => {
    const { caller, upstreamId, gateway } = connected;
    const made = connected.api.conversations.add({ title: 'Orphan', content: 'Orphan: what was said.' });
    const posts = connected.api.requests.filter(({ method }) => method === 'POST').length;
    const request = {
      kind: 'create' as const,
      draft: { title: 'Orphan', content: made.content, source: 'API' as const, metadata: null },
      known: [],
      idempotencyKey: null,
    };
    const id = await transact(caller, async (unit) => {
      const earlier = { ...unit, now: new Date(unit.now.getTime() - 60_000) };
      return insertWrite(earlier, caller, upstreamId, null, request);
    });
    await until(
      'the orphan is settled',
      async () => {
        const row = await prisma().upstreamWrite.findFirst({ where: { id } });
        return row?.state === 'APPLIED';
      },
      settleTimeoutMs,
    );
    expect(await mirrored('Orphan')).toHaveLength(1);
    expect(connected.api.requests.filter(({ method }) => method === 'POST').length).toBe(posts);
    expect(gateway.tenantId).toBe(caller.tenantId);
  });
});
