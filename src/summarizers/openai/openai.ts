import { z } from 'zod';
import { limitWords, shorten, shortenToWords, titleMaxChars } from '../length.ts';
import { splitSpan } from '../sentences.ts';
import {
  type CitationDraft,
  type Summarizer,
  SummarizerError,
  type SummaryDraft,
  type SummaryInput,
  type SummaryStyle,
  throwIfCancelled,
} from '../summarizer.ts';
import { isSystemAlone, summarizeSystemAlone, withoutSystem } from '../system-messages.ts';
import { countWords } from '../words.ts';
import { postChat } from './call.ts';
import { findQuote } from './quotes.ts';
import { Answer, buildRequest } from './request.ts';

export type OpenAiOptions = {
  /** What `/chat/completions` is appended to: `https://api.openai.com/v1`. */
  baseUrl: string;
  /** Null where the server asks for none. */
  apiKey: string | null;
  model: string;
  /** From the request's start to the answer's last byte; 60,000 where not given. */
  timeoutMs?: number;
  /** How much of a conversation is sent, in UTF-16 code units: its beginning and its end; 48,000 where not given. */
  maxInputChars?: number;
};

const defaultTimeoutMs = 60_000;
const defaultMaxInputChars = 48_000;
const maxTopics = 5;
const maxTopicChars = 60;
const maxActionItems = 20;
const maxActionChars = 300;
const maxCitations = 20;

const Completion = z.object({
  choices: z.array(
    z.object({
      finish_reason: z.string().nullish(),
      message: z.object({ content: z.string().nullish(), refusal: z.string().nullish() }),
    }),
  ),
});

/**
 * Makes summaries with a model behind OpenAI's chat completions. Quotes that are not in the conversation letter by
 * letter are dropped; what is over the style's length is cut at a sentence's end.
 */
export function createOpenAiSummarizer(options: OpenAiOptions): Summarizer {
  const { model, baseUrl, apiKey } = options;
  const server = { baseUrl, apiKey, timeoutMs: options.timeoutMs ?? defaultTimeoutMs };
  const maxInputChars = options.maxInputChars ?? defaultMaxInputChars;
  return {
    generator: model,
    async summarize(given, signal) {
      throwIfCancelled(signal);
      if (isSystemAlone(given)) return summarizeSystemAlone(given);
      const hasMessages = given.messages.some(({ content }) => content.trim() !== '');
      // What the system was told is not sent: so it can be neither told nor quoted, whatever the model makes of it.
      const input: SummaryInput = hasMessages ? withoutSystem(given) : { ...given, messages: [] };
      if (!hasMessages && (given.content ?? '').trim() === '') {
        throw new SummarizerError('The conversation has no text to summarise.', { retryable: false });
      }
      const text = await postChat(server, buildRequest(model, input, maxInputChars), signal);
      return toDraft(readAnswer(text), input);
    },
  };
}

function readAnswer(text: string): Answer {
  const completion = Completion.safeParse(parseJson(text));
  if (!completion.success) throw unreadable(completion.error);
  const choice = completion.data.choices[0];
  if (choice === undefined) throw unreadable('no choices');
  const { content, refusal } = choice.message;
  if ((refusal ?? '') !== '' || choice.finish_reason === 'content_filter') {
    throw new SummarizerError('The model declined to summarise this conversation.', {
      retryable: false,
      cause: refusal,
    });
  }
  if (choice.finish_reason === 'length') {
    throw new SummarizerError('The model stopped before the summary was whole.', { retryable: true });
  }
  const answer = Answer.safeParse(parseJson(content ?? ''));
  if (!answer.success) throw unreadable(answer.error);
  if (answer.data.summary.trim() === '') throw unreadable('an empty summary');
  return answer.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (err) {
    throw unreadable(err);
  }
}

function unreadable(cause: unknown): SummarizerError {
  return new SummarizerError('The summary service gave an answer that could not be read.', { retryable: true, cause });
}

function toDraft(answer: Answer, input: SummaryInput): SummaryDraft {
  const content = contentOf(answer.summary, input.style);
  return {
    title: shorten(clean(answer.title).trim() === '' ? content : clean(answer.title), titleMaxChars),
    content,
    sentiment: answer.sentiment,
    topics: topicsOf(answer.topics),
    actionItems: answer.action_items
      .filter((item) => clean(item.text).trim() !== '')
      .slice(0, maxActionItems)
      .map(({ text, quote }) => ({
        text: shorten(clean(text), maxActionChars),
        citation: quote === null ? null : findQuote(quote, input),
      })),
    citations: citationsOf(answer.quotes, input),
    language: input.language,
  };
}

function contentOf(summary: string, style: SummaryStyle): string {
  const text = clean(summary);
  if (style !== 'BULLETS') return withinWords(text, limitWords(style));
  const lines = text.split('\n').map((line) => line.replace(/^\s*(?:[-*•–]\s*)?/, '').trim());
  const kept: string[] = [];
  let words = 0;
  for (const line of lines.filter((one) => one !== '')) {
    words += countWords(line);
    if (kept.length > 0 && words > limitWords(style)) break;
    kept.push(`- ${shortenToWords(line, limitWords(style))}`);
  }
  return kept.join('\n');
}

/** Whole sentences as long as they fit; a first one that is too long is cut at a word. */
function withinWords(text: string, maxWords: number): string {
  if (countWords(text) <= maxWords) return text;
  let end = 0;
  for (const sentence of splitSpan(text, { start: 0, end: text.length })) {
    if (countWords(text.slice(0, sentence.end)) > maxWords) break;
    end = sentence.end;
  }
  return end === 0 ? shortenToWords(text, maxWords) : text.slice(0, end);
}

function topicsOf(topics: readonly string[]): string[] {
  const tidy = topics
    .map((topic) => shorten(clean(topic).toLowerCase(), maxTopicChars))
    .filter((topic) => topic !== '');
  return [...new Set(tidy)].slice(0, maxTopics);
}

function citationsOf(quotes: readonly string[], input: SummaryInput): CitationDraft[] {
  const found: CitationDraft[] = [];
  for (const quote of new Set(quotes)) {
    const citation = findQuote(quote, input);
    if (citation !== null) found.push(citation);
    if (found.length === maxCitations) break;
  }
  return found;
}

/** Without the characters that no database takes. */
function clean(text: string): string {
  return text.replaceAll('\u0000', '').toWellFormed().trim();
}
