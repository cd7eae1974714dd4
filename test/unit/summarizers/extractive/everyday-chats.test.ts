import { describe, expect, test } from 'vitest';
import { createExtractiveSummarizer } from '../../../../src/summarizers/extractive/extractive.ts';
import type { SummaryDraft, SummaryInput, SummaryStyle } from '../../../../src/summarizers/summarizer.ts';
import { countWords } from '../../../../src/summarizers/words.ts';
import { type Chat, messagesOf } from './everyday/chat.ts';
import { MORE_CHATS } from './everyday/more.ts';
import { ODD_AND_FOREIGN_CHATS } from './everyday/odd-and-foreign.ts';
import { SALES_AND_TEAM_CHATS } from './everyday/sales-and-team.ts';
import { SUPPORT_CHATS } from './everyday/support.ts';

const CHATS: Chat[] = [...SUPPORT_CHATS, ...SALES_AND_TEAM_CHATS, ...ODD_AND_FOREIGN_CHATS, ...MORE_CHATS];
const summarizer = createExtractiveSummarizer();
const never = new AbortController().signal;

const BIDDEN =
  'please|also|open|click|go|show|send|print|add|clear|remove|choose|turn|take|mix|fry|put|clean|give|press|enter|select|install|ask|check|try|restart|call|keep|use|make|bring';
/** Forms that no careful person would write, in English. */
const ODD_FORMS: [what: string, form: RegExp][] = [
  ['a person who speaks of themselves', /(?<!["'\w])(?:I|me|my|mine|you|your|yours|you're|I'm)(?!["'\w])/],
  ['a bare instruction after "says"', new RegExp(`\\bsays (?:that )?(?:${BIDDEN}) (?!(?:is|are|was)\\b)`, 'i')],
  ['"them" that does something', /\bthem (?:trust|are|is|have|has|can|will|would|should|want|need)\b/],
  [
    'a capital after "says" that only began a sentence',
    /\bsays (?:The|A|An|It|This|That|Your|Please|There|When|If|No|Yes)\b/,
  ],
  ['the same word twice', /\b(\p{L}+) \1\b/iu],
  ['marks side by side', /[,;:]\s*[.,;:]|(?<!\.)\.\.(?!\.)|\?\.|\s[,.;:?!]/],
  ['somebody who cannot be', /\bthe other\b(?! \w)/],
  ['an apology', /\b(?:is|are) (?:very |so )?sorry\b|apologi[sz]es?\b/],
];
const NO_TOPIC =
  /^(?:free|request|open settings|open|click|bonjour|voudrais|guten|tag|hallo|hola|gracias|quiero|ciao|buongiorno|vorrei|grazie|olá|obrigado|gostaria|bedankt|möchte|hello|thanks|thx|please|new|same|show|visit|help|problem|thing|euros?|percent)$/;

function inputOf(chat: Chat, style: SummaryStyle): SummaryInput {
  const messages = messagesOf(chat);
  return { title: chat.given ?? '', content: messages.length > 0 ? null : chat.text, messages, language: 'en', style };
}

function expectSound(input: SummaryInput, draft: SummaryDraft): void {
  expect(draft.citations.length).toBeGreaterThan(0);
  for (const citation of [...draft.citations, ...draft.actionItems.flatMap((item) => item.citation ?? [])]) {
    const source =
      citation.messageId === null
        ? input.content
        : input.messages.find((message) => message.id === citation.messageId)?.content;
    expect(source?.slice(citation.startOffset, citation.endOffset)).toBe(citation.quote);
  }
}

function expectReadable(draft: SummaryDraft): void {
  for (const text of [draft.content, ...draft.actionItems.map((item) => item.text)])
    for (const [what, form] of ODD_FORMS) expect(text, what).not.toMatch(form);
  expect(draft.title).not.toMatch(/^(?:the |an? )?(?:user|assistant|customer|agent|it|they)\b/i);
  expect(draft.title).not.toMatch(/\b(?:asks|tells|I|my|me|you|your)\b/);
  expect(draft.title).toMatch(/^(?:\p{Lu}|\p{N}|\p{Ll}\p{Lu})/u);
  expect(draft.title).not.toMatch(/[.,;:!]$/);
  expect(draft.title.length).toBeLessThanOrEqual(80);
}

test('the corpus has at least forty conversations, each with a name of its own', () => {
  expect(CHATS.length).toBeGreaterThanOrEqual(40);
  expect(new Set(CHATS.map((chat) => chat.name)).size).toBe(CHATS.length);
});

describe.each(CHATS.map((chat) => [chat.name, chat] as const))('%s', (_, chat) => {
  test('is told with its facts, in at most sixty words, the same every time', async () => {
    const input = inputOf(chat, 'CONCISE');
    const draft = await summarizer.summarize(input, never);
    for (const fact of chat.facts) expect(draft.content).toMatch(fact);
    const prose = [draft.title, draft.content, ...draft.actionItems.map((item) => item.text)].join('\n');
    for (const form of chat.never ?? []) expect(prose).not.toMatch(form);
    expect(countWords(draft.content)).toBeLessThanOrEqual(60);
    expect(draft.language).toBe(chat.language ?? 'en');
    expectSound(input, draft);
    expect(await summarizer.summarize(input, never)).toEqual(draft);
  });

  test('has a title, topics, a feeling and action items that fit it', async () => {
    const draft = await summarizer.summarize(inputOf(chat, 'CONCISE'), never);
    if (chat.title !== undefined) expect(draft.title).toMatch(chat.title);
    if (chat.sentiment !== undefined) expect(draft.sentiment).toBe(chat.sentiment);
    if (chat.actions !== undefined) expect(draft.actionItems.map((item) => item.text)).toEqual(chat.actions);
    for (const topic of draft.topics) expect(topic).not.toMatch(NO_TOPIC);
    for (const topic of chat.topics ?? []) expect(draft.topics.join('\n')).toMatch(topic);
  });

  test.each<SummaryStyle>(['CONCISE', 'DETAILED', 'BULLETS'])('reads as a person would write it, %s', async (style) => {
    const input = inputOf(chat, style);
    const draft = await summarizer.summarize(input, never);
    expectSound(input, draft);
    if (draft.language === 'en') expectReadable(draft);
  });
});
