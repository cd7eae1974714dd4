import { createHash } from 'node:crypto';
import { Prisma } from '../../database/generated/client.ts';
import { canonicalJson } from '../../lib/json.ts';
import { codePointCount, textProblem } from '../../lib/text.ts';
import type { Caller } from '../app.ts';
import { ValidationError } from '../errors.ts';

/** What is to be erased: one conversation, or all that hold a text, in whatever case. */
export type ErasureTarget = { kind: 'CONVERSATION'; id: string } | { kind: 'PARTICIPANT'; text: string };

/** Shorter ones are found in nearly everything. */
const minTextCharacters = 3;
const maxTextCharacters = 320;

/** @throws ValidationError */
export function checkTarget(target: ErasureTarget): void {
  if (target.kind === 'CONVERSATION') return;
  const length = codePointCount(target.text.trim());
  const problem =
    length < minTextCharacters || length > maxTextCharacters
      ? `must be ${minTextCharacters} to ${maxTextCharacters} characters`
      : textProblem(target.text);
  if (problem !== null) throw new ValidationError({ participant: [problem] });
}

/** Tells what was asked to those who know it, and to nobody else. */
export function digestOf(target: ErasureTarget): string {
  return createHash('sha256')
    .update(target.kind === 'CONVERSATION' ? target.id : target.text)
    .digest('hex');
}

/** Whether a text column holds a participant's text. Null columns do not. */
export function holds(column: string, text: string): Prisma.Sql {
  return Prisma.sql`strpos(lower(${Prisma.raw(column)}), lower(${text})) > 0`;
}

/** The same of a column of JSON, in which quotes and the like are escaped. */
export function jsonHolds(column: string, text: string): Prisma.Sql {
  return holds(`${column}::text`, JSON.stringify(text).slice(1, -1));
}

/** Whether a value that stands in memory does. */
export function valueHolds(value: unknown, text: string): boolean {
  return canonicalJson(value).toLowerCase().includes(JSON.stringify(text).slice(1, -1).toLowerCase());
}

/** Ids of conversations that are to be erased, after `after`, in their order; `limit` at most. */
export async function findConversations(
  caller: Caller,
  target: ErasureTarget,
  after: string,
  limit: number,
): Promise<string[]> {
  const rows = await caller.app.database.prisma.$queryRaw<{ id: string }[]>`
    SELECT id FROM conversation
    WHERE tenant_id = ${caller.tenantId} AND id > ${after} AND ${conditionOf(caller, target)}
    ORDER BY id LIMIT ${limit}`;
  return rows.map(({ id }) => id);
}

function conditionOf({ tenantId }: Caller, target: ErasureTarget): Prisma.Sql {
  if (target.kind === 'CONVERSATION') return Prisma.sql`id = ${target.id}`;
  const { text } = target;
  const own = ['title', 'content', 'preview', 'segment', 'session_id', 'external_id', "array_to_string(topics, ' ')"];
  const among = (table: string, columns: Prisma.Sql[]) => Prisma.sql`id IN (
    SELECT conversation_id FROM ${Prisma.raw(table)} WHERE tenant_id = ${tenantId} AND (${Prisma.join(columns, ' OR ')}))`;
  const found = [
    ...own.map((column) => holds(column, text)),
    jsonHolds('metadata', text),
    among('message', [holds('content', text), holds('external_id', text), jsonHolds('metadata', text)]),
    among('attachment', [holds('filename', text), holds('external_id', text), holds('upstream_url', text)]),
    among('summary', [
      ...['title', 'content', 'error', "array_to_string(topics, ' ')"].map((column) => holds(column, text)),
      jsonHolds('action_items', text),
      jsonHolds('citations', text),
    ]),
  ];
  return Prisma.sql`(${Prisma.join(found, ' OR ')})`;
}
