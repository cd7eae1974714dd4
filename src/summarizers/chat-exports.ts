import { isByTheProgram } from './chat-program-lines.ts';
import type { Span } from './prose.ts';

/** What one wrote at one time, in a chat that was copied or exported as text. */
export type ExportedTurn = { name: string; parts: Span[] };

const maxProbedLines = 400;
const maxLineChars = 160;

const day = String.raw`\d{1,4}[./-]\d{1,2}[./-]\d{1,4}`;
const namedDay = String.raw`(?:\d{1,2}\.? )?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?(?: \d{1,2}(?:st|nd|rd|th)?)?,?(?: \d{4})?`;
const weekday = '(?:today|yesterday|(?:last )?(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6})';
const time = String.raw`\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:[\s\u202f]?[ap]\.?\s?m\b\.?)?`;
const iso = String.raw`\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?(?:\.\d{1,6})?(?:Z|[+-]\d{2}:?\d{2})?`;
const korean = String.raw`\d{4}년 \d{1,2}월 \d{1,2}일 (?:오전|오후) \d{1,2}:\d{2}`;
const shortDay = String.raw`\d{1,2}[./]\d{1,2}(?![./]?\d)`;
const when = String.raw`(?:(?:${weekday}|${namedDay}|${day}|${shortDay})(?:,? at|,)?[\s\u202f]{1,2}){0,2}${time}(?: (?:utc|gmt)\S{0,6})?`;
const dated = String.raw`(?:${iso}|${korean}|(?:${day}|${namedDay})(?:,? at|,)?[\s\u202f]{1,2}${time})`;
const nameSource = String.raw`(?:~[\s\u202f]?)?[\p{L}\p{N}+@#][^\n:<>[\]|]{0,48}?`;
const mark = String.raw`^[\u200e\u200f\ufeff\s]{0,4}`;

/** Heads of a message that name the one who wrote it (`who`); the text goes on after it, or on the lines below. */
const headPatterns: readonly RegExp[] = [
  // WhatsApp: "01/12/24, 10:00 - Ann: …", "[01.12.24, 10:00:15] Ann: …"; also Telegram's "[01.12.24 10:00] Ann: …".
  new RegExp(String.raw`${mark}\[?${dated}\]?(?:\s?[-–]\s|[:,]?\s)(?<who>${nameSource})\s?:(?:\s|$)`, 'iu'),
  new RegExp(String.raw`${mark}\[${when}\]\s(?<who>${nameSource}):(?:\s|$)`, 'iu'),
  // Signal: "Ann (1 Dec 2024 10:00): …".
  new RegExp(String.raw`${mark}(?<who>${nameSource}) \(${dated}\):(?:\s|$)`, 'iu'),
  // Telegram: "Ann, [01.12.2024 10:00]".
  new RegExp(String.raw`${mark}(?<who>${nameSource}), \[${when}\]:?\s?$`, 'iu'),
  // LINE: the time, the name and the text, with tabs between.
  new RegExp(String.raw`${mark}${time}\t(?<who>[^\t\n]{1,48})\t`, 'iu'),
  // Teams: "[Yesterday 10:00 AM] Ann", "[10:00] Ann Smith".
  new RegExp(String.raw`${mark}\[${when}\]\s(?<who>${nameSource})\s?$`, 'iu'),
  // Zoom: "10:00:15 From Ann to Everyone: …".
  new RegExp(
    String.raw`${mark}${time}\s{1,3}from\s{1,3}(?<who>${nameSource})(?:\s{1,3}to\s[^\n:]{1,60})?\s{0,2}:(?:\s|$)`,
    'iu',
  ),
  // IRC: "[10:00] <ann> …".
  new RegExp(String.raw`${mark}\[?(?:${time})?\]?\s?<[@+ ]?(?<who>[\p{L}][^\s<>]{0,24})>\s`, 'iu'),
  // Slack, Discord, Teams, transcripts: "Ann Smith  10:00 AM", "Ann — Today at 10:00 AM", "Ann APP  10:00".
  new RegExp(
    String.raw`${mark}(?<who>${nameSource})(?:\s(?:APP|BOT))?(?:\s{1,4}[—–|-]\s|\s{1,4}|,\s)\[?${when}\]?\s?(?:\(edited\))?\s?$`,
    'iu',
  ),
];
/** The same heads that only need one line to be sure of: a date, a time and a name. */
const sureHeads = 4;
/** A stamp with no one's name: the chat program itself speaks. */
const stamped = new RegExp(String.raw`${mark}(?:\[${when}\]|${dated}\s?[-–])\s`, 'iu');
const timeAlone = new RegExp(String.raw`^\s{0,8}\[?${when}\]?\s{0,4}$`, 'iu');

type Head = { name: string; textStart: number; isSure: boolean };

/** Whether a text is a chat that was copied or exported from WhatsApp, Telegram, Slack, Teams, Discord, Zoom or IRC. */
export function isChatExport(text: string): boolean {
  const names = new Map<string, number>();
  let lines = 0;
  let heads = 0;
  let isFirst = true;
  let isSure = false;
  for (const { line, head, isProgram } of readLines(text)) {
    if (line.trim() === '') continue;
    if (++lines > maxProbedLines) break;
    // Other text may not come first: a letter that quotes a chat is a letter.
    if (isFirst && head === null && !isProgram) return false;
    isFirst = false;
    if (head === null) continue;
    heads += 1;
    isSure ||= head.isSure;
    names.set(head.name, (names.get(head.name) ?? 0) + 1);
  }
  if (isSure) return heads * 12 >= lines;
  const isTalk = names.size >= 2 && (heads >= 3 || names.size === heads) && lines > heads;
  return heads >= 2 && heads * 8 >= lines && (isTalk || (names.size < heads && lines > heads) || isInline(text));
}

/** Who wrote what, in order, without what the chat program says itself. Linear in the text's length. */
export function* readChatExport(text: string): Generator<ExportedTurn> {
  let open: ExportedTurn | null = null;
  for (const { start, end, line, head, isProgram } of readLines(text)) {
    if (head !== null) {
      if (open !== null && open.parts.length > 0) yield open;
      open = { name: head.name, parts: [] };
      const said = line.slice(head.textStart);
      if (said.trim() !== '' && !isByTheProgram(said)) open.parts.push({ start: start + head.textStart, end });
    } else if (isProgram) {
      if (open !== null && open.parts.length > 0) yield open;
      open = null;
    } else if (open !== null && line.trim() !== '' && !isByTheProgram(line)) {
      const last = open.parts.at(-1);
      if (last !== undefined && text.slice(last.end, start).trim() === '') last.end = end;
      else open.parts.push({ start, end });
    }
  }
  if (open !== null && open.parts.length > 0) yield open;
}

type ReadLine = { start: number; end: number; line: string; head: Head | null; isProgram: boolean };

/** Each line with what it opens: somebody's message, the program's, or none. A name's time may stand on the line below it. */
function* readLines(text: string): Generator<ReadLine> {
  let start = 0;
  let waiting: ReadLine | null = null;
  while (start < text.length) {
    const found = text.indexOf('\n', start);
    const end = found < 0 ? text.length : found;
    const line = text.slice(start, end);
    const short = line.slice(0, maxLineChars);
    if (waiting !== null && timeAlone.test(short)) {
      yield { ...waiting, end, head: { name: tidy(waiting.line), textStart: waiting.line.length, isSure: false } };
      waiting = null;
    } else {
      if (waiting !== null) yield waiting;
      waiting = null;
      const head = readHead(short);
      const read: ReadLine = { start, end, line, head, isProgram: head === null && stamped.test(short) };
      if (head === null && !read.isProgram && isNameAlone(short)) waiting = read;
      else yield read;
    }
    start = end + 1;
  }
  if (waiting !== null) yield waiting;
}

function readHead(line: string): Head | null {
  for (const [at, pattern] of headPatterns.entries()) {
    const match = pattern.exec(line);
    const who = match?.groups?.['who'];
    if (match === null || who === undefined || !/[\p{L}\d]/u.test(who)) continue;
    return { name: tidy(who), textStart: match[0].length, isSure: at < sureHeads };
  }
  return null;
}

function isNameAlone(line: string): boolean {
  return line.length <= 50 && /^\s{0,4}\p{Lu}[\p{L}.'’-]*(?: [\p{Lu}(][\p{L}.'’()-]*){0,3}\s{0,4}$/u.test(line);
}

/** Whether the heads have their texts on the same line, as IRC and Zoom have them. */
function isInline(text: string): boolean {
  const [first] = readLines(text);
  return first?.head !== null && first !== undefined && first.line.slice(first.head?.textStart ?? 0).trim() !== '';
}

function tidy(name: string): string {
  return name
    .replaceAll(/[\u200e\u200f\u202a-\u202e\ufeff~]/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
