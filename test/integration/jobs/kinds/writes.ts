import { expect } from 'vitest';
import {
  createConversation,
  deleteConversation,
  updateConversation,
} from '../../../../src/domain/conversations/writes.ts';
import { startAiMyChats } from '../../../testkit/upstreams/ai-my-chats/ai-my-chats.ts';
import { connectSynced } from './accounts.ts';
import { type JobKind, numbers, text } from './kind.ts';

/** What each of ten writes is; of those that never came the upstream heard nothing, of the others it lost the answer. */
const rotation = [
  'create',
  'create',
  'update',
  'create',
  'delete',
  'create',
  'create',
  'update',
  'create',
  'never came',
];
/** Of so many, one that never came is a create, for which the upstream's list is read again and again. */
const rareCreate = 100;

/** Writes whose answer is lost: each is found to have been done or not, nothing is sent again, and all is told once. */
export const reconciledWrites: JobKind = async (gateway, total, closers) => {
  const plan = Array.from({ length: total }, (_, index) => {
    const kind = rotation[index % rotation.length] ?? 'create';
    const isMade = kind !== 'never came';
    return { kind: isMade ? kind : index % rareCreate === rareCreate - 1 ? 'create' : 'update', isMade };
  });
  const old = plan.flatMap(({ kind }, index) => (kind === 'create' ? [] : [index]));
  const api = await startAiMyChats({
    conversations: old.map((index) => ({ title: `Old ${index}`, content: text, summary: { content: 'Broken.' } })),
    summarize: { afterMs: 0 },
  });
  closers.defer(() => api.close());
  const { caller, id: upstreamId } = await connectSynced(gateway, api, closers);
  const { prisma } = gateway.app.database;
  const mirrored = await prisma.conversation.findMany({ select: { id: true, externalId: true, title: true } });
  const idOf = new Map(mirrored.map(({ id, title }) => [title, id]));
  const numberOf = new Map(mirrored.map(({ externalId, title }) => [externalId ?? '', Number(title.split(' ')[1])]));

  /** How often the upstream was sent each write. */
  const sent = new Map<number, number>();
  const indexOf = ({ path, body }: { path: string; body: string }) =>
    Number(/New (\d+)/.exec(body)?.[1] ?? numberOf.get(path.split('/').at(-1) ?? ''));
  api.onRequest((request) => {
    if (request.method === 'GET') return;
    sent.set(indexOf(request), (sent.get(indexOf(request)) ?? 0) + 1);
  });
  const isMade = (request: { path: string; body: string }) => plan[indexOf(request)]?.isMade === true;
  const isWrite = ({ method }: { method: string }) => method !== 'GET';
  api.script({ when: (each) => isWrite(each) && isMade(each), answer: { kind: 'commit-then-reset' } });
  api.script({ when: (each) => isWrite(each) && !isMade(each), answer: { kind: 'reset' } });

  const write = (index: number): Promise<unknown> => {
    const id = idOf.get(`Old ${index}`) ?? '';
    const title = `New ${index}`;
    if (plan[index]?.kind === 'create') return createConversation(caller, { title, content: text, upstreamId });
    return plan[index]?.kind === 'delete' ? deleteConversation(caller, id) : updateConversation(caller, id, { title });
  };
  const countPlanned = (kind: string | null, made: boolean | null) =>
    plan.filter((each) => (kind ?? each.kind) === each.kind && (made ?? each.isMade) === each.isMade).length;
  return {
    ask: (index) => expect(write(index)).rejects.toMatchObject({ outcome: 'UNKNOWN' }),
    countDone: () => prisma.upstreamWrite.count({ where: { settledAt: { not: null } } }),
    expectOnce: async () => {
      expect(sent.size).toBe(total);
      expect([...sent].filter(([, times]) => times !== 1)).toEqual([]);
      const settled = await prisma.upstreamWrite.groupBy({ by: ['kind', 'state'], _count: true });
      const found = Object.fromEntries(settled.map(({ kind, state, _count }) => [`${kind} ${state}`, _count]));
      const expected = [...new Set(plan.map(({ kind }) => kind))].flatMap((kind) => [
        [`${kind} APPLIED`, countPlanned(kind, true)],
        [`${kind} NOT_APPLIED`, countPlanned(kind, false)],
      ]);
      expect(found).toEqual(Object.fromEntries(expected.filter(([, count]) => count !== 0)));

      const shown = (rows: readonly { id: string | null; title: string }[]) =>
        rows.map(({ id, title }) => `${id} ${title}`).sort();
      const titles = plan.flatMap(({ kind, isMade: made }, index) => {
        if (kind === 'update') return [made ? `New ${index}` : `Old ${index}`];
        return kind === 'create' && made ? [`New ${index}`] : [];
      });
      const upstream = api.conversations.all();
      expect(upstream.map(({ title }) => title).sort()).toEqual(titles.sort());
      const here = await prisma.conversation.findMany({ select: { externalId: true, title: true } });
      expect(shown(here.map(({ externalId: id, title }) => ({ id, title })))).toEqual(shown(upstream));

      const told = (type: string) =>
        numbers(
          gateway,
          'SELECT count(*) AS "all", count(DISTINCT subject_id) AS things FROM event WHERE type = $1',
          type,
        );
      const created = old.length + countPlanned('create', true);
      expect(await told('conversation.created')).toEqual({ all: created, things: created });
      const deleted = countPlanned('delete', true);
      expect(await told('conversation.deleted')).toEqual({ all: deleted, things: deleted });
      const updated = countPlanned('update', true);
      expect(await told('conversation.updated')).toEqual({ all: updated, things: updated });
    },
  };
};
