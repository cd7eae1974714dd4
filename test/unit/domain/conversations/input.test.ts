import { describe, expect, test } from 'vitest';
import {
  type CreateConversationInput,
  canonicalLanguage,
  limits,
  validateAppend,
  validateCreate,
  validateUpdate,
} from '../../../../src/domain/conversations/input.ts';
import { mergeMetadata } from '../../../../src/domain/conversations/writes.ts';
import { ValidationError } from '../../../../src/domain/errors.ts';

/** The fields that are refused. */
function refusedBy(check: () => void): string[] {
  try {
    check();
  } catch (err) {
    if (err instanceof ValidationError) return Object.keys(err.fields);
    throw err;
  }
  return [];
}

const message = { role: 'USER' as const, content: 'How much?' };
const good: CreateConversationInput = { title: 'Prices', content: 'How much?' };

describe('what a new conversation may be', () => {
  test.each<[string, Partial<CreateConversationInput>, string[]]>([
    ['a title and content', {}, []],
    ['a title that cannot be seen', { title: ' \t' }, ['title']],
    ['a title at its limit, of signs of two units', { title: '🙂'.repeat(limits.titleMaxCharacters) }, []],
    ['a title past it', { title: 'x'.repeat(limits.titleMaxCharacters + 1) }, ['title']],
    ['a title with NUL', { title: 'a\0b' }, ['title']],
    ['content below its limit', { content: 'x'.repeat(limits.contentCharacters - 1) }, []],
    ['content at it', { content: 'x'.repeat(limits.contentCharacters) }, ['content']],
    ['neither content nor messages', { content: null }, ['content']],
    ['both', { messages: [message] }, ['messages']],
    ['no messages', { content: null, messages: [] }, ['messages']],
    ['an empty message', { content: null, messages: [message, { ...message, content: '' }] }, ['messages.1.content']],
    ['too many messages', { content: null, messages: Array(limits.messagesMax + 1).fill(message) }, ['messages']],
    ['a blank segment', { segment: ' ' }, ['segment']],
    ['metadata past 64 KiB', { metadata: { a: 'x'.repeat(limits.metadataMaxBytes) } }, ['metadata']],
    ['an empty idempotency key', { idempotencyKey: '' }, ['idempotencyKey']],
    ['several at once', { title: '', segment: '\0' }, ['title', 'segment']],
  ])('%s', (_name, input, refused) => {
    expect(refusedBy(() => validateCreate({ ...good, ...input }))).toEqual(refused);
  });
});

test('an update may leave the title, and may not remove it', () => {
  expect(refusedBy(() => validateUpdate({ segment: null }))).toEqual([]);
  expect(refusedBy(() => validateUpdate({ title: null }))).toEqual(['title']);
});

test('messages are added at least one at a time, under a key that can be kept', () => {
  expect(refusedBy(() => validateAppend([message], 'a key'))).toEqual([]);
  expect(refusedBy(() => validateAppend([], 'a\0key'))).toEqual(['messages', 'idempotencyKey']);
});

test('a language is a tag, and is spelled as tags are', () => {
  expect(canonicalLanguage('PT-br')).toBe('pt-BR');
  expect(refusedBy(() => canonicalLanguage('not a tag'))).toEqual(['language']);
});

test('metadata is merged key by key; null removes one, and a key like a prototype is a key', () => {
  const change = JSON.parse('{"b": null, "__proto__": {"c": 1}}');
  const merged = mergeMetadata({ a: 1, b: 2 }, change);
  expect(JSON.stringify(merged)).toBe('{"a":1,"__proto__":{"c":1}}');
});
