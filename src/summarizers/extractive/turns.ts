import type { SummaryInput, SummaryMessage } from '../summarizer.ts';

/** Who says something. A placeholder (`#Person1#`, `Speaker 2`) stands for a name nobody knows. */
export type Speaker = { name: string; kind: 'name' | 'placeholder' | 'role' };

/** A stretch of one source text, `source.slice(start, end)`, said by one speaker. */
export type Turn = { speaker: Speaker | null; messageId: string | null; source: string; start: number; end: number };

const BREATH_LINES = 500;
const MAX_PROBED_LINES = 2000;
const LABEL_MAX_CHARS = 60;
const ROLE_NAMES = { USER: 'the user', ASSISTANT: 'the assistant', SYSTEM: 'the system' } as const;

// A time of day or a date and time before the name, as chat exports have them.
const STAMP =
  /^\s{0,8}(?:\[[^\]\n]{4,24}\]\s?|\d{1,4}[./-]\d{1,2}[./-]\d{1,4},?\s\d{1,2}:\d{2}(?::\d{2})?\s?(?:[AaPp][Mm])?\s?[-–]\s|\d{1,2}:\d{2}(?::\d{2})?\s)?/;
const LABEL =
  /^\s{0,8}(#[^#\n:]{1,30}#|[\p{L}][\p{L}\p{N}\p{M}.'’_-]{0,24}(?: [\p{L}\p{N}(][\p{L}\p{N}\p{M}.'’_()-]{0,24}){0,3})\s{0,2}[:：](?!\/\/)\s{0,8}/u;
const PLACEHOLDER = /^(?:#.*#|(?:speaker|person|participant|caller)[ _]?[\dA-Z]{1,3})$/i;
const NOT_A_SPEAKER =
  /^(?:note|ps|p\.s\.|re|fw|fwd|subject|date|sent|to|cc|bcc|https?|warning|example|tip|total|address|phone|tel|email|e-mail|time|summary|todo|question|answer|attachments?)$/i;
const ROLE_LABEL =
  /^(?:user|assistant|system|customer|agent|client|bot|human|ai|support|operator|doctor|patient|interviewer|interviewee)$/i;
const MAIL_HEADER =
  /^(?:from|to|cc|bcc|date|sent|subject|reply-to|message-id|mime-version|content-type|content-transfer-encoding)\s?:\s?/i;

type Line = { start: number; end: number };

/** The turns of a conversation: its messages where there are any with text, else what its content holds. Linear in its length; null now and then where much was read without a turn. */
export function* readTurns(input: Pick<SummaryInput, 'messages' | 'content'>): Generator<Turn | null> {
  if (input.messages.some((message) => message.content.trim() !== '')) {
    for (const message of input.messages) yield readMessage(message);
    return;
  }
  if (input.content !== null) yield* readContent(input.content);
}

function readMessage(message: SummaryMessage): Turn {
  const label = readLabel(message.content.slice(0, LABEL_MAX_CHARS * 2));
  // Only a tag is taken for a name here: a message that starts with "Careful: …" says nothing about its author.
  const isTagged = label !== null && label.speaker.kind === 'placeholder';
  return {
    speaker: isTagged ? label.speaker : { name: ROLE_NAMES[message.role], kind: 'role' },
    messageId: message.id,
    source: message.content,
    start: isTagged ? label.length : 0,
    end: message.content.length,
  };
}

function* readContent(content: string): Generator<Turn | null> {
  if (isTranscript(content)) {
    yield* readTranscript(content);
    return;
  }
  yield* readLetter(content);
}

/** Whether at least half of the first 200 lines that hold something start with a speaker's name, and one of them comes back or is a tag. */
function isTranscript(content: string): boolean {
  const seen = new Map<string, number>();
  let probed = 0;
  let filled = 0;
  let labelled = 0;
  for (const line of linesOf(content)) {
    probed += 1;
    if (probed > MAX_PROBED_LINES) break;
    const head = content.slice(line.start, Math.min(line.end, line.start + LABEL_MAX_CHARS * 2));
    if (head.trim() === '') continue;
    if (filled === 0 && MAIL_HEADER.test(head)) return false;
    filled += 1;
    if (filled > 200) break;
    const label = readLabel(head);
    if (label === null) continue;
    labelled += 1;
    seen.set(label.speaker.name, (seen.get(label.speaker.name) ?? 0) + 1);
  }
  if (labelled === 0 || labelled * 2 < filled) return false;
  const names = [...seen.keys()];
  return names.some((name) => name.startsWith('#')) || (labelled >= 2 && seen.size <= Math.max(2, labelled * 0.7));
}

function* readTranscript(content: string): Generator<Turn> {
  const speakers = new Map<string, Speaker>();
  let open: Turn | null = null;
  for (const line of linesOf(content)) {
    const label = readLabel(content.slice(line.start, Math.min(line.end, line.start + LABEL_MAX_CHARS * 2)));
    if (label === null && open !== null) {
      open.end = line.end;
      continue;
    }
    if (open !== null) yield open;
    const speaker = label === null ? null : (speakers.get(label.speaker.name) ?? label.speaker);
    if (speaker !== null) speakers.set(speaker.name, speaker);
    open = { speaker, messageId: null, source: content, start: line.start + (label?.length ?? 0), end: line.end };
  }
  if (open !== null) yield open;
}

/** A plain text or an e-mail: headers, quoted lines and what follows the signature's `-- ` are left out. */
function* readLetter(content: string): Generator<Turn | null> {
  let open: Turn | null = null;
  let isHeader = true;
  let lines = 0;
  for (const line of linesOf(content)) {
    lines += 1;
    if (lines % BREATH_LINES === 0) yield null;
    const head = content.slice(line.start, Math.min(line.end, line.start + 120));
    const trimmed = head.trim();
    if (trimmed === '--') break;
    isHeader &&= trimmed === '' || MAIL_HEADER.test(head);
    const isLeftOut = trimmed.startsWith('>') || (isHeader && trimmed !== '') || /^On .{6,100} wrote:$/.test(trimmed);
    if (trimmed !== '' && !isLeftOut) {
      open ??= { speaker: null, messageId: null, source: content, start: line.start, end: line.end };
      open.end = line.end;
      continue;
    }
    if (open !== null) yield open;
    open = null;
  }
  if (open !== null) yield open;
}

function readLabel(line: string): { speaker: Speaker; length: number } | null {
  const stamp = STAMP.exec(line)?.[0].length ?? 0;
  const match = LABEL.exec(line.slice(stamp));
  const name = match?.[1];
  if (match === null || name === undefined || NOT_A_SPEAKER.test(name)) return null;
  return { speaker: { name: nameOf(name), kind: kindOf(name) }, length: stamp + match[0].length };
}

function kindOf(name: string): Speaker['kind'] {
  if (PLACEHOLDER.test(name)) return 'placeholder';
  return ROLE_LABEL.test(name) ? 'role' : 'name';
}

function nameOf(name: string): string {
  return ROLE_LABEL.test(name) ? `the ${name.length <= 2 ? name : name.toLowerCase()}` : name;
}

function* linesOf(text: string): Generator<Line> {
  let start = 0;
  while (start < text.length) {
    const found = text.indexOf('\n', start);
    const end = found < 0 ? text.length : found;
    yield { start, end };
    start = end + 1;
  }
}
