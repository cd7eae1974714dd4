import { Prisma } from '../../../database/generated/client.ts';
import { anyText } from '../../../database/planning.ts';
import {
  columnNames,
  jsonOfRow,
  jsonOfRows,
  rowOfJson,
  rowsOfJson,
  selectColumns,
  type Table,
} from '../../../database/table.ts';
import type { Page, PageArgs } from '../../../lib/pages/paging.ts';
import type { Caller } from '../../app.ts';
import { requireScope } from '../../caller.ts';
import { type AttachmentRow, attachmentTable } from '../attachments.ts';
import { type ConversationRow, conversationTable } from '../conversations.ts';
import { type MessageRow, type MessageWindow, messageTable, readMessageWindow, toMessagePage } from '../messages.ts';
import { type SummaryRow, summaryTable } from '../summaries.ts';

/**
 * What of conversations is read, in one statement whatever it is. Rows lack the columns that are not wanted: who asks for
 * some of them answers for not looking at the others.
 */
export type ConversationReading = {
  /** All where not given; the id always. */
  columns?: ReadonlySet<keyof ConversationRow> | undefined;
  /** A page of each conversation's messages, with their `position` where its cursors or its flags are looked at. */
  messages?: { args: PageArgs; columns?: ReadonlySet<keyof MessageRow> | undefined } | undefined;
  /** The summary shown. */
  summary?: { columns?: ReadonlySet<keyof SummaryRow> | undefined } | undefined;
  /** All attachments, oldest first. */
  attachments?: { columns?: ReadonlySet<keyof AttachmentRow> | undefined } | undefined;
};

/** What came along with a conversation; undefined where it was not wanted. */
export type Related = {
  row: ConversationRow;
  messages: Page<MessageRow> | undefined;
  summary: SummaryRow | null | undefined;
  attachments: AttachmentRow[] | undefined;
};

type JsonColumns = readonly (readonly unknown[])[];
type ReadRow = ConversationRow & {
  $messages?: JsonColumns | null;
  $summary?: readonly unknown[] | null;
  $attachments?: JsonColumns | null;
  $total?: bigint;
};

/**
 * Conversations of a statement's `rest`, which begins at its WHERE and finds them in the table `conversation`. `total`
 * is an expression that is counted along, and given where there is a row to bear it.
 * @throws BadRequestError on a bad cursor or size of the messages
 */
export async function readWithRelated(
  caller: Caller,
  reading: ConversationReading,
  rest: Prisma.Sql,
  total: Prisma.Sql | null = null,
): Promise<{ rows: ConversationRow[]; related: Related[]; total: bigint | undefined }> {
  const names = columnNames(conversationTable, withNeeded(reading));
  const parts = [selectColumns(conversationTable, names)];
  const window = reading.messages === undefined ? undefined : readMessageWindow(reading.messages.args, false);
  const messageNames = namesOf(messageTable, reading.messages?.columns, ['id']);
  const summaryNames = namesOf(summaryTable, reading.summary?.columns, ['id']);
  const attachmentNames = namesOf(attachmentTable, reading.attachments?.columns, ['id']);
  if (window !== undefined) parts.push(messagesJson(window, messageNames));
  if (reading.summary !== undefined) parts.push(summaryJson(summaryNames));
  if (reading.attachments !== undefined) parts.push(attachmentsJson(attachmentNames));
  if (total !== null) parts.push(Prisma.sql`${total} AS "$total"`);
  const found = await caller.app.database.read<ReadRow>(
    Prisma.sql`SELECT ${Prisma.join(parts)} FROM conversation ${rest}`,
  );
  // What came along stays on the row, where its type does not tell of it: taking it off would copy each.
  const related = found.map((row): Related => {
    const { $messages, $summary, $attachments } = row;
    const known = { conversationId: row.id };
    const messages = window && ($messages ? rowsOfJson(messageTable, messageNames, $messages, known) : []);
    return {
      row,
      messages: window && toMessagePage(window, messages ?? [], row.messageCount),
      summary: reading.summary && ($summary ? rowOfJson(summaryTable, summaryNames, $summary, known) : null),
      attachments:
        reading.attachments && ($attachments ? rowsOfJson(attachmentTable, attachmentNames, $attachments, known) : []),
    };
  });
  return { rows: related.map(({ row }) => row), related, total: found[0]?.$total };
}

/** The conversations of these ids, in no order; unknown ones are left out. */
export async function loadRelated(
  caller: Caller,
  ids: readonly string[],
  reading: ConversationReading,
): Promise<Related[]> {
  requireScope(caller, 'conversations:read');
  const rest = Prisma.sql`
    WHERE conversation.tenant_id = ${caller.tenantId} AND conversation.id = ${anyText(ids)}`;
  return (await readWithRelated(caller, reading, rest)).related;
}

function withNeeded({
  columns,
  messages,
  summary,
}: ConversationReading): ReadonlySet<keyof ConversationRow> | undefined {
  if (columns === undefined) return undefined;
  const needed = new Set(columns).add('id');
  if (messages !== undefined) needed.add('messageCount');
  if (summary !== undefined) needed.add('summaryId');
  return needed;
}

/** The conversation's id is known, and is not sent again with each. */
function namesOf<Row extends { conversationId: string }>(
  table: Table<Row>,
  columns: ReadonlySet<keyof Row> | undefined,
  needed: readonly (keyof Row & string)[],
): (keyof Row & string)[] {
  const all = columnNames(table, columns && new Set([...columns, ...needed]));
  return all.filter((name) => name !== 'conversationId');
}

/** Null where there is none, which costs the reader less than empty columns. */
function messagesJson(window: MessageWindow, names: readonly (keyof MessageRow)[]): Prisma.Sql {
  return Prisma.sql`(
    SELECT ${jsonOfRows(messageTable, names)} FROM (
      SELECT * FROM message WHERE message.tenant_id = conversation.tenant_id
        AND message.conversation_id = conversation.id AND ${window.rows}
    ) message HAVING count(*) > 0) AS "$messages"`;
}

function summaryJson(names: readonly (keyof SummaryRow)[]): Prisma.Sql {
  return Prisma.sql`(
    SELECT ${jsonOfRow(summaryTable, names)} FROM summary
    WHERE summary.tenant_id = conversation.tenant_id AND summary.id = conversation.summary_id) AS "$summary"`;
}

function attachmentsJson(names: readonly (keyof AttachmentRow)[]): Prisma.Sql {
  return Prisma.sql`(
    SELECT ${jsonOfRows(attachmentTable, names)} FROM (
      SELECT * FROM attachment WHERE attachment.tenant_id = conversation.tenant_id
        AND attachment.conversation_id = conversation.id ORDER BY attachment.created_at, attachment.id
    ) attachment HAVING count(*) > 0) AS "$attachments"`;
}
