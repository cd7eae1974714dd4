import { encodeChunks } from './chunks.ts';
import type { ExportedConversation } from './records.ts';

type CsvOptions = {
  /** Leaves cells that a spreadsheet would run as they are; else they get `'` before them. */
  raw?: boolean;
};

const columns = [
  'conversation_id',
  'provider',
  'external_id',
  'title',
  'source',
  'status',
  'segment',
  'started_at',
  'message_position',
  'timestamp',
  'role',
  'content',
  'summary',
  'sentiment',
  'topics',
];

/** Without it, Excel takes UTF-8 for the local code page: `é` shows as `Ã©`. */
const byteOrderMark = '\ufeff';
/** Beginnings that make a spreadsheet run a cell: also full-width signs, and signs after blanks and what cannot be seen. */
const runs = /^(?:[\p{Cc}\u2028\u2029]|[\p{Cf}\p{Zs}]*[=+\-@＝＋－＠﹦﹢﹣﹫])/u;
const needsQuotes = /[",\n\r]|^\s|\s$/;

/**
 * The graph's CSV (RFC 4180, `\r\n`, UTF-8 with a byte-order mark for spreadsheets): a header, then a row a message; a conversation without
 * messages has one row with its content, and no position, timestamp or role. Topics are joined by `; `.
 */
export function writeCsv(
  conversations: AsyncIterable<ExportedConversation>,
  { raw = false }: CsvOptions = {},
): AsyncIterable<Uint8Array> {
  const cell = (value: string | number | null): string => quoteWhereNeeded(raw ? text(value) : guard(text(value)));
  async function* rows(): AsyncGenerator<string> {
    yield `${byteOrderMark}${columns.join(',')}\r\n`;
    for await (const conversation of conversations) {
      const before = [
        conversation.id,
        conversation.provider,
        conversation.externalId,
        conversation.title,
        conversation.source,
        conversation.status,
        conversation.segment,
        conversation.startedAt.toISOString(),
      ].map(cell);
      const { summary } = conversation;
      const after = [summary?.content ?? null, summary?.sentiment ?? null, summary?.topics.join('; ') ?? null].map(
        cell,
      );
      const row = (own: (string | number | null)[]): string =>
        `${[...before, ...own.map(cell), ...after].join(',')}\r\n`;
      for (const { position, createdAt, role, content } of conversation.messages) {
        yield row([position, createdAt.toISOString(), role, content]);
      }
      if (conversation.messages.length === 0) yield row([null, null, null, conversation.content]);
    }
  }
  return encodeChunks(rows());
}

/**
 * Animam's own CSV, as its API publishes it: `content` always quoted, other cells where they must be, `\n` line ends,
 * UTF-8 without a mark, times in UTC to the second, roles in lower case. One row a message; a conversation without
 * messages has none.
 */
export function writeAnimamCsv(
  conversations: AsyncIterable<ExportedConversation>,
  { raw = false }: CsvOptions = {},
): AsyncIterable<Uint8Array> {
  const guarded = (value: string | null): string => (raw ? text(value) : guard(text(value)));
  async function* rows(): AsyncGenerator<string> {
    yield 'conversation_id,timestamp,role,content,segment\n';
    for await (const { id, segment, messages } of conversations) {
      const first = quoteWhereNeeded(guarded(id));
      const last = quoteWhereNeeded(guarded(segment));
      for (const { createdAt, role, content } of messages) {
        const timestamp = `${createdAt.toISOString().slice(0, 19)}Z`;
        yield `${first},${timestamp},${role.toLowerCase()},${quote(guarded(content))},${last}\n`;
      }
    }
  }
  return encodeChunks(rows());
}

function text(value: string | number | null): string {
  return value === null ? '' : String(value);
}

function guard(value: string): string {
  return runs.test(value) ? `'${value}` : value;
}

/** A cell as it was before it was guarded; one that began with `'` and such a sign itself loses it. */
export function unguarded(cell: string): string {
  return cell.startsWith("'") && runs.test(cell.slice(1)) ? cell.slice(1) : cell;
}

function quote(value: string): string {
  return `"${value.replaceAll('"', '""')}"`;
}

function quoteWhereNeeded(value: string): string {
  return needsQuotes.test(value) ? quote(value) : value;
}
