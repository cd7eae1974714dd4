import { pipeline, Readable } from 'node:stream';
import { parse } from 'csv-parse';
import type { ImportedConversation } from '../../domain/imports/import-conversation.ts';
import { unguarded } from '../../exports/csv.ts';
import { type FileItem, type FormatReader, readInstant, readRole, textOf, UnreadableFileError } from '../read.ts';
import { linesOf, openText } from '../text.ts';

/** A row a message, as exported here and by Animam; rows of one conversation follow one another. */

type Row = Readonly<Record<string, string | undefined>>;
type Open = {
  id: string;
  place: string;
  conversation: ImportedConversation;
  messages: ImportedConversation['messages'][number][];
};

const sources = ['EMAIL', 'WHATSAPP', 'API', 'WEB'] as const;
/** Spreadsheets save with what their language lists by. */
const header = /^"?conversation_id"?([,;\t])/i;

export function isCsvHeader(line: string): boolean {
  return header.test(line);
}

export const readCsv: FormatReader = async function* (file, { place }): AsyncGenerator<FileItem> {
  const { value: first = '' } = await linesOf(openText(file)).next();
  const rows = parse({
    delimiter: header.exec(first)?.[1] ?? ',',
    columns: (names: string[]) => names.map((name) => name.trim().toLowerCase()),
    relax_column_count: true,
  });
  // What ends the text too early is thrown where the rows are read.
  pipeline(Readable.from(openText(file, place), { objectMode: false }), rows, () => undefined);
  let open: Open | null = null;
  let number = 1;
  try {
    for await (const row of rows as AsyncIterable<Row>) {
      number += 1;
      const id = row['conversation_id'] ?? '';
      if (id === '') {
        yield { place: `row ${number}`, reason: 'it has no conversation_id' };
        continue;
      }
      if (open === null || open.id !== id) {
        if (open !== null) yield close(open);
        open = begin(row, id, `row ${number}`);
      }
      const role = readRole(row['role']);
      const content = cell(row, 'content');
      if (role !== null && content !== null) {
        open.messages.push({ role, content, createdAt: readInstant(row['timestamp']) });
      } else if (content !== null && textOf(row['role']) !== null) {
        yield { place: `row ${number}`, reason: `"${row['role']}" is no role` };
      }
    }
  } catch (err) {
    if (open !== null) yield close(open);
    throw new UnreadableFileError(
      `the CSV cannot be read after row ${number}: ${err instanceof Error ? err.message : ''}`,
    );
  }
  if (open !== null) yield close(open);
};

function cell(row: Row, name: string): string | null {
  return textOf(unguarded(row[name] ?? ''));
}

function begin(row: Row, id: string, place: string): Open {
  return {
    id,
    place,
    messages: [],
    conversation: {
      identity: `csv/${id}`,
      id,
      title: cell(row, 'title') ?? '',
      content: row['role'] ? null : cell(row, 'content'),
      source: sources.find((each) => each === row['source']) ?? null,
      segment: cell(row, 'segment'),
      metadata: null,
      startedAt: readInstant(row['started_at'] ?? row['timestamp']),
      messages: [],
    },
  };
}

function close({ place, conversation, messages }: Open): FileItem {
  return { place, conversation: { ...conversation, messages } };
}
