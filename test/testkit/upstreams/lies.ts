import type { AiMyChatsStandIn } from './ai-my-chats/ai-my-chats.ts';
import type { AnimamStandIn } from './animam/animam.ts';
import { isRecord } from './answer.ts';

/**
 * What lists may lie about. `total`: they count so many, whatever they show. `pages`: each page is the first one.
 * `shrink`: their newest conversation goes each time that a further page is asked for, until so many have gone.
 */
export type Lie = { kind: 'total'; total: number } | { kind: 'pages' } | { kind: 'shrink'; count: number };

/** Has a stand-in's lists lie until it is healed. */
export function lie(standIn: AiMyChatsStandIn | AnimamStandIn, how: Lie): void {
  const path = '/conversations';
  if (how.kind === 'pages') standIn.script({ path, answer: { kind: 'repeated-pages', page: 1 } });
  else if (how.kind === 'total') {
    standIn.script({ path, answer: { kind: 'edit-answer', edit: (body) => withTotal(body, how.total) } });
  } else {
    let left = how.count;
    const stop = standIn.onRequest((request) => {
      if (!request.path.endsWith(path) || Number(request.query['page'] ?? 1) < 2) return;
      const [newest] = standIn.conversations.all();
      if (newest !== undefined) standIn.conversations.remove(newest.id);
      if (--left <= 0) stop();
    });
  }
}

function withTotal(body: unknown, total: number): unknown {
  if (!isRecord(body)) return body;
  const { meta, pagination } = body;
  return {
    ...body,
    ...(isRecord(meta) && { meta: { ...meta, total, total_pages: Math.ceil(total / Number(meta['per_page'] ?? 20)) } }),
    ...(isRecord(pagination) && { pagination: { ...pagination, total } }),
  };
}
