import type { Database } from '../../../database/database.ts';
import { Prisma } from '../../../database/generated/client.ts';
import type { Caller } from '../../app.ts';
import type { ConversationRow } from '../conversations.ts';
import type { ConversationFilter } from './filter.ts';
import { type ConversationOrder, listConversations } from './list.ts';

export type ConversationListArgs = {
  filter: ConversationFilter | null | undefined;
  orderBy: ConversationOrder | null | undefined;
  first: number | null | undefined;
};

/** The first page of a list as it was when the event `seq` had happened, and no later one. */
export type ConversationListState = {
  seq: bigint;
  rows: ConversationRow[];
  totalCount: number;
  /** Of the last row: where the list goes on below; null where it has none. */
  endCursor: string | null;
  /** Conversations that events after `since` tell of. */
  changedIds: ReadonlySet<string>;
};

/**
 * Reads a list with the place in the log at which it is so: one snapshot of the database holds both.
 * @throws BadRequestError on a bad size or filter
 */
export function readConversationList(
  caller: Caller,
  args: ConversationListArgs,
  since: bigint | null,
): Promise<ConversationListState> {
  const { tenantId } = caller;
  return caller.app.database.transaction(async (tx) => {
    await tx.$executeRaw`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ`;
    const database: Database = {
      ...caller.app.database,
      prisma: tx as Database['prisma'],
      read: <Row>(statement: Prisma.Sql) => tx.$queryRaw<Row[]>(statement),
    };
    const within: Caller = { ...caller, app: { ...caller.app, database } };
    const [state] = await tx.$queryRaw<{ seq: bigint }[]>`
      SELECT event_seq AS "seq" FROM tenant_state WHERE tenant_id = ${tenantId}`;
    const page = await listConversations(within, args);
    const changed =
      since === null
        ? []
        : await tx.$queryRaw<{ id: string }[]>`
            SELECT DISTINCT CASE WHEN type = 'summary.changed' THEN data ->> 'conversationId' ELSE subject_id END AS "id"
            FROM event WHERE tenant_id = ${tenantId} AND seq > ${since}
              AND type IN (${Prisma.join(listEventTypes)})`;
    return {
      seq: state?.seq ?? 0n,
      rows: [...page.nodes],
      totalCount: await page.totalCount(),
      endCursor: page.edges.at(-1)?.cursor ?? null,
      changedIds: new Set(changed.map(({ id }) => id)),
    };
  });
}

/** Events that can change a list, or what is shown of a conversation in it. */
export const listEventTypes = [
  'conversation.created',
  'conversation.updated',
  'conversation.deleted',
  'summary.changed',
] as const;
