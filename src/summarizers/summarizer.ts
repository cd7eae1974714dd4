/** How long and in what shape a summary is: at most 60 words, at most about 150, or lines that start with `- `. */
export type SummaryStyle = 'CONCISE' | 'DETAILED' | 'BULLETS';

export type Sentiment = 'POSITIVE' | 'NEUTRAL' | 'NEGATIVE';

export type SummaryMessage = { id: string; role: 'USER' | 'ASSISTANT' | 'SYSTEM'; content: string };

/** What is summarised: the messages where there are any, else the content. `language` is BCP 47, as asked for. */
export type SummaryInput = {
  title: string;
  content: string | null;
  messages: readonly SummaryMessage[];
  language: string;
  style: SummaryStyle;
};

/**
 * Where a statement stands. Offsets are in UTF-16 code units, in the message of `messageId` or, where that is null, in
 * the conversation's content; `text.slice(startOffset, endOffset) === quote` always.
 */
export type CitationDraft = { quote: string; messageId: string | null; startOffset: number; endOffset: number };

export type ActionItemDraft = { text: string; citation: CitationDraft | null };

/** A finished summary. `title` has at most 80 UTF-16 code units, `topics` at most 5 entries, `language` is that of `content`. */
export type SummaryDraft = {
  title: string;
  content: string;
  sentiment: Sentiment;
  topics: string[];
  actionItems: ActionItemDraft[];
  citations: CitationDraft[];
  language: string;
};

/** Makes summaries. @throws SummarizerError, and nothing else; also when `signal` aborts. */
export type Summarizer = {
  /** What the summary says it was made by: `extractive`, or a model's name. */
  generator: string;
  summarize(input: SummaryInput, signal: AbortSignal): Promise<SummaryDraft>;
};

/** Why no summary was made. The message is fit for a user; `retryable` says whether another try may succeed. */
export class SummarizerError extends Error {
  readonly retryable: boolean;
  /** How long the other side asked to be left alone; null where it did not say. */
  readonly retryAfterMs: number | null;

  constructor(message: string, options: { retryable: boolean; retryAfterMs?: number | null; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'SummarizerError';
    this.retryable = options.retryable;
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}

/** @throws SummarizerError when the signal has aborted. */
export function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw cancelled(signal);
}

export function cancelled(signal: AbortSignal): SummarizerError {
  return new SummarizerError('The summary was cancelled before it was done.', {
    retryable: true,
    cause: signal.reason,
  });
}
