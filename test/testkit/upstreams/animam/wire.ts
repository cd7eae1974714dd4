import { type Answer, json, Refusal } from '../answer.ts';
import type { AnimamConversation, AnimamMessage } from './store.ts';

/** `published`: as the page shows. `newer`: as the API has come to answer since. */
export type AnimamShape = 'published' | 'newer';

const PREVIEW_CHARACTERS = 100;

export function errorAnswer(status: number, message: string): Answer {
  return json(status, { error: message });
}

export function refuse(status: number, message: string): Refusal {
  return new Refusal(errorAnswer(status, message));
}

export function listed(conversation: AnimamConversation, shape: AnimamShape) {
  const { id, sessionId, messages, startedAt, lastMessageAt } = conversation;
  const messageCount = conversation.messageCount ?? messages.length;
  const firstWords = messages.find(({ role }) => role === 'user') ?? messages[0];
  const preview = [...(firstWords?.content ?? '')].slice(0, PREVIEW_CHARACTERS).join('');
  if (shape === 'published') {
    return { id, sessionId, segment: conversation.segment, messageCount, startedAt, lastMessageAt, preview };
  }
  return {
    id,
    sessionId,
    ...visitor(conversation),
    segment: segmentObject(conversation.segment),
    messageCount,
    createdAt: startedAt,
    preview,
  };
}

export function whole(conversation: AnimamConversation, shape: AnimamShape) {
  const { id, sessionId, segment, startedAt, lastMessageAt, messages, metadata } = conversation;
  if (shape === 'published') return { id, sessionId, segment, startedAt, lastMessageAt, messages, metadata };
  return {
    id,
    sessionId,
    ...visitor(conversation),
    segment: segmentObject(segment),
    createdAt: startedAt,
    messages: messages.map(newerMessage),
    metadata,
  };
}

function visitor({ sessionId }: AnimamConversation) {
  return { channel: 'widget', visitorId: sessionId.replace(/^(sess_)?/, 'vis_'), language: null };
}

function segmentObject(segment: string | null) {
  return segment === null ? null : { slug: segment, name: `${segment.slice(0, 1).toUpperCase()}${segment.slice(1)}` };
}

function newerMessage(message: AnimamMessage) {
  if (message.role === 'user') return { ...message, intent: 'question', feedback: null };
  return {
    ...message,
    intent: null,
    feedback: { rating: 'up', comment: null },
    toolHistory: [{ tool: 'search_knowledge', input: { query: message.content.slice(0, 20) }, durationMs: 120 }],
  };
}
