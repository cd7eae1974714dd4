import { describe, expect, test } from 'vitest';
import { toConversation, toListed } from '../../../../../src/upstreams/clients/animam/map.ts';
import { isUnreadable } from '../../../../../src/upstreams/clients/records.ts';

const published = {
  id: 'conv_abc123',
  sessionId: 'sess_xyz789',
  segment: 'pricing',
  startedAt: '2024-01-25T10:30:00Z',
  lastMessageAt: '2024-01-25T10:45:00Z',
  messages: [
    { id: 'msg_001', role: 'user', content: 'Hello, what are your prices?', timestamp: '2024-01-25T10:30:00Z' },
    { id: 'msg_002', role: 'assistant', content: 'Hello! We offer 3 plans...', timestamp: '2024-01-25T10:30:02Z' },
  ],
  metadata: { page: '/pricing' },
};

function mapped(raw: unknown) {
  const { conversation, unreadableParts } = toConversation(raw);
  if (isUnreadable(conversation)) throw new Error(conversation.reason);
  return { ...conversation, unreadableParts };
}

test("the page's conversation is mapped whole", () => {
  expect(mapped(published)).toMatchObject({
    externalId: 'conv_abc123',
    title: 'Hello, what are your prices?',
    content: null,
    source: 'WEB',
    segment: 'pricing',
    sessionId: 'sess_xyz789',
    metadata: { page: '/pricing' },
    startedAt: new Date('2024-01-25T10:30:00Z'),
    createdAt: new Date('2024-01-25T10:30:00Z'),
    lastMessageAt: new Date('2024-01-25T10:45:00Z'),
    messages: [
      { externalId: 'msg_001', role: 'USER', createdAt: new Date('2024-01-25T10:30:00Z'), metadata: null },
      { externalId: 'msg_002', role: 'ASSISTANT', content: 'Hello! We offer 3 plans...' },
    ],
    unreadableParts: [],
  });
});

describe('what the API has come to answer since', () => {
  test.each([
    ['pricing', 'pricing'],
    [{ slug: 'pricing', name: 'Pricing' }, 'pricing'],
    [{ name: 'Pricing' }, 'Pricing'],
    [null, null],
    [undefined, null],
    ['', null],
    [7, null],
  ])('the segment %j is %j', (segment, expected) => {
    expect(mapped({ ...published, segment }).segment).toBe(expected);
  });

  test('createdAt stands for startedAt, and the last message for lastMessageAt', () => {
    const { startedAt, lastMessageAt, ...rest } = published;
    const conversation = mapped({ ...rest, createdAt: startedAt });
    expect(conversation.startedAt).toEqual(new Date(startedAt));
    expect(conversation.lastMessageAt).toEqual(new Date('2024-01-25T10:30:02Z'));
    expect(conversation.updatedAt).toEqual(conversation.lastMessageAt);
    expect(lastMessageAt).toBeDefined();
  });

  test('further keys are kept under metadata, of the conversation and of the message', () => {
    const [first] = published.messages;
    const conversation = mapped({
      ...published,
      channel: 'widget',
      visitorId: 'vis_1',
      page: 'other',
      messages: [{ ...first, intent: 'question', feedback: null, toolHistory: [{ tool: 'x' }], metadata: { k: 1 } }],
    });
    expect(conversation.metadata).toEqual({ page: '/pricing', _page: 'other', channel: 'widget', visitorId: 'vis_1' });
    expect(conversation.messages[0]?.metadata).toEqual({
      k: 1,
      intent: 'question',
      feedback: null,
      toolHistory: [{ tool: 'x' }],
    });
  });

  test.each([
    ['visitor', 'USER'],
    ['human', 'USER'],
    ['bot', 'ASSISTANT'],
    ['agent', 'ASSISTANT'],
    ['AI', 'ASSISTANT'],
    ['system', 'SYSTEM'],
    ['tool', 'SYSTEM'],
    ['constructor', 'SYSTEM'],
  ])('the role %s is %s, and its own name is kept', (role, expected) => {
    const [first] = published.messages;
    const [message] = mapped({ ...published, messages: [{ ...first, role }] }).messages;
    expect(message?.role).toBe(expected);
    expect(message?.metadata).toEqual(role === 'system' ? null : { role });
  });

  test('a message count that differs from the messages changes nothing', () => {
    expect(mapped({ ...published, messageCount: 99 }).messages).toHaveLength(2);
    expect(mapped({ ...published, messageCount: 99 }).metadata).toEqual(published.metadata);
  });
});

describe('messages', () => {
  test('keep their order, whatever their times and ids; a repeated id is told', () => {
    const message = (id: string | null, second: number) => ({
      ...(id === null ? {} : { id }),
      role: 'user',
      content: `${id} ${second}`,
      timestamp: `2024-01-25T10:30:${second}Z`,
    });
    const messages = [message('b', 30), message('a', 20), message('b', 40), message(null, 10), message(null, 10)];
    const { conversation, oddities } = toConversation({ ...published, messages });
    if (isUnreadable(conversation)) throw new Error(conversation.reason);
    expect(conversation.messages.map(({ content }) => content)).toEqual(['b 30', 'a 20', 'b 40', 'null 10', 'null 10']);
    expect(oddities).toMatchObject([{ path: 'messages[].id', kind: 'TYPE' }]);
    expect(toConversation(published).oddities).toEqual([]);
  });

  test('one that cannot be read is told with its id, and the others stand', () => {
    const [first, second] = published.messages;
    const bad = [null, 'text', { ...first, id: 'bad', content: { image: 'x' } }];
    const { messages, unreadableParts } = mapped({ ...published, messages: [first, ...bad, second] });
    expect(messages.map(({ externalId }) => externalId)).toEqual(['msg_001', 'msg_002']);
    expect(unreadableParts.map(({ id }) => id)).toEqual([null, null, 'bad']);
  });

  test('one whose time cannot be read takes that of the one before, and a number is a text', () => {
    const [first] = published.messages;
    const { messages, unreadableParts } = mapped({
      ...published,
      messages: [first, { ...first, id: 7, timestamp: '2024-02-30T10:30:00Z', content: 42 }],
    });
    expect(messages[1]).toMatchObject({ externalId: '7', content: '42', createdAt: messages[0]?.createdAt });
    expect(unreadableParts).toEqual([]);
  });

  test('content in parts is read as text, and kept as it came', () => {
    const [first] = published.messages;
    const content = [{ type: 'text', text: 'one' }, { type: 'image', url: 'x' }, 'two'];
    const [message] = mapped({ ...published, messages: [{ ...first, content }] }).messages;
    expect(message).toMatchObject({ content: 'one\ntwo', metadata: { content } });
    const [empty] = mapped({ ...published, messages: [{ ...first, content: null }] }).messages;
    expect(empty?.content).toBe('');
    const [none] = mapped({ ...published, messages: [{ id: 'x', role: 'tool', toolHistory: [] }] }).messages;
    expect(none).toMatchObject({ content: '', role: 'SYSTEM', metadata: { toolHistory: [], role: 'tool' } });
  });

  test('one without a time takes that of the one before', () => {
    const messages = [published.messages[1], { id: 'x', role: 'user', content: 'later' }];
    expect(mapped({ ...published, messages }).messages[1]?.createdAt).toEqual(new Date('2024-01-25T10:30:02Z'));
  });
});

describe('titles', () => {
  test.each([
    [[], undefined, 'Conversation'],
    [[], 'A preview', 'A preview'],
    [[{ role: 'assistant', content: 'Welcome' }], undefined, 'Conversation'],
    [
      [
        { role: 'assistant', content: 'Welcome' },
        { role: 'user', content: ' Hi\nthere ' },
      ],
      undefined,
      'Hi there',
    ],
  ])('of %j with preview %j: %s', (messages, preview, expected) => {
    expect(mapped({ ...published, preview, messages }).title).toBe(expected);
  });

  test('are 80 characters at most', () => {
    const messages = [{ role: 'user', content: 'word '.repeat(100) }];
    expect(mapped({ ...published, messages }).title.length).toBeLessThanOrEqual(80);
  });
});

describe('what cannot be read', () => {
  test.each([
    ['no id', { ...published, id: undefined }, null],
    ['an empty id', { ...published, id: '' }, null],
    ['an id that is no exact number', { ...published, id: 2 ** 60 }, String(2 ** 60)],
    ['no messages', { ...published, messages: undefined }, 'conv_abc123'],
    ['messages that are no list', { ...published, messages: { 0: 'x' } }, 'conv_abc123'],
    ['null', null, null],
    ['a text', 'conversation', null],
    ['a list', [], null],
  ])('%s', (_name, raw, id) => {
    expect(toConversation(raw).conversation).toMatchObject({
      unreadable: true,
      id,
      reason: expect.stringMatching(/./),
    });
  });

  test('costs that part alone: a time, an id given as a number', () => {
    expect(mapped({ ...published, id: 7, startedAt: 'yesterday' })).toMatchObject({
      externalId: '7',
      startedAt: new Date('2024-01-25T10:30:00Z'),
    });
    const none = { createdAt: null, updatedAt: null, startedAt: null };
    expect(mapped({ id: 'conv_1', messages: [] })).toMatchObject(none);
  });

  test('a conversation without messages that says so is empty', () => {
    expect(mapped({ ...published, messages: null, messageCount: 0 }).messages).toEqual([]);
  });
});

test('a listed conversation needs its id alone, and its fingerprint changes with anything', () => {
  const listed = { id: 'conv_1', segment: 'a', messageCount: 8, startedAt: '2024-01-25T10:30:00Z', preview: 'x' };
  expect(toListed(listed)).toMatchObject({
    externalId: 'conv_1',
    messageCount: 8,
    startedAt: new Date('2024-01-25T10:30:00Z'),
    lastMessageAt: null,
  });
  expect(toListed({ id: 'conv_1', startedAt: 'yesterday' })).toMatchObject({ externalId: 'conv_1', startedAt: null });
  expect(toListed({ id: null })).toMatchObject({ unreadable: true });
  const one = toListed(listed);
  const other = toListed({ ...listed, feedback: 'good' });
  if (isUnreadable(one) || isUnreadable(other)) throw new Error('Both can be read');
  expect(one.listFingerprint).not.toBe(other.listFingerprint);
});
