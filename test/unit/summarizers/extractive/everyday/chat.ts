import type { Sentiment, SummaryMessage } from '../../../../../src/summarizers/summarizer.ts';

/**
 * A made-up everyday conversation and what its summary must hold. Lines that start with `U:` and `A:` are messages of the
 * user and the assistant; any other text is taken as the conversation's content.
 */
export type Chat = {
  name: string;
  text: string;
  /** The conversation's own title. */
  given?: string;
  /** Patterns that the concise summary must have. */
  facts: RegExp[];
  /** Patterns that no part of the summary may have. */
  never?: RegExp[];
  title?: RegExp;
  sentiment?: Sentiment;
  /** Action items, whole. */
  actions?: string[];
  /** Patterns of topics, each of which one topic must have. */
  topics?: RegExp[];
  language?: string;
};

/** The messages of a chat that is written as such; none where it is content. */
export function messagesOf(chat: Chat): SummaryMessage[] {
  if (!/^[UA]: /.test(chat.text)) return [];
  return chat.text.split(/\n(?=[UA]: )/).map((line, at) => ({
    id: `msg_${at}`,
    role: line.startsWith('U') ? 'USER' : 'ASSISTANT',
    content: line.slice(3),
  }));
}
