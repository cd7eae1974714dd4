import { type Handle, json, type SeenRequest, toSecond } from '../answer.ts';
import type { AiMyChatsConversations } from './store.ts';
import { badRequest, readDay } from './wire.ts';

const MEGABYTE = 1_048_576;

export type AccountOptions = {
  readonly conversations: AiMyChatsConversations;
  readonly plan: string;
  readonly storageLimitMb: number;
  readonly now: () => Date;
};

export function accountRoutes({ conversations, plan, storageLimitMb, now }: AccountOptions) {
  const createdAt = toSecond(now());
  /** Requests by UTC day and endpoint. */
  const counts = new Map<string, Map<string, number>>();
  const megabytes = (bytes: number) => Math.round(bytes / MEGABYTE);

  const routes: Record<string, Handle> = {
    'GET /account': () => {
      const used = conversations.usedBytes();
      const today = counts.get(toSecond(now()).slice(0, 10));
      return json(200, {
        id: 'user_123',
        email: 'user@example.com',
        plan,
        storage: { used_mb: megabytes(used.conversations + used.attachments), limit_mb: storageLimitMb },
        api_usage: {
          requests_today: [...(today?.values() ?? [])].reduce((sum, count) => sum + count, 0),
          limit_per_day: 5000,
        },
        created_at: createdAt,
      });
    },
    'GET /account/usage': ({ request }) => {
      const today = toSecond(now()).slice(0, 10);
      const from = readDay(request.query['from'], 'from', badRequest) ?? `${today.slice(0, 7)}-01`;
      const to = readDay(request.query['to'], 'to', badRequest) ?? today;
      if (from > to) throw badRequest({ from: ['Must not be after to'] });
      const isWithin = (time: string) => time.slice(0, 10) >= from && time.slice(0, 10) <= to;
      const made = conversations.all().filter((each) => isWithin(each.created_at));
      const byEndpoint = new Map<string, number>();
      for (const [day, endpoints] of counts) {
        if (!isWithin(day)) continue;
        for (const [endpoint, count] of endpoints) byEndpoint.set(endpoint, (byEndpoint.get(endpoint) ?? 0) + count);
      }
      const used = conversations.usedBytes();
      return json(200, {
        period: { from, to },
        conversations: { total: made.length, by_source: countBy(made.map(({ source }) => source)) },
        storage: {
          total_mb: megabytes(used.conversations + used.attachments),
          by_type: { conversations: megabytes(used.conversations), attachments: megabytes(used.attachments) },
        },
        api_requests: {
          total: [...byEndpoint.values()].reduce((sum, count) => sum + count, 0),
          by_endpoint: Object.fromEntries(byEndpoint),
        },
      });
    },
  };

  return {
    routes,
    count({ path, at }: SeenRequest) {
      const endpoint = endpointOf(path);
      const day = toSecond(at).slice(0, 10);
      const today = counts.get(day) ?? new Map<string, number>();
      today.set(endpoint, (today.get(endpoint) ?? 0) + 1);
      counts.set(day, today);
    },
  };
}

function endpointOf(path: string): string {
  const named = /\/(search|summaries|attachments)(\/|$)/.exec(path)?.[1];
  return `/${named ?? path.split('/')[2] ?? ''}`;
}

function countBy(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
