import { describe, expect, test } from 'vitest';
import { toConversation, toListed } from '../../../../../src/upstreams/clients/ai-my-chats/map.ts';
import { isUnreadable } from '../../../../../src/upstreams/clients/records.ts';

const published = {
  id: 'conv_123',
  title: 'Customer inquiry about pricing',
  content: 'Full conversation content...',
  source: 'email',
  status: 'completed',
  created_at: '2024-01-01T00:00:00Z',
  updated_at: '2024-01-01T00:05:00Z',
  summary: {
    title: 'Pricing inquiry',
    content: 'Customer asked about professional plan pricing...',
    sentiment: 'neutral',
    topics: ['pricing', 'features'],
    action_items: ['Send pricing sheet', 'Schedule demo'],
  },
  attachments: [
    { id: 'att_123', filename: 'requirements.pdf', size: 102400, url: 'https://storage.aimychats.com/att_123' },
  ],
};

function mapped(raw: unknown) {
  const { conversation, unreadableParts } = toConversation(raw);
  if (isUnreadable(conversation)) throw new Error(conversation.reason);
  return { ...conversation, unreadableParts };
}

test("the page's conversation is mapped whole", () => {
  expect(mapped(published)).toEqual({
    externalId: 'conv_123',
    title: 'Customer inquiry about pricing',
    content: 'Full conversation content...',
    source: 'EMAIL',
    status: 'COMPLETED',
    segment: null,
    sessionId: null,
    metadata: null,
    createdAt: new Date('2024-01-01T00:00:00Z'),
    updatedAt: new Date('2024-01-01T00:05:00Z'),
    startedAt: new Date('2024-01-01T00:00:00Z'),
    lastMessageAt: null,
    messages: [],
    summary: {
      title: 'Pricing inquiry',
      content: 'Customer asked about professional plan pricing...',
      sentiment: 'NEUTRAL',
      topics: ['pricing', 'features'],
      actionItems: ['Send pricing sheet', 'Schedule demo'],
    },
    attachments: [
      {
        externalId: 'att_123',
        filename: 'requirements.pdf',
        sizeBytes: 102400,
        mimeType: null,
        url: 'https://storage.aimychats.com/att_123',
        createdAt: null,
      },
    ],
    unreadableParts: [],
  });
});

test("the page's answer to creating, without updated_at and summary, is read", () => {
  const { updated_at, attachments, ...created } = published;
  const conversation = mapped({ ...created, status: 'processing', summary: null });
  expect(conversation).toMatchObject({ status: 'PROCESSING', summary: null, attachments: [] });
  expect(conversation.updatedAt).toEqual(conversation.createdAt);
  expect([updated_at, attachments]).toBeDefined();
});

test.each([
  ['email', 'EMAIL', null],
  ['WhatsApp', 'WHATSAPP', null],
  ['api', 'API', null],
  ['web', 'WEB', null],
  ['slack', null, { source: 'slack' }],
  [null, null, null],
  [7, null, null],
])('the source %j is %j, and one that is not known is kept: %j', (source, expected, metadata) => {
  expect(mapped({ ...published, source })).toMatchObject({ source: expected, metadata });
});

test.each([
  ['processing', 'PROCESSING'],
  ['queued', 'PROCESSING'],
  ['completed', 'COMPLETED'],
  ['archived', 'COMPLETED'],
  ['failed', 'FAILED'],
  [undefined, 'COMPLETED'],
  ['constructor', 'COMPLETED'],
])('the status %j is %s', (status, expected) => {
  expect(mapped({ ...published, status }).status).toBe(expected);
});

test('further keys are kept under metadata, an empty one stays empty', () => {
  expect(mapped({ ...published, metadata: {} }).metadata).toEqual({});
  expect(mapped({ ...published, metadata: { a: 1 }, language: 'en', a: 2 }).metadata).toEqual({
    a: 1,
    _a: 2,
    language: 'en',
  });
  expect(mapped({ ...published, metadata: ['x'] }).metadata).toEqual({ value: ['x'] });
});

test('a title that is missing is made of the summary, else of the content', () => {
  expect(mapped({ ...published, title: null }).title).toBe('Pricing inquiry');
  expect(mapped({ ...published, title: ' ', summary: null }).title).toBe('Full conversation content...');
  expect(mapped({ id: 'conv_1', created_at: published.created_at }).title).toBe('Conversation');
});

describe('summaries', () => {
  test.each([
    ['none', null, null],
    ['a list', [], null],
    ['a number', 7, null],
    ['a text', 'In short', { title: null, content: 'In short', sentiment: null, topics: [], actionItems: [] }],
    [
      'one with wrong types',
      { title: 7, sentiment: 'mixed', topics: ['a', 1, null], action_items: ['x', { text: 'y' }, 3] },
      { title: null, content: null, sentiment: null, topics: ['a'], actionItems: ['x', 'y'] },
    ],
  ])('%s', (_name, summary, expected) => {
    expect(mapped({ ...published, summary }).summary).toEqual(expected);
  });
});

test('an attachment that cannot be read is told with its id, and the others stand', () => {
  const [good] = published.attachments;
  const bad = [null, { id: 'att_1', filename: 'x' }, { ...good, id: [7] }];
  const { attachments, unreadableParts } = mapped({ ...published, attachments: [...bad, good] });
  expect(attachments.map(({ externalId }) => externalId)).toEqual(['att_123']);
  expect(unreadableParts.map(({ id }) => id)).toEqual([null, 'att_1', null]);
});

describe('what cannot be read', () => {
  test.each([
    ['no id', { ...published, id: undefined }, null],
    ['an id that is no exact number', { ...published, id: 2 ** 60 }, String(2 ** 60)],
    ['null', null, null],
    ['a text', 'conversation', null],
  ])('%s', (_name, raw, id) => {
    expect(toConversation(raw).conversation).toMatchObject({
      unreadable: true,
      id,
      reason: expect.stringMatching(/./),
    });
  });

  test.each([
    ['an id given as a number', { id: 7 }, { externalId: '7' }],
    ['a time of creation', { created_at: 'yesterday' }, { createdAt: new Date('2024-01-01T00:05:00Z') }],
    ['a time of change', { updated_at: ['x'] }, { updatedAt: new Date('2024-01-01T00:00:00Z') }],
    ['both times', { created_at: null, updated_at: '2024-02-30T00:00:00Z' }, { createdAt: null, updatedAt: null }],
    ['a title given as a number', { title: 7 }, { title: '7' }],
    [
      'a size given as a text',
      { attachments: [{ id: 'a', url: 'x', size: '102400' }] },
      { attachments: [{ sizeBytes: 102_400 }] },
    ],
  ])('costs that part alone: %s', (_name, spoilt, expected) => {
    expect(mapped({ ...published, ...spoilt })).toMatchObject(expected);
  });

  test('a content that is no text is kept as it came, and told', () => {
    const { metadata, content, unreadableParts } = mapped({ ...published, content: ['x'], attachments: { 0: 'x' } });
    expect([content, metadata?.['content']]).toEqual([null, ['x']]);
    expect(unreadableParts.map(({ reason }) => reason)).toEqual([
      'content: It is not a text',
      'attachments: They are not a list',
    ]);
  });
});

test('a listed conversation needs its id alone', () => {
  const { content, attachments, ...listed } = published;
  expect(toListed(listed)).toMatchObject({
    externalId: 'conv_123',
    updatedAt: new Date('2024-01-01T00:05:00Z'),
    status: 'COMPLETED',
    listFingerprint: expect.stringMatching(/^[\da-f]{64}$/),
  });
  expect(toListed({ id: 'x' })).toMatchObject({ externalId: 'x', updatedAt: null });
  expect(toListed(7)).toMatchObject({ unreadable: true, id: null });
  expect([content, attachments]).toBeDefined();
});
