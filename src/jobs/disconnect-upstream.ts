import type { App } from '../domain/app.ts';
import { systemCaller } from '../domain/caller.ts';
import { readConversations } from '../domain/conversations/conversations.ts';
import { removeConversations } from '../domain/conversations/store.ts';
import { transact } from '../domain/unit-of-work.ts';
import type { JobHandler } from './queue.ts';

const batchSize = 200;

/** Deletes what was mirrored from an upstream, some at a time, and with the last of it the upstream itself. */
export function createDisconnectUpstreamHandler(app: App): JobHandler<'disconnect-upstream'> {
  return async ({ tenantId, upstreamId }, signal) => {
    const caller = systemCaller(app, tenantId);
    for (let isDone = false; !isDone; ) {
      signal.throwIfAborted();
      isDone = await transact(caller, async (unit) => {
        // FOR UPDATE waits for writers under way, and keeps new ones from beginning.
        const held = await unit.tx.$queryRaw<unknown[]>`
          SELECT 1 FROM upstream WHERE tenant_id = ${tenantId} AND id = ${upstreamId} AND is_disconnecting FOR UPDATE`;
        if (held.length === 0) return true;
        const found = await unit.tx.conversation.findMany({
          where: { tenantId, upstreamId },
          select: { id: true },
          take: batchSize,
        });
        const ids = found.map(({ id }) => id);
        if (ids.length > 0) {
          await removeConversations(unit, tenantId, await readConversations(caller, unit.tx, ids));
          return false;
        }
        await unit.tx.upstream.deleteMany({ where: { tenantId, id: upstreamId } });
        return true;
      });
    }
  };
}
