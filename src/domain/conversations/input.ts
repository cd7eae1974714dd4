import type { ConversationSource, MessageRole } from '../../database/generated/enums.ts';
import { codePointCount, isBlank, isStorable, jsonProblem, textProblem } from '../../lib/text.ts';
import { type FieldMessages, ValidationError } from '../errors.ts';

export const limits = {
  titleMaxCharacters: 200,
  /** Content has fewer characters than this. */
  contentCharacters: 10_000,
  messageMaxCharacters: 100_000,
  messagesMax: 1_000,
  segmentMaxCharacters: 100,
  metadataMaxBytes: 65_536,
  idempotencyKeyMaxCharacters: 255,
} as const;

export type MessageInput = { role: MessageRole; content: string; createdAt?: Date | null | undefined };

export type CreateConversationInput = {
  title: string;
  content?: string | null | undefined;
  messages?: readonly MessageInput[] | null | undefined;
  source?: ConversationSource | null | undefined;
  segment?: string | null | undefined;
  metadata?: Record<string, unknown> | null | undefined;
  upstreamId?: string | null | undefined;
  idempotencyKey?: string | null | undefined;
};

export type UpdateConversationInput = {
  title?: string | null | undefined;
  segment?: string | null | undefined;
  /** Merged key by key; null removes. */
  metadata?: Record<string, unknown> | null | undefined;
};

/** Collects what is wrong with an input, by field. */
export type Problems = {
  add(field: string, message: string | null): void;
  /** @throws ValidationError where there is something wrong */
  done(): void;
};

export function collectProblems(): Problems {
  const fields: FieldMessages = {};
  return {
    add: (field, message) => {
      if (message !== null) fields[field] = [...(fields[field] ?? []), message];
    },
    done: () => {
      if (Object.keys(fields).length > 0) throw new ValidationError(fields);
    },
  };
}

function named(label: string, problem: string | null): string | null {
  return problem === null ? null : `${label} ${problem}`;
}

function checkTitle(problems: Problems, title: string): void {
  if (isBlank(title)) problems.add('title', 'Title is required');
  if (codePointCount(title) > limits.titleMaxCharacters) {
    problems.add('title', `Title must be at most ${limits.titleMaxCharacters} characters`);
  }
  problems.add('title', named('Title', textProblem(title)));
}

function checkContent(problems: Problems, content: string): void {
  if (isBlank(content)) problems.add('content', 'Content is required');
  if (codePointCount(content) >= limits.contentCharacters) {
    problems.add('content', `Content must be less than ${limits.contentCharacters} characters`);
  }
  problems.add('content', named('Content', textProblem(content)));
}

function checkMessages(problems: Problems, messages: readonly MessageInput[]): void {
  if (messages.length === 0) problems.add('messages', 'Messages must not be empty');
  if (messages.length > limits.messagesMax) {
    problems.add('messages', `Messages must be at most ${limits.messagesMax} at once`);
    return;
  }
  for (const [index, message] of messages.entries()) {
    const field = `messages.${index}.content`;
    if (message.content === '') problems.add(field, 'Message content is required');
    if (codePointCount(message.content) > limits.messageMaxCharacters) {
      problems.add(field, `Message content must be at most ${limits.messageMaxCharacters} characters`);
    }
    problems.add(field, named('Message content', textProblem(message.content)));
  }
}

function checkSegment(problems: Problems, segment: string): void {
  if (isBlank(segment)) problems.add('segment', 'Segment must not be blank');
  if (codePointCount(segment) > limits.segmentMaxCharacters) {
    problems.add('segment', `Segment must be at most ${limits.segmentMaxCharacters} characters`);
  }
  problems.add('segment', named('Segment', textProblem(segment)));
}

export function checkMetadata(problems: Problems, metadata: Record<string, unknown>): void {
  const problem = jsonProblem(metadata);
  problems.add('metadata', named('Metadata', problem));
  if (problem === null && Buffer.byteLength(JSON.stringify(metadata)) > limits.metadataMaxBytes) {
    problems.add('metadata', `Metadata must be at most ${limits.metadataMaxBytes} bytes of JSON`);
  }
}

function checkIdempotencyKey(problems: Problems, key: string): void {
  if (key === '' || codePointCount(key) > limits.idempotencyKeyMaxCharacters || !isStorable(key)) {
    problems.add(
      'idempotencyKey',
      `Idempotency key must be 1 to ${limits.idempotencyKeyMaxCharacters} characters, without NUL`,
    );
  }
}

/** @throws ValidationError */
export function validateCreate(input: CreateConversationInput): void {
  const problems = collectProblems();
  checkTitle(problems, input.title);
  if (input.content != null && input.messages != null) {
    problems.add('messages', 'Give either content or messages, not both');
  } else if (input.messages != null) checkMessages(problems, input.messages);
  else if (input.content != null) checkContent(problems, input.content);
  else problems.add('content', 'Content is required');
  if (input.segment != null) checkSegment(problems, input.segment);
  if (input.metadata != null) checkMetadata(problems, input.metadata);
  if (input.idempotencyKey != null) checkIdempotencyKey(problems, input.idempotencyKey);
  problems.done();
}

/** @throws ValidationError */
export function validateUpdate(input: UpdateConversationInput): void {
  const problems = collectProblems();
  if (input.title === null) problems.add('title', 'Title is required');
  if (input.title != null) checkTitle(problems, input.title);
  if (input.segment != null) checkSegment(problems, input.segment);
  if (input.metadata != null) checkMetadata(problems, input.metadata);
  problems.done();
}

/** @throws ValidationError */
export function validateAppend(messages: readonly MessageInput[], idempotencyKey: string | null | undefined): void {
  const problems = collectProblems();
  checkMessages(problems, messages);
  if (idempotencyKey != null) checkIdempotencyKey(problems, idempotencyKey);
  problems.done();
}

/** @throws ValidationError where the language is no BCP 47 tag */
export function canonicalLanguage(language: string): string {
  try {
    const [canonical] = Intl.getCanonicalLocales(language);
    if (canonical !== undefined) return canonical;
  } catch {
    // Not a tag: said below.
  }
  throw new ValidationError({ language: ['Language must be a BCP 47 tag, such as en or pt-BR'] });
}
