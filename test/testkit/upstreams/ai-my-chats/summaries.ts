import { toSecond } from '../answer.ts';
import {
  type AiMyChatsConversation,
  type AiMyChatsConversations,
  type AiMyChatsSummary,
  wholeSummary,
} from './store.ts';

export type SummaryOutcome = Partial<AiMyChatsSummary> | 'failed';

export type SummarizeOptions = {
  /** Summaries that were asked for complete by themselves after so long. Without it: when `finishSummary` is called. */
  readonly afterMs?: number;
  /** What they say (default: the first 200 characters). */
  readonly make?: (conversation: AiMyChatsConversation) => SummaryOutcome;
};

export type AiMyChatsSummaries = {
  /** The one under way, or a new one. The conversation's status becomes `processing`, its last summary stays. */
  start(conversationId: string): { readonly id: string; readonly created_at: string };
  /** @throws where there is no such conversation */
  finish(conversationId: string, outcome?: SummaryOutcome): AiMyChatsConversation;
  close(): void;
};

export function createSummaries(
  conversations: AiMyChatsConversations,
  { afterMs, make = firstWords }: SummarizeOptions,
  now: () => Date,
  emit: (type: string, data: unknown) => void,
): AiMyChatsSummaries {
  const underWay = new Map<
    string,
    { readonly id: string; readonly created_at: string; readonly timer: NodeJS.Timeout | undefined }
  >();
  let count = 0;

  const finish = (id: string, given?: SummaryOutcome): AiMyChatsConversation => {
    clearTimeout(underWay.get(id)?.timer);
    underWay.delete(id);
    const before = conversations.get(id);
    if (!before) throw new Error(`AI My Chats' stand-in has no conversation ${id}`);
    const outcome = given ?? make(before);
    if (outcome === 'failed') {
      const failed = conversations.edit(id, { status: 'failed' });
      emit('summary.failed', { conversation_id: id });
      return failed;
    }
    const summary = wholeSummary(before.title, outcome);
    const completed = conversations.edit(id, { status: 'completed', summary });
    emit('summary.generated', { conversation_id: id, summary });
    return completed;
  };

  return {
    start(id) {
      const known = underWay.get(id);
      if (known) return known;
      const timer =
        afterMs === undefined
          ? undefined
          : setTimeout(() => {
              if (conversations.get(id)) finish(id);
              else underWay.delete(id);
            }, afterMs);
      const started = { id: `summary_${++count}`, created_at: toSecond(now()), timer };
      underWay.set(id, started);
      if (conversations.get(id)?.status !== 'processing') conversations.edit(id, { status: 'processing' });
      return started;
    },
    finish,
    close() {
      for (const { timer } of underWay.values()) clearTimeout(timer);
      underWay.clear();
    },
  };
}

function firstWords({ title, content }: AiMyChatsConversation): SummaryOutcome {
  return { title, content: content.slice(0, 200) };
}
