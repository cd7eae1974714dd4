import { type Handle, json } from '../answer.ts';
import { compareText, type Store } from '../store.ts';
import { ANIMAM_ORDERS, type AnimamConversation, type AnimamSort } from './store.ts';
import { type AnimamShape, listed, refuse, whole } from './wire.ts';

const DAY_MS = 86_400_000;

export type AnimamRoutesOptions = {
  readonly store: Store<AnimamConversation>;
  readonly shape: AnimamShape;
  readonly sort: AnimamSort;
  /** Which time `from` and `to` mean. */
  readonly rangeOn: 'startedAt' | 'lastMessageAt';
  readonly now: () => Date;
};

/** The calls under `/tenants/{slug}`. */
export function animamRoutes({ store, shape, sort, rangeOn, now }: AnimamRoutesOptions): Record<string, Handle> {
  const isWithin = (conversation: AnimamConversation, { fromMs, toMs }: Range) => {
    const at = Date.parse(conversation[rangeOn]);
    return at >= fromMs && at <= toMs;
  };

  return {
    'GET /conversations': ({ request: { query }, listing }) => {
      const page = readInteger(query, 'page', 1, Number.MAX_SAFE_INTEGER);
      const limit = readInteger(query, 'limit', 20, 100);
      const range = readRange(query);
      const { segment } = query;
      const isAll = range.fromMs === -Infinity && range.toMs === Infinity && segment === undefined;
      const sorted = store.sorted(ANIMAM_ORDERS[sort]);
      const fitting = isAll
        ? sorted
        : sorted.filter((each) => (segment === undefined || each.segment === segment) && isWithin(each, range));
      const items = listing.arrange(fitting);
      const from = (listing.pageShown(page) - 1) * limit;
      const total = items.length;
      return json(200, {
        conversations: items.slice(from, from + limit).map((each) => listed(each, shape)),
        pagination: { page, limit, total, ...(shape === 'newer' ? { pages: Math.ceil(total / limit) } : {}) },
      });
    },
    'GET /conversations/export': ({ request: { query } }) => {
      if (query['from'] === undefined || query['to'] === undefined) throw refuse(400, 'from and to are required');
      const { format = 'csv' } = query;
      if (format !== 'csv' && format !== 'json') throw refuse(400, 'format must be csv or json');
      const range = readRange(query);
      const chosen = store.sorted(ANIMAM_ORDERS.startedAt).filter((each) => isWithin(each, range));
      if (format === 'json') {
        return json(200, {
          conversations: chosen.map((each) => ({ ...whole(each, shape), messageCount: each.messages.length })),
        });
      }
      const rows = chosen.flatMap(({ id, segment, messages }) =>
        messages.map(({ timestamp, role, content }) =>
          [cell(id), timestamp, cell(role), quoted(content), cell(segment ?? '')].join(','),
        ),
      );
      return {
        status: 200,
        headers: { 'Content-Type': 'text/csv; charset=utf-8' },
        body: ['conversation_id,timestamp,role,content,segment', ...rows, ''].join('\n'),
      };
    },
    'GET /conversations/stats': ({ request: { query } }) => {
      const period = query['period'] ?? '7d';
      const days = period === '24h' ? 1 : Number(/^([1-9]\d{0,2})d$/.exec(period)?.[1] ?? Number.NaN);
      if (!(days >= 1 && days <= 365)) throw refuse(400, 'period must be 24h, or 1d to 365d');
      return json(200, { period, ...statistics(store.all(), days, now()) });
    },
    'GET /conversations/:id': (_, id) => {
      const conversation = store.get(id);
      if (!conversation) throw refuse(404, 'Conversation not found');
      return json(200, whole(conversation, shape));
    },
  };
}

type Range = { readonly fromMs: number; readonly toMs: number };

function readRange({ from, to }: Readonly<Record<string, string>>): Range {
  const fromMs = from === undefined ? -Infinity : Date.parse(from);
  const isDay = to !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(to);
  const toMs = to === undefined ? Infinity : Date.parse(to) + (isDay ? DAY_MS - 1 : 0);
  if (Number.isNaN(fromMs)) throw refuse(400, 'from must be an ISO 8601 date');
  if (Number.isNaN(toMs)) throw refuse(400, 'to must be an ISO 8601 date');
  if (fromMs > toMs) throw refuse(400, 'from must not be after to');
  return { fromMs, toMs };
}

function readInteger(query: Readonly<Record<string, string>>, name: string, standard: number, max: number): number {
  const given = query[name];
  if (given === undefined) return standard;
  const number = /^\d+$/.test(given) ? Number(given) : Number.NaN;
  if (!Number.isSafeInteger(number) || number < 1 || number > max) {
    throw refuse(400, max === 100 ? `${name} must be between 1 and 100` : `${name} must be at least 1`);
  }
  return number;
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

function cell(text: string): string {
  return /[",\r\n]/.test(text) ? quoted(text) : text;
}

function statistics(all: readonly AnimamConversation[], days: number, at: Date) {
  const today = Date.parse(at.toISOString().slice(0, 10));
  const dates = Array.from({ length: days }, (_, index) =>
    new Date(today - (days - 1 - index) * DAY_MS).toISOString().slice(0, 10),
  );
  const perDay = new Map(dates.map((date) => [date, 0]));
  const perSegment = new Map<string, number>();
  const waits: number[] = [];
  let totalConversations = 0;
  let totalMessages = 0;
  for (const { startedAt, segment, messages } of all) {
    const date = startedAt.slice(0, 10);
    const count = perDay.get(date);
    if (count === undefined) continue;
    perDay.set(date, count + 1);
    if (segment !== null) perSegment.set(segment, (perSegment.get(segment) ?? 0) + 1);
    totalConversations++;
    totalMessages += messages.length;
    for (const [index, { role, timestamp }] of messages.entries()) {
      const answer = messages[index + 1];
      if (role !== 'user' || answer?.role !== 'assistant') continue;
      waits.push((Date.parse(answer.timestamp) - Date.parse(timestamp)) / 1000);
    }
  }
  const toOneDecimal = (value: number) => Math.round(value * 10) / 10;
  const averageWait = waits.reduce((sum, wait) => sum + wait, 0) / waits.length;
  return {
    totalConversations,
    totalMessages,
    avgMessagesPerConversation: totalConversations === 0 ? 0 : toOneDecimal(totalMessages / totalConversations),
    avgResponseTime: waits.length === 0 ? null : `${averageWait.toFixed(1)}s`,
    bySegment: Object.fromEntries([...perSegment].sort(([a], [b]) => compareText(a, b))),
    byDay: [...perDay].map(([date, conversations]) => ({ date, conversations })),
  };
}
