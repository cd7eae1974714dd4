import { expect, test } from 'vitest';
import { foldCounts } from '../../../src/domain/conversations/list/counters.ts';
import { newId } from '../../../src/lib/id.ts';
import { StatsDocument } from '../../generated/documents.ts';
import { eachDatabase, startGateway, type TestGateway } from '../../testkit/gateway.ts';

const count = 2_000;
const sources = ['EMAIL', 'WHATSAPP', 'API', 'WEB', null] as const;
const sentiments = ['POSITIVE', 'NEUTRAL', 'NEGATIVE', null] as const;
const segments = ['pricing', 'support', 'landing', null] as const;
const topics = ['billing', 'refund', 'délivery', 'login', 'api'];
/** Clocks change within the range: in New York on 2024-03-10, in Berlin on 2024-03-31; Kathmandu is 5:45 off. */
const timeZones = ['America/New_York', 'Europe/Berlin', 'Asia/Kathmandu', 'UTC'];
const range = { from: '2024-03-08', to: '2024-04-02' };

type Generated = {
  id: string;
  startedAt: Date;
  messages: { role: 'USER' | 'ASSISTANT'; at: number }[];
  source: (typeof sources)[number];
  sentiment: (typeof sentiments)[number];
  segment: (typeof segments)[number] | 'moved';
  topics: string[];
};

function generate(seed: number): Generated[] {
  let state = seed;
  const random = () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
  const pick = <T>(values: readonly T[]) => values[Math.floor(random() * values.length)] as T;
  const first = Date.parse('2024-03-05T00:00:00Z');
  const last = Date.parse('2024-04-06T00:00:00Z');
  return Array.from({ length: count }, () => {
    const startedAt = new Date(Math.floor(first + random() * (last - first)));
    let at = startedAt.getTime();
    const messages = Array.from({ length: Math.floor(random() * 6) }, () => {
      const message = { role: pick(['USER', 'ASSISTANT'] as const), at };
      at += Math.floor(random() * 90_000);
      return message;
    });
    return {
      id: newId('conversation'),
      startedAt,
      messages,
      source: pick(sources),
      sentiment: pick(sentiments),
      segment: pick(segments),
      topics: topics.filter(() => random() < 0.3),
    };
  });
}

/** The day somewhere, by the runtime's own calendar and not by the code under test. */
function dayIn(timeZone: string, at: Date): string {
  const parts = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  return parts.format(at);
}

/** From a user's message that waits to the assistant's next one. */
function responseTimes({ messages }: Generated): number[] {
  const times: number[] = [];
  let waiting: number | null = null;
  for (const { role, at } of messages) {
    if (role === 'USER') waiting ??= at;
    else if (waiting !== null) {
      times.push(at - waiting);
      waiting = null;
    }
  }
  return times;
}

function tally<T>(values: readonly T[]): Map<T, number> {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

async function expectRecount(gateway: TestGateway, generated: readonly Generated[]): Promise<void> {
  for (const timeZone of timeZones) {
    const { body } = await gateway.graphql(StatsDocument, { range, timeZone });
    const stats = body.data?.stats;
    const within = generated.filter(({ startedAt }) => {
      const day = dayIn(timeZone, startedAt);
      return day >= range.from && day <= range.to;
    });
    const messages = within.reduce((sum, each) => sum + each.messages.length, 0);
    const times = within.flatMap(responseTimes);
    expect(stats?.totalConversations).toBe(within.length);
    expect(stats?.totalMessages).toBe(messages);
    expect(stats?.avgMessagesPerConversation).toBeCloseTo(messages / within.length, 9);
    expect(stats?.avgResponseTimeMs).toBeCloseTo(times.reduce((sum, time) => sum + time, 0) / times.length, 6);
    const perDay = Map.groupBy(within, ({ startedAt }) => dayIn(timeZone, startedAt));
    expect(stats?.byDay).toHaveLength(26);
    expect(stats?.byDay.map(({ date }) => date)).toEqual(stats?.byDay.map(({ date }) => date).sort());
    for (const { date, conversations, messages: sum } of stats?.byDay ?? []) {
      const group = perDay.get(date) ?? [];
      expect([date, conversations, sum]).toEqual([
        date,
        group.length,
        group.reduce((total, each) => total + each.messages.length, 0),
      ]);
    }
    const counted = <T>(rows: readonly { conversations: number }[] | undefined, name: string) =>
      new Map(rows?.map((row) => [(row as unknown as Record<string, T>)[name] ?? null, row.conversations]));
    expect(counted(stats?.bySource, 'source')).toEqual(tally(within.map(({ source }) => source)));
    expect(counted(stats?.bySentiment, 'sentiment')).toEqual(tally(within.map(({ sentiment }) => sentiment)));
    expect(counted(stats?.bySegment, 'segment')).toEqual(tally(within.map(({ segment }) => segment)));
    expect(new Map(stats?.topTopics.map(({ value, count: found }) => [value, found]))).toEqual(
      tally(within.flatMap((each) => each.topics)),
    );
  }
}

eachDatabase('statistics', (database) => {
  test(`equal a plain recount over ${count} conversations, in four time zones with their clock changes`, async () => {
    const seed = Math.floor(Math.random() * 1e9);
    console.info(`seed ${seed}`);
    await using gateway = await startGateway({ database });
    const generated = generate(seed);
    const { tenantId } = gateway;
    const { prisma } = gateway.app.database;
    await prisma.conversation.createMany({
      data: generated.map((each, index) => {
        const times = responseTimes(each);
        const { startedAt, source, sentiment, segment } = each;
        return {
          tenantId,
          id: each.id,
          provider:
            index % 3 === 0 ? ('LOCAL' as const) : index % 3 === 1 ? ('ANIMAM' as const) : ('AI_MY_CHATS' as const),
          title: `Number ${index}`,
          preview: '',
          status: 'COMPLETED' as const,
          createdAt: startedAt,
          updatedAt: startedAt,
          startedAt,
          activityAt: startedAt,
          messageCount: each.messages.length,
          responseTimeTotalMs: BigInt(times.reduce((sum, time) => sum + time, 0)),
          responseCount: times.length,
          source,
          sentiment,
          segment,
          topics: each.topics,
        };
      }),
    });
    const fold = () => foldCounts(gateway.app.database, tenantId, AbortSignal.timeout(30_000));
    await expectRecount(gateway, generated);
    await fold();
    await expectRecount(gateway, generated);
    // Some go, and others move to another day, the first half of them folded.
    const gone = generated.splice(0, 300);
    await prisma.conversation.deleteMany({ where: { id: { in: gone.map(({ id }) => id) } } });
    for (const [index, each] of generated.slice(0, 40).entries()) {
      if (index === 20) await fold();
      each.startedAt = new Date(each.startedAt.getTime() + (index - 20) * 3_456_789);
      each.segment = 'moved';
      await prisma.conversation.updateMany({
        where: { id: each.id },
        data: { startedAt: each.startedAt, segment: 'moved' },
      });
    }
    await expectRecount(gateway, generated);
    const { body } = await gateway.graphql(StatsDocument, { range: { from: '2001-01-01', to: '2001-01-03' } });
    expect(body.data?.stats).toMatchObject({
      totalConversations: 0,
      avgResponseTimeMs: null,
      byDay: [{ conversations: 0 }, { conversations: 0 }, { conversations: 0 }],
    });
  });

  test('are the same from the kept counts as from the conversations, whatever the span', async () => {
    await using gateway = await startGateway({ database });
    const { tenantId, app } = gateway;
    const now = Date.now();
    const hours = [-1, 0.2, 1, 5, 23, 25, 40, 24 * 6, 24 * 20, 24 * 29.9, 24 * 88, 24 * 91, 24 * 400, 24 * 40_000];
    const at = hours.flatMap((each) => [new Date(now - each * 3_600_000), new Date(now - each * 3_601_234)]);
    await app.database.prisma.conversation.createMany({
      data: at.map((instant, index) => ({
        tenantId,
        id: newId('conversation'),
        provider: 'LOCAL',
        title: 'x',
        preview: '',
        status: 'COMPLETED' as const,
        createdAt: instant,
        updatedAt: instant,
        startedAt: instant,
        activityAt: instant,
        messageCount: index,
        responseTimeTotalMs: BigInt(index * 10),
        responseCount: index,
        segment: index % 3 === 0 ? null : `s${index % 3}`,
        topics: index % 2 === 0 ? ['a', 'b', 'a'] : ['b'],
      })),
    });
    const spans = [
      ...['LAST_24_HOURS', 'LAST_7_DAYS', 'LAST_30_DAYS', 'LAST_90_DAYS', 'ALL_TIME'].map((period) => ({ period })),
      { range: { to: new Date(now).toISOString().slice(0, 10) } },
      { range: { from: new Date(now - 30 * 86_400_000).toISOString().slice(0, 10) } },
      { range: { from: '2001-01-01', to: '2001-01-01' } },
    ];
    // In Monrovia days began 44 minutes and 30 seconds past the hour until 1972.
    const zones = ['UTC', 'Europe/Berlin', 'Asia/Kathmandu', 'Pacific/Auckland', 'Africa/Monrovia'];
    const fields = `totalConversations totalMessages avgResponseTimeMs bySegment { segment conversations }
      bySource { source conversations } byProvider { provider conversations } bySentiment { sentiment conversations }
      topTopics { value count }`;
    const query = `query ($period: StatsPeriod, $range: DateRange, $timeZone: String!) {
      kept: stats(period: $period, range: $range, timeZone: $timeZone) { ${fields} byDay { date conversations messages } }
      counted: stats(period: $period, range: $range, timeZone: $timeZone, filter: { statuses: [COMPLETED] }) {
        ${fields} byDay { date conversations messages } }
    }`;
    const asked = /byDay \{ date conversations messages \}/g;
    for (const isFolded of [false, true]) {
      if (isFolded) await foldCounts(app.database, tenantId, AbortSignal.timeout(30_000));
      for (const span of spans) {
        for (const timeZone of zones) {
          // A hundred years of days are more than `byDay` gives.
          const isLong = 'period' in span ? span.period === 'ALL_TIME' : span.range.from === undefined;
          const { body } = await gateway.graphql(isLong ? query.replace(asked, '') : query, { ...span, timeZone });
          expect(body.errors, JSON.stringify(body.errors)).toBeUndefined();
          expect(body.data?.['kept'], `${JSON.stringify(span)} ${timeZone}`).toEqual(body.data?.['counted']);
        }
      }
    }
  });
});
