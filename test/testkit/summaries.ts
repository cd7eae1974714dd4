import { createExtractiveSummarizer } from '../../src/summarizers/extractive/extractive.ts';
import { stripFillers } from '../../src/summarizers/extractive/plain-speech.ts';
import { reportSentence } from '../../src/summarizers/extractive/reported.ts';

const summarizer = createExtractiveSummarizer();

/** The summary of a chat, a message a line: `U: …` the user's, `A: …` the assistant's. */
export function summarizeChat(...lines: string[]) {
  const messages = lines.map((line, at) => ({
    id: `m${at}`,
    role: line.startsWith('U: ') ? ('USER' as const) : ('ASSISTANT' as const),
    content: line.slice(3),
  }));
  const input = { title: '', language: 'en', style: 'CONCISE' as const, content: null, messages };
  return summarizer.summarize(input, new AbortController().signal);
}

/** What Ann says to Bob as it is told; null where it is not. */
export function toldOfAnn(sentence: string): string | null {
  const exchange = { speaker: { name: 'Ann', mayBecomeThey: true }, listener: { name: 'Bob', mayBecomeThey: true } };
  const reported = reportSentence(stripFillers(sentence), exchange);
  return reported === null ? null : `${reported.subject} ${reported.rest}`;
}
