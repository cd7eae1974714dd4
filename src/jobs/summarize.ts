import { setTimeout as pause } from 'node:timers/promises';
import type { App } from '../domain/app.ts';
import { systemCaller } from '../domain/caller.ts';
import { type ConversationRow, loadConversations } from '../domain/conversations/conversations.ts';
import { loadAllMessages, type MessageRow } from '../domain/conversations/messages.ts';
import { type CitationRow, loadSummaries } from '../domain/conversations/summaries.ts';
import { completeSummary, failSummary, type SummaryResult } from '../domain/conversations/summary-lifecycle.ts';
import { backoffMs } from '../lib/time/backoff.ts';
import { minuteMs } from '../lib/time/durations.ts';
import { type Summarizer, SummarizerError, type SummaryDraft, type SummaryInput } from '../summarizers/summarizer.ts';
import type { JobHandler } from './queue.ts';

/** How often a text that changes while it is read is read again, before the job makes room for others. */
const maxReadings = 5;
/** How often a failure that may pass is tried again, and the first pause, doubled each time. */
const maxAttempts = 5;
const firstPauseMs = 1_000;
const longestPauseMs = minuteMs;

/** Makes a summary that is PROCESSING. A failure of the summarizer fails the summary with the reason, not the job. */
export function createSummarizeHandler(app: App, summarizer: Summarizer): JobHandler<'summarize'> {
  return async ({ tenantId, conversationId, summaryId }, signal, attempt) => {
    const caller = systemCaller(app, tenantId);
    const key = { conversationId, summaryId };
    const fail = (err: unknown, reason: string) => {
      app.log.warn({ err, summaryId }, 'a summary failed');
      return failSummary(caller, key, reason);
    };
    for (let reading = 1, failures = 0; ; ) {
      signal.throwIfAborted();
      const [summary] = await loadSummaries(caller, [summaryId]);
      const [conversation] = await loadConversations(caller, [conversationId]);
      if (summary?.status !== 'PROCESSING' || conversation === undefined) return;
      const input = inputOf(conversation, await loadAllMessages(caller, [conversationId]), summary);
      const { textVersion } = conversation;
      try {
        const draft = await summarizer.summarize(input, signal);
        if (await completeSummary(caller, { ...key, textVersion }, resultOf(draft))) return;
        if (reading++ === maxReadings) throw new Error('the text changes faster than it can be summarised');
      } catch (err) {
        // The worker is stopping, or has lost the job: whoever gets it next begins anew.
        if (signal.aborted) throw err;
        if (!(err instanceof SummarizerError)) {
          // What nobody foresaw is tried again by the queue; after its last try the summary must not wait for ever.
          if (attempt?.isLast !== true) throw err;
          return fail(err, 'The summary could not be made.');
        }
        failures++;
        if (!err.retryable || failures === maxAttempts) return fail(err, err.message);
        const grownMs = backoffMs(failures, { firstMs: firstPauseMs, longestMs: longestPauseMs });
        const pauseMs = Math.min(longestPauseMs, Math.max(err.retryAfterMs ?? 0, grownMs));
        await pause(pauseMs, undefined, { signal });
      }
    }
  };
}

/** Stands for the content, where a conversation has one and messages besides. */
const contentId = 'content';

function inputOf(
  { title, content }: ConversationRow,
  messages: readonly MessageRow[],
  { language, style }: Pick<SummaryInput, 'language' | 'style'>,
): SummaryInput {
  if (content === null || messages.length === 0) return { title, content, messages, language, style };
  const first = { id: contentId, role: 'USER' as const, content };
  return { title, content: null, messages: [first, ...messages], language, style };
}

function resultOf(draft: SummaryDraft): SummaryResult {
  const cited = (citation: CitationRow): CitationRow =>
    citation.messageId === contentId ? { ...citation, messageId: null } : citation;
  const { title, content, sentiment, topics } = draft;
  return {
    title,
    content,
    sentiment,
    topics,
    actionItems: draft.actionItems.map(({ text, citation }) => ({ text, citation: citation && cited(citation) })),
    citations: draft.citations.map(cited),
  };
}
