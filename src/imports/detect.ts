import { open } from 'node:fs/promises';
import { isCsvHeader, readCsv } from './formats/csv.ts';
import { readJson, readJsonConversation, readJsonl, readJsonText } from './formats/json.ts';
import { readMbox } from './formats/mbox.ts';
import { isSlackArchive, readSlack } from './formats/slack.ts';
import { isWhatsAppLine, readWhatsApp } from './formats/whatsapp.ts';
import { openArchive } from './formats/zip.ts';
import { findJsonShape, type JsonShape } from './json-shape.ts';
import { countBytes, type FileItem, type FormatReader, type ReadOptions, UnreadableFileError } from './read.ts';
import { encodingOf, openText, textOf } from './text.ts';

const probedBytes = 65_536;

export type Detected = { format: string; read: FormatReader };

/** What a file is, by what stands in it and not by its name. @throws UnreadableFileError where it is nothing known */
export async function detectFormat(file: string): Promise<Detected> {
  const head = await readHead(file);
  if (head.length === 0) throw new UnreadableFileError('the file is empty');
  if (head.subarray(0, 2).toString('latin1') === 'PK') return { format: 'ZIP', read: readZip };
  const text = new TextDecoder(encodingOf(head)).decode(head);
  const lines = text.split(/\r?\n/);
  const [first = ''] = lines;
  if (/^From \S+/.test(first)) return { format: 'mbox', read: readMbox };
  if (!first.trimStart().startsWith('{') && lines.slice(0, 20).some(isWhatsAppLine)) {
    return { format: 'WhatsApp', read: readWhatsApp };
  }
  if (/^\s*[[{]/.test(text)) return jsonReaders[await findJsonShape(openText(file))];
  if (isCsvHeader(first)) return { format: 'CSV', read: readCsv };
  throw new UnreadableFileError(
    'the file is none of what is known: CSV or JSON as exported, JSONL with messages, chats of WhatsApp, Slack (ZIP) and ChatGPT, or mbox',
  );
}

const jsonReaders: Readonly<Record<JsonShape, Detected>> = {
  lines: { format: 'JSONL', read: readJsonl },
  conversation: { format: 'JSON', read: readJsonConversation },
  document: { format: 'JSON', read: readJson },
};

async function readHead(file: string): Promise<Buffer> {
  await using handle = await open(file, 'r');
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(probedBytes), 0, probedBytes, 0);
  return buffer.subarray(0, bytesRead);
}

/** ZIP files: Slack's, ChatGPT's, and this gateway's exports with their files. */
const readZip: FormatReader = async function* (file, options: ReadOptions): AsyncGenerator<FileItem> {
  await using archive = await openArchive(file);
  if (isSlackArchive(archive)) {
    yield* readSlack(archive, options);
    return;
  }
  const name = archive.names.find((each) => /(?:^|\/)conversations\.json$/.test(each));
  if (name === undefined) {
    throw new UnreadableFileError(
      'the ZIP file is neither an export of Slack or ChatGPT nor one of this gateway as JSON; unpack it, and give what it holds',
    );
  }
  if (options.place !== undefined) options.place.totalBytes = archive.sizeOf([name]);
  yield* readJsonText(textOf(countBytes(await archive.read(name), options.place)));
};
