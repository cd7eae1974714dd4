import { isChatExport, readChatExport } from './chat-exports.ts';
import { findProse, type Span } from './prose.ts';
import type { SummaryInput, SummaryMessage } from './summarizer.ts';

/** Who says something. A placeholder (`#Person1#`, `Speaker 2`) stands for a name nobody knows. */
export type Speaker = { name: string; kind: 'name' | 'placeholder' | 'role' };

/** What one speaker says at once: the stretches of a source text that hold prose, in order. */
export type Turn = { speaker: Speaker | null; messageId: string | null; source: string; parts: Span[] };

const breathLines = 500;
const maxProbedLines = 2000;
const labelMaxChars = 60;
/** A transcript inside a message has to show itself more clearly than one that is the whole content. */
const minLabelsInMessage = 4;
const roleNames = { USER: 'the user', ASSISTANT: 'the assistant', SYSTEM: 'the system' } as const;

// A time of day before the name; dates and whole chat exports are read elsewhere.
const stampPattern = /^\s{0,8}(?:\[[^\]\n]{4,24}\]\s?|\d{1,2}:\d{2}(?::\d{2})?\s)?/;
const labelPattern =
  /^\s{0,8}(?:\*\*)?(#[^#\n:]{1,30}#|[\p{L}][\p{L}\p{N}\p{M}.'’_-]{0,24}(?: [\p{L}\p{N}(][\p{L}\p{N}\p{M}.'’_()-]{0,24}){0,3})(?:\*\*)?\s{0,2}[:：](?:\*\*)?(?!\/\/|(?<=\d[:：])\d)\s{0,8}/u;
const placeholder = /^(?:#.*#|(?:speaker|person|participant|caller)[ _]?[\dA-Z]{1,3})$/i;
const notASpeaker =
  /^(?:note|ps|p\.s\.|re|fw|fwd|subject|date|sent|to|cc|bcc|https?|warning|example|tip|total|address|phone|tel|email|e-mail|time|summary|todo|question|answer|attachments?)$/i;
const roleLabel =
  /^(?:user|assistant|system|customer|agent|client|bot|human|ai|support|operator|doctor|patient|interviewer|interviewee)$/i;
const mailHeader =
  /^(?:from|to|cc|bcc|date|sent|subject|reply-to|message-id|mime-version|content-type|content-transfer-encoding)\s?:\s?/i;

type Line = { start: number; end: number };

/**
 * The turns of a conversation: its messages where there are any with text, else what its content holds, without what a
 * transcript has the system say. Linear in its length; null now and then where much was read without a turn.
 */
export function* readTurns(input: Pick<SummaryInput, 'messages' | 'content'>): Generator<Turn | null> {
  if (input.messages.some((message) => message.content.trim() !== '')) {
    for (const message of input.messages) yield* readMessage(message);
    return;
  }
  if (input.content !== null) yield* readContent(input.content);
}

function* readMessage(message: SummaryMessage): Generator<Turn | null> {
  const { id, content } = message;
  if (isChatExport(content)) return yield* readExport(content, id);
  if (isTranscript(content, minLabelsInMessage)) return yield* readTranscript(content, id);
  const label = readLabel(content.slice(0, labelMaxChars * 2));
  // Only a tag is taken for a name here: a message that starts with "Careful: …" says nothing about its author.
  const isTagged = label !== null && label.speaker.kind === 'placeholder';
  const speaker: Speaker = isTagged ? label.speaker : { name: roleNames[message.role], kind: 'role' };
  yield turnOf(speaker, id, content, isTagged ? label.length : 0, content.length);
}

function* readContent(content: string): Generator<Turn | null> {
  if (isChatExport(content)) yield* readExport(content, null);
  else if (isTranscript(content, 1)) yield* readTranscript(content, null);
  else yield* readLetter(content);
}

function* readExport(source: string, messageId: string | null): Generator<Turn | null> {
  const speakers = new Map<string, Speaker>();
  for (const { name, parts } of readChatExport(source)) {
    const speaker = speakers.get(name) ?? { name: nameOf(name), kind: kindOf(name) };
    speakers.set(name, speaker);
    const prose = parts.flatMap(({ start, end }) => findProse(source, start, end));
    yield prose.length === 0 ? null : { speaker, messageId, source, parts: prose };
  }
}

function turnOf(speaker: Speaker | null, messageId: string | null, source: string, start: number, end: number): Turn {
  return { speaker, messageId, source, parts: findProse(source, start, end) };
}

/**
 * Whether at least half of the first 200 lines that hold something start with a speaker's name, `minLabels` of them or
 * more, and one of the names comes back or is a tag, or two are roles.
 */
function isTranscript(content: string, minLabels: number): boolean {
  const seen = new Map<string, number>();
  let probed = 0;
  let filled = 0;
  let labelled = 0;
  for (const line of linesOf(content)) {
    probed += 1;
    if (probed > maxProbedLines) break;
    const head = content.slice(line.start, Math.min(line.end, line.start + labelMaxChars * 2));
    if (head.trim() === '') continue;
    if (filled === 0 && mailHeader.test(head)) return false;
    filled += 1;
    if (filled > 200) break;
    const label = readLabel(head);
    if (label === null) continue;
    labelled += 1;
    seen.set(label.speaker.name, (seen.get(label.speaker.name) ?? 0) + 1);
  }
  if (labelled < minLabels || labelled * 2 < filled) return false;
  const names = [...seen.keys()];
  const roles = names.filter((name) => name.startsWith('the '));
  if (roles.length >= 2) return true;
  return names.some((name) => name.startsWith('#')) || (labelled >= 2 && seen.size <= Math.max(2, labelled * 0.7));
}

function* readTranscript(source: string, messageId: string | null): Generator<Turn> {
  const speakers = new Map<string, Speaker>();
  let open: { speaker: Speaker | null; start: number; end: number } | null = null;
  const close = (): Turn[] => {
    const { speaker, start, end } = open ?? { speaker: null, start: 0, end: 0 };
    const isSystem = speaker?.kind === 'role' && speaker.name === roleNames.SYSTEM;
    return start === end || isSystem ? [] : [turnOf(speaker, messageId, source, start, end)];
  };
  for (const line of linesOf(source)) {
    const label = readLabel(source.slice(line.start, Math.min(line.end, line.start + labelMaxChars * 2)));
    if (label === null && open !== null) {
      open.end = line.end;
      continue;
    }
    yield* close();
    const speaker = label === null ? null : (speakers.get(label.speaker.name) ?? label.speaker);
    if (speaker !== null) speakers.set(speaker.name, speaker);
    open = { speaker, start: line.start + (label?.length ?? 0), end: line.end };
  }
  yield* close();
}

/** A plain text or an e-mail, a paragraph a turn, without the headers. */
function* readLetter(content: string): Generator<Turn | null> {
  let start = 0;
  for (const line of linesOf(content)) {
    const head = content.slice(line.start, Math.min(line.end, line.start + 120));
    if (head.trim() !== '' && !mailHeader.test(head)) break;
    start = line.end;
  }
  let lines = 0;
  for (const part of findProse(content, start, content.length)) {
    let open: Span | null = null;
    for (const line of linesOf(content.slice(0, part.end), part.start)) {
      lines += 1;
      if (lines % breathLines === 0) yield null;
      const isEmpty = content.slice(line.start, Math.min(line.end, line.start + 120)).trim() === '';
      if (!isEmpty && open !== null) open.end = line.end;
      else if (!isEmpty) open = { ...line };
      else if (open !== null) {
        yield { speaker: null, messageId: null, source: content, parts: [open] };
        open = null;
      }
    }
    if (open !== null) yield { speaker: null, messageId: null, source: content, parts: [open] };
  }
}

function readLabel(line: string): { speaker: Speaker; length: number } | null {
  const stamp = stampPattern.exec(line)?.[0].length ?? 0;
  const match = labelPattern.exec(line.slice(stamp));
  const name = match?.[1];
  if (match === null || name === undefined || notASpeaker.test(name)) return null;
  return { speaker: { name: nameOf(name), kind: kindOf(name) }, length: stamp + match[0].length };
}

function kindOf(name: string): Speaker['kind'] {
  if (placeholder.test(name)) return 'placeholder';
  return roleLabel.test(name) ? 'role' : 'name';
}

function nameOf(name: string): string {
  return roleLabel.test(name) ? `the ${name.length <= 2 ? name : name.toLowerCase()}` : name;
}

function* linesOf(text: string, from = 0): Generator<Line> {
  let start = from;
  while (start < text.length) {
    const found = text.indexOf('\n', start);
    const end = found < 0 ? text.length : found;
    yield { start, end };
    start = end + 1;
  }
}
