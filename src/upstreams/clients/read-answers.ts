import { isRecord } from '../../lib/json.ts';
import type { UpstreamAnswer } from '../http/answer.ts';
import { unreadable } from '../http/failure.ts';
import type { UpstreamHttp } from '../http/http.ts';
import { createDriftLog, type Drift, type DriftResource, type Shape, withoutIds } from './drift.ts';
import { isUnreadable, type MirroredAttachment, type MirroredConversation, type Unreadable } from './records.ts';
import { cleanJson } from './storable-text.ts';

export type MappedConversation = {
  conversation: MirroredConversation | Unreadable;
  /** Its messages or attachments that could not be read; the rest of it stands. */
  unreadableParts: Unreadable[];
  /** What differs from the API's pages beside what their shapes tell. */
  oddities?: Omit<Drift, 'resource'>[];
};

export type ConversationAnswer = Omit<MappedConversation, 'oddities'> & { drift: Drift[] };

export type AttachmentsAnswer = { items: (MirroredAttachment | Unreadable)[]; drift: Drift[] };

/** What would lose digits as a number is mirrored as a text. */
const longNumber = { expected: 'number within ±2^53', actual: 'a longer one, kept as text' };

/** Reads an answer's JSON: storable texts, and how it differs from what is documented. */
export function readAnswer(answer: UpstreamAnswer, resource: DriftResource, shape: Shape) {
  const json = cleanJson(answer.json);
  const log = createDriftLog(resource);
  log.compare(shape, json);
  for (const keys of answer.longNumbers) {
    log.note({ path: keys.split('.').map(withoutIds).join('.'), kind: 'TYPE', ...longNumber });
  }
  return { json, drift: log.found };
}

/** A conversation's answer; one wrapped as `{"data":{…}}` is unwrapped. */
export function readConversationAnswer(
  answer: UpstreamAnswer,
  resource: DriftResource,
  shape: Shape,
  map: (raw: unknown) => MappedConversation,
): ConversationAnswer {
  const { json } = answer;
  const { id, data } = isRecord(json) ? json : {};
  const isWrapped = id === undefined && isRecord(data);
  const longNumbers = answer.longNumbers.map((path) => (isWrapped ? path.replace(/^data\./, '') : path));
  const { json: raw, drift } = readAnswer({ ...answer, longNumbers, json: isWrapped ? data : json }, resource, shape);
  const { oddities = [], ...mapped } = map(raw);
  return { ...mapped, drift: [...drift, ...oddities.map((oddity) => ({ resource, ...oddity }))] };
}

/** What was asked for by an id must be what came: another one's texts must not be kept under it. */
export function assertAsked(answer: ConversationAnswer, id: string): ConversationAnswer {
  const { conversation } = answer;
  if (isUnreadable(conversation)) {
    return { ...answer, conversation: { ...conversation, id: conversation.id ?? id } };
  }
  if (conversation.externalId === id) return answer;
  const reason = 'id: Another conversation came than the one that was asked for';
  return { ...answer, conversation: { unreadable: true, id, reason } };
}

/** @throws UpstreamFailure UNREADABLE where a whole answer is not what it should be */
export function orUnreadable<T>(http: UpstreamHttp, answer: UpstreamAnswer, isWrite: boolean, value: T | null): T {
  if (value !== null) return value;
  throw unreadable({ ...http.context, isWrite }, answer.status, 'it is not what the API documents');
}
