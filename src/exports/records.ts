/** A conversation as the export writers take it; values of `provider`, `source`, `status`, … as in the graph. */
export type ExportedConversation = {
  id: string;
  provider: string;
  externalId: string | null;
  title: string;
  /** The whole text where there are no messages; null or a transcript where there are. */
  content: string | null;
  source: 'EMAIL' | 'WHATSAPP' | 'API' | 'WEB' | null;
  status: 'PROCESSING' | 'COMPLETED' | 'FAILED';
  segment: string | null;
  sessionId: string | null;
  metadata: Record<string, unknown> | null;
  createdAt: Date;
  updatedAt: Date;
  startedAt: Date;
  lastMessageAt: Date | null;
  messageCount: number;
  /** By position, ascending. */
  messages: ExportedMessage[];
  /** The newest completed one. */
  summary: ExportedSummary | null;
  attachments: ExportedAttachment[];
};

export type ExportedMessage = {
  id: string;
  role: 'USER' | 'ASSISTANT' | 'SYSTEM';
  content: string;
  /** 0 for the first. */
  position: number;
  createdAt: Date;
};

export type ExportedSummary = {
  title: string | null;
  content: string | null;
  sentiment: 'POSITIVE' | 'NEUTRAL' | 'NEGATIVE' | null;
  topics: string[];
  actionItems: string[];
  /** BCP 47. */
  language: string;
  generator: string;
  completedAt: Date | null;
};

type ExportedAttachment = { id: string; filename: string; sizeBytes: number; mimeType: string };

/** What an export is of, told in its first lines or on its title page. */
export type ExportMeta = {
  tenantName: string;
  createdAt: Date;
  /** Conditions in words, `{ Started: '2026-01-01 to 2026-01-31' }`; empty for all conversations. */
  filter: Record<string, unknown>;
  figures: {
    conversations: number;
    messages: number;
    /** Of the first and the last conversation's start; null where there is none. */
    from: Date | null;
    to: Date | null;
    bySentiment?: Partial<Record<'POSITIVE' | 'NEUTRAL' | 'NEGATIVE', number>>;
    byProvider?: Readonly<Record<string, number>>;
  };
};

/**
 * Writes conversations as one document, in the order they come. Memory does not grow with their number; the event
 * loop is let go regularly. The source's error is the document's, and a reader that stops ends the source.
 */
export type ExportWriter = (
  conversations: AsyncIterable<ExportedConversation>,
  meta: ExportMeta,
) => AsyncIterable<Uint8Array>;
