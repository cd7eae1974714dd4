import { Prisma } from '../../database/generated/client.ts';
import type { Sentiment, SummaryStatus, SummaryStyle } from '../../database/generated/enums.ts';
import { anyText, planned } from '../../database/planning.ts';
import { selectColumns, type Table } from '../../database/table.ts';
import { decodeKeyset, encodeKeyset } from '../../lib/pages/keyset-cursor.ts';
import { isBoundedBy, type Page, type PageArgs, readPageArgs, toPage } from '../../lib/pages/paging.ts';
import type { Caller } from '../app.ts';
import { requireScope } from '../caller.ts';
import { BadRequestError, badCursor } from '../errors.ts';

/** `text.slice(startOffset, endOffset) === quote`, of the message, or of the content where there is none. */
export type CitationRow = { quote: string; messageId: string | null; startOffset: number; endOffset: number };
export type ActionItemRow = { text: string; citation: CitationRow | null };

export type SummaryRow = {
  id: string;
  conversationId: string;
  version: number;
  status: SummaryStatus;
  title: string | null;
  content: string | null;
  sentiment: Sentiment | null;
  topics: string[];
  actionItems: ActionItemRow[];
  citations: CitationRow[];
  language: string;
  style: SummaryStyle;
  generator: string;
  error: string | null;
  createdAt: Date;
  completedAt: Date | null;
};

export const summaryTable: Table<SummaryRow> = {
  name: 'summary',
  columns: {
    id: ['id'],
    conversationId: ['conversation_id'],
    version: ['version'],
    status: ['status'],
    title: ['title'],
    content: ['content'],
    sentiment: ['sentiment'],
    topics: ['topics'],
    actionItems: ['action_items'],
    citations: ['citations'],
    language: ['language'],
    style: ['style'],
    generator: ['generator'],
    error: ['error'],
    createdAt: ['created_at', 'instant'],
    completedAt: ['completed_at', 'instant'],
  },
};

const summaryColumns = selectColumns(summaryTable);

/** Summaries by their ids, in no order; unknown ones are left out. */
export function loadSummaries(caller: Caller, ids: readonly string[]): Promise<SummaryRow[]> {
  requireScope(caller, 'conversations:read');
  return caller.app.database.read<SummaryRow>(Prisma.sql`
    SELECT ${summaryColumns} FROM summary
    WHERE summary.tenant_id = ${caller.tenantId} AND summary.id = ${anyText(ids)}`);
}

/** The newest version of each conversation that has one, whatever its status. */
export function loadNewestSummaries(caller: Caller, conversationIds: readonly string[]): Promise<SummaryRow[]> {
  requireScope(caller, 'conversations:read');
  return caller.app.database.read<SummaryRow>(Prisma.sql`
    SELECT DISTINCT ON (summary.conversation_id) ${summaryColumns} FROM summary
    WHERE summary.tenant_id = ${caller.tenantId} AND summary.conversation_id = ${anyText(conversationIds)}
    ORDER BY summary.conversation_id, summary.version DESC`);
}

const order = 'VERSION';

/** Past any version that a summary can have. */
const maxVersion = 2_147_483_647;

function versionOf(cursor: string, side: 'before' | 'after'): number {
  const place = decodeKeyset(cursor, order);
  const version = Number(place?.value);
  if (place === null || !Number.isInteger(version) || version < 1 || version > 2_147_483_646) throw badCursor(side);
  return version;
}

/** The same page of each conversation's summaries, newest first, in one statement however many there are. */
export async function loadSummaryPages(
  caller: Caller,
  conversationIds: readonly string[],
  args: PageArgs,
): Promise<Page<SummaryRow>[]> {
  requireScope(caller, 'conversations:read');
  const window = readPageArgs(args);
  if ('problem' in window) throw new BadRequestError(window.problem, { [window.field]: [window.problem] });
  const below = window.after === null ? maxVersion : versionOf(window.after, 'after');
  const above = window.before === null ? 0 : versionOf(window.before, 'before');
  const direction = Prisma.raw(window.isBackward ? 'ASC' : 'DESC');
  const rows = await caller.app.database.read<SummaryRow>(Prisma.sql`
    SELECT summary.* FROM unnest(${[...conversationIds]}::text[]) wanted(id)
    CROSS JOIN LATERAL (
      SELECT ${summaryColumns} FROM summary
      WHERE summary.tenant_id = ${caller.tenantId} AND summary.conversation_id = wanted.id
        AND summary.version < ${below}::int AND summary.version > ${above}::int
      ORDER BY summary.version ${direction} LIMIT ${planned(window.limit)}
    ) summary`);
  const groups = Map.groupBy(rows, (row) => row.conversationId);
  let counts: Promise<Map<string, number>> | null = null;
  return conversationIds.map((id) =>
    toPage(window, groups.get(id) ?? [], (row) => encodeKeyset({ order, value: String(row.version), id: row.id }), {
      hasBeyond: isBoundedBy(window),
      totalCount: async () => {
        counts ??= countSummaries(caller, conversationIds);
        return (await counts).get(id) ?? 0;
      },
    }),
  );
}

async function countSummaries(caller: Caller, conversationIds: readonly string[]): Promise<Map<string, number>> {
  const rows = await caller.app.database.prisma.summary.groupBy({
    by: ['conversationId'],
    where: { tenantId: caller.tenantId, conversationId: { in: [...conversationIds] } },
    _count: true,
  });
  return new Map(rows.map((row) => [row.conversationId, row._count]));
}
