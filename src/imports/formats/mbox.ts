import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import PostalMime, { type Email } from 'postal-mime';
import type { ImportedMessage } from '../../domain/imports/import-conversation.ts';
import type { FileItem, FormatReader } from '../read.ts';

/** A mailbox: each thread is a conversation. Mails are found first, and read a thread at a time. */

type Mail = { start: number; end: number; id: string; parents: string[]; subject: string };

const maxHeaderLines = 500;
/** A larger mail is told in the report and left out: what makes it large is files. */
const maxMailBytes = 50 * 2 ** 20;

export const readMbox: FormatReader = async function* (file, { assistant, place: at }): AsyncGenerator<FileItem> {
  await using handle = await open(file, 'r');
  for (const thread of threadsOf(await findMails(file))) {
    const emails: Email[] = [];
    const [first] = thread;
    const place = `"${first?.subject ?? ''}"`;
    for (const { start, end } of thread) {
      if (at !== undefined) at.readBytes += end - start;
      if (end - start > maxMailBytes) {
        yield { place, reason: `a mail of ${Math.round((end - start) / 2 ** 20)} MB is left out` };
        continue;
      }
      const bytes = Buffer.alloc(end - start);
      await handle.read(bytes, 0, bytes.length, start);
      emails.push(await PostalMime.parse(unescaped(bytes)));
    }
    const messages = emails.flatMap((email) => toMessage(email, assistant));
    messages.sort((a, b) => (a.createdAt?.getTime() ?? 0) - (b.createdAt?.getTime() ?? 0));
    if (messages.length === 0) {
      yield { place, reason: 'none of its mails has a text' };
      continue;
    }
    yield {
      place,
      conversation: {
        identity: `mbox/${first?.id ?? ''}`,
        id: null,
        title: (emails[0]?.subject ?? first?.subject ?? '').replace(/^(?:\s*(?:re|aw|fwd?|wg)\s*:)+\s*/i, ''),
        content: null,
        source: 'EMAIL',
        segment: null,
        metadata: { importedFrom: 'mbox' },
        startedAt: messages[0]?.createdAt ?? null,
        messages,
      },
    };
  }
};

/** Where each mail lies in the file, with what threads are made of. */
async function findMails(file: string): Promise<Mail[]> {
  const mails: Mail[] = [];
  let mail: Mail | null = null;
  let header: string[] | null = null;
  let offset = 0;
  let isAfterBlank = true;
  // Byte for byte, so that offsets are the file's.
  const input = createReadStream(file, { encoding: 'latin1' });
  let rest = '';
  const take = (line: string) => {
    const isStart = isAfterBlank && line.startsWith('From ');
    if (isStart) {
      if (mail !== null) mails.push({ ...mail, end: offset });
      mail = { start: offset + line.length, end: offset, id: `at/${offset}`, parents: [], subject: '' };
      header = [];
    } else if (header !== null && mail !== null) {
      if (line.trim() === '' || header.length > maxHeaderLines) {
        mail = { ...mail, ...readHeader(header, mail.id) };
        header = null;
      } else if (/^[ \t]/.test(line)) header[header.length - 1] += ` ${line.trim()}`;
      else header.push(line.trim());
    }
    isAfterBlank = line.trim() === '';
    offset += line.length;
  };
  for await (const chunk of input) {
    const lines = `${rest}${chunk}`.split(/(?<=\n)/);
    rest = lines.pop() ?? '';
    for (const line of lines) take(line);
  }
  if (rest !== '') take(rest);
  if (mail !== null) mails.push({ ...(mail as Mail), end: offset });
  return mails;
}

function readHeader(lines: readonly string[], fallback: string): Pick<Mail, 'id' | 'parents' | 'subject'> {
  const value = (name: string) =>
    lines.find((line) => line.toLowerCase().startsWith(`${name}:`))?.slice(name.length + 1) ?? '';
  const ids = (text: string) => text.match(/<[^<>\s]+>/g) ?? [];
  return {
    id: ids(value('message-id'))[0] ?? fallback,
    parents: [...ids(value('references')), ...ids(value('in-reply-to'))],
    subject: value('subject').trim(),
  };
}

/** Mails that answer one another, each thread in the order of the file. */
function threadsOf(mails: readonly Mail[]): Mail[][] {
  const roots = new Map<string, string>();
  const rootOf = (id: string): string => {
    let root = id;
    const seen = new Set<string>();
    for (let up = roots.get(root); up !== undefined && up !== root && !seen.has(root); up = roots.get(root)) {
      seen.add(root);
      root = up;
    }
    return root;
  };
  for (const { id, parents } of mails) {
    for (const linked of [...parents, id]) {
      const root = rootOf(parents[0] ?? id);
      if (rootOf(linked) !== root) roots.set(rootOf(linked), root);
    }
  }
  return [...Map.groupBy(mails, ({ id }) => rootOf(id)).values()];
}

/** `>From ` at a line's beginning was `From ` before the mail was put into the mailbox. */
function unescaped(mail: Buffer): Buffer {
  return Buffer.from(mail.toString('latin1').replace(/^>(>*From )/gm, '$1'), 'latin1');
}

function toMessage(email: Email, assistant: string | null): ImportedMessage[] {
  const text = (email.text ?? htmlToText(email.html ?? '')).replace(/\r\n/g, '\n').trim();
  if (text === '') return [];
  const sender = email.from;
  const name = sender?.name || sender?.address || 'Somebody';
  const isAnswer =
    assistant !== null &&
    [sender?.name, sender?.address].some((each) => each?.toLowerCase() === assistant.toLowerCase());
  const date = email.date === undefined ? null : new Date(email.date);
  return [
    {
      role: isAnswer ? 'ASSISTANT' : 'USER',
      content: isAnswer ? text : `${name}: ${text}`,
      createdAt: date === null || Number.isNaN(date.getTime()) ? null : date,
    },
  ];
}

function htmlToText(html: string): string {
  return html
    .replace(/<(style|script|head)\b[\s\S]*?<\/\1>/gi, '')
    .replace(/<(?:br|\/p|\/div|\/li|\/tr)\b[^>]*>/gi, '\n')
    .replace(/<[^>]*>/g, '')
    .replaceAll('&nbsp;', ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replace(/\n{3,}/g, '\n\n');
}
