import path from 'node:path';
import type { ImportedMessage } from '../../domain/imports/import-conversation.ts';
import { isByTheProgram } from '../../summarizers/chat-program-lines.ts';
import type { FormatReader } from '../read.ts';
import { linesOf, openText } from '../text.ts';

/** A chat that WhatsApp exported as text: one conversation, its messages under the names of who wrote them. */

// `01/12/24, 10:00 - Ann: …`, `[01.12.2024, 10:00:15] Ann: …`, with `AM` or `PM` where the phone has it so.
const head =
  /^[\u200e\u200f\ufeff]*\[?(\d{1,4})[./-](\d{1,2})[./-](\d{1,4}),?[\s\u202f](\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?(?:[\s\u202f]?([ap])\.?\s?m\.?)?\]?(?:\s[-–])?\s(.*)$/iu;
const named = /^([^:\n]{1,60}): ?(.*)$/su;

export function isWhatsAppLine(line: string): boolean {
  return head.test(line);
}

type Stamp = { parts: [number, number, number]; ms: number };

export const readWhatsApp: FormatReader = async function* (file, { assistant, place: at }) {
  const order = await findDayOrder(file);
  const messages: ImportedMessage[] = [];
  let first: string | null = null;
  let open: { name: string; lines: string[]; createdAt: Date | null } | null = null;
  const close = () => {
    const text = open?.lines.join('\n').trim() ?? '';
    if (open !== null && text !== '' && !isByTheProgram(text)) {
      const isAnswer = assistant !== null && open.name.toLowerCase() === assistant.toLowerCase();
      const content = `${open.name}: ${text}`;
      messages.push({
        role: isAnswer ? 'ASSISTANT' : 'USER',
        content: isAnswer ? text : content,
        createdAt: open.createdAt,
      });
    }
    open = null;
  };
  for await (const line of linesOf(openText(file, at))) {
    const found = readHead(line);
    if (found === null) {
      open?.lines.push(line);
      continue;
    }
    close();
    first ??= line;
    const said = named.exec(found.text);
    // A line without a name is the program's own.
    if (said !== null)
      open = { name: (said[1] ?? '').trim(), lines: [said[2] ?? ''], createdAt: instantOf(found.stamp, order) };
  }
  close();
  if (messages.length === 0) {
    yield { place: 'the chat', reason: 'nobody says anything in it' };
    return;
  }
  const title = path
    .basename(file, path.extname(file))
    .replace(/^WhatsApp[- ]?Chat(?:[- ](?:with|mit|con|avec))?[- ]?/iu, '');
  yield {
    place: 'the chat',
    conversation: {
      // The same chat exported again later begins with the same words.
      identity: `whatsapp/${first ?? ''}/${messages[0]?.content ?? ''}`,
      id: null,
      title: title.trim() === '' ? '' : `WhatsApp: ${title.trim()}`,
      content: null,
      source: 'WHATSAPP',
      segment: null,
      metadata: { importedFrom: 'WhatsApp' },
      startedAt: messages[0]?.createdAt ?? null,
      messages,
    },
  };
};

function readHead(line: string): { stamp: Stamp; text: string } | null {
  const match = head.exec(line);
  if (match === null) return null;
  const [, one, two, three, hour, minute, second, half, text = ''] = match;
  const clock = (Number(hour) % (half === undefined ? 24 : 12)) + (half?.toLowerCase() === 'p' ? 12 : 0);
  return {
    stamp: {
      parts: [Number(one), Number(two), Number(three)],
      ms: ((clock * 60 + Number(minute)) * 60 + Number(second ?? 0)) * 1_000,
    },
    text,
  };
}

type DayOrder = 'year first' | 'month first' | 'day first';

/** Phones write days in their own order: one that cannot be otherwise tells. Day first where none does. */
async function findDayOrder(file: string): Promise<DayOrder> {
  for await (const line of linesOf(openText(file))) {
    const stamp = readHead(line)?.stamp;
    if (stamp === undefined) continue;
    if (stamp.parts[0] > 31) return 'year first';
    if (stamp.parts[0] > 12) return 'day first';
    if (stamp.parts[1] > 12) return 'month first';
  }
  return 'day first';
}

/** The file tells no time zone: UTC is taken. */
function instantOf({ parts: [one, two, three], ms }: Stamp, order: DayOrder): Date | null {
  const [year, month, day] =
    order === 'year first' ? [one, two, three] : order === 'month first' ? [three, one, two] : [three, two, one];
  const date = new Date(Date.UTC(year < 100 ? 2_000 + year : year, month - 1, day) + ms);
  return month > 12 || day > 31 || Number.isNaN(date.getTime()) ? null : date;
}
