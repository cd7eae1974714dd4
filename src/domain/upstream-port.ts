import type { Caller } from './caller.ts';

/**
 * What the domain asks of the part that speaks to upstreams; `src/upstreams/` implements it and `gateway.ts` hands
 * it in, since the domain may not import it. Each throws UpstreamError where the upstream fails.
 */
export type UpstreamPort = {
  /**
   * Checks an account before it is kept.
   * @throws UpstreamError where it is refused or cannot be reached; ValidationError where the address may not be used
   */
  verify(account: UpstreamAccount): Promise<void>;
  createConversation(
    caller: Caller,
    upstreamId: string,
    draft: UpstreamConversationDraft,
    idempotencyKey: string | null,
  ): Promise<{ id: string }>;
  updateConversation(caller: Caller, conversationId: string, change: UpstreamConversationChange): Promise<void>;
  deleteConversation(caller: Caller, conversationId: string): Promise<void>;
  /** @returns the id of the summary that is PROCESSING */
  regenerateSummary(
    caller: Caller,
    conversationId: string,
    options: { language: string; style: 'CONCISE' | 'DETAILED' | 'BULLETS' },
  ): Promise<{ id: string }>;
  uploadAttachment(caller: Caller, conversationId: string, file: UpstreamFile): Promise<{ id: string }>;
  deleteAttachment(caller: Caller, attachmentId: string): Promise<void>;
  /** The bytes of a file that only the upstream holds. */
  openAttachment(
    caller: Caller,
    attachmentId: string,
    signal: AbortSignal,
  ): Promise<{ stream: ReadableStream<Uint8Array>; sizeBytes: number | null }>;
};

export type UpstreamAccount = {
  provider: 'AI_MY_CHATS' | 'ANIMAM';
  baseUrl: string;
  remoteTenant: string | null;
  apiKey: string;
};

export type UpstreamConversationDraft = {
  title: string;
  content: string;
  source: 'EMAIL' | 'WHATSAPP' | 'API' | 'WEB';
  metadata: Record<string, unknown> | null;
};

export type UpstreamConversationChange = {
  title?: string;
  /** Merged key by key; null removes. */
  metadata?: Record<string, unknown>;
};

export type UpstreamFile = { filename: string; stream: AsyncIterable<Uint8Array>; signal: AbortSignal };
