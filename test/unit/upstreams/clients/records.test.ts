import { describe, expect, test } from 'vitest';
import { createDriftLog, type Shape } from '../../../../src/upstreams/clients/drift.ts';
import { readTime, withFurther } from '../../../../src/upstreams/clients/parse-fields.ts';
import { fingerprint, fingerprintOf, type MirroredConversation } from '../../../../src/upstreams/clients/records.ts';
import { cleanJson, cleanText } from '../../../../src/upstreams/clients/storable-text.ts';

const record: MirroredConversation = {
  externalId: 'conv_1',
  title: 'Title',
  content: null,
  source: 'WEB',
  status: 'COMPLETED',
  segment: null,
  sessionId: null,
  metadata: { a: 1, b: { c: [1, 2], d: null } },
  createdAt: new Date(0),
  updatedAt: new Date(0),
  startedAt: new Date(0),
  lastMessageAt: null,
  messages: [],
  summary: null,
  attachments: [
    { externalId: 'a', filename: 'f', sizeBytes: 1, mimeType: null, url: 'https://s/f?sig=1', createdAt: null },
  ],
};

describe('fingerprints', () => {
  test('do not depend on the order of keys nor on the signature of an address', () => {
    const { externalId, ...rest } = record;
    const same: MirroredConversation = {
      ...rest,
      metadata: { b: { d: null, c: [1, 2] }, a: 1 },
      attachments: record.attachments.map((each) => ({ ...each, url: 'https://s/f?sig=2' })),
      externalId,
    };
    expect(fingerprint(same)).toBe(fingerprint(record));
    expect(fingerprint(record)).toMatch(/^[\da-f]{64}$/);
  });

  test('differ where anything else does, the order of a list included', () => {
    const changes: Partial<MirroredConversation>[] = [
      { title: 'Other' },
      { metadata: { a: 1, b: { c: [2, 1], d: null } } },
      { metadata: null },
      { updatedAt: new Date(1) },
      { attachments: [] },
    ];
    const all = [record, ...changes.map((change) => ({ ...record, ...change }))].map(fingerprint);
    expect(new Set(all).size).toBe(all.length);
    expect(fingerprintOf('1')).not.toBe(fingerprintOf(1));
  });
});

describe('texts', () => {
  test('NUL and lone surrogates become U+FFFD, pairs stay', () => {
    expect(cleanText('a\0b\ud800c\udc00😀')).toBe('a\uFFFDb\uFFFDc\uFFFD😀');
  });

  test('a JSON value is cleaned in keys and depth, and no key reaches a prototype', () => {
    const hostile: unknown = JSON.parse('{"a\\u0000":["\\ud800"],"__proto__":{"polluted":1},"constructor":{"x":1}}');
    const clean = cleanJson(hostile);
    expect(clean).toEqual({ 'a\uFFFD': ['\uFFFD'], constructor: { x: 1 } });
    expect(Object.getPrototypeOf(clean)).toBe(Object.prototype);
    expect({}).not.toHaveProperty('polluted');
    const deep: unknown = JSON.parse('['.repeat(20_000) + ']'.repeat(20_000));
    expect(JSON.stringify(cleanJson(deep))).toContain('nested too deeply');
  });
});

describe('times', () => {
  test.each([
    ['2024-01-25T10:30:00Z', '2024-01-25T10:30:00.000Z'],
    ['2024-01-25T10:30:00.123456Z', '2024-01-25T10:30:00.123Z'],
    ['2024-01-25T10:30:00+02:00', '2024-01-25T08:30:00.000Z'],
    ['2024-01-25T10:30:00', '2024-01-25T10:30:00.000Z'],
    ['2024-01-25 10:30:00', '2024-01-25T10:30:00.000Z'],
    ['2024-01-25', '2024-01-25T00:00:00.000Z'],
    [1_706_178_600, '2024-01-25T10:30:00.000Z'],
    [1_706_178_600_000, '2024-01-25T10:30:00.000Z'],
    ['1706178600', '2024-01-25T10:30:00.000Z'],
    ['1706178600000', '2024-01-25T10:30:00.000Z'],
    ['Thu, 25 Jan 2024 10:30:00 GMT', '2024-01-25T10:30:00.000Z'],
    ['25 Jan 2024 12:30:00 +0200', '2024-01-25T10:30:00.000Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
    ['2016-12-31T18:59:60-05:00', '2017-01-01T00:00:00.000Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['2024-01-25T10:30:00+02', '2024-01-25T08:30:00.000Z'],
    ['2024-01-25 10:30:00 UTC', '2024-01-25T10:30:00.000Z'],
    ['2024-01-25T11:30:00+01:00[Europe/Berlin]', '2024-01-25T10:30:00.000Z'],
    ['20240125T103000Z', '2024-01-25T10:30:00.000Z'],
    ['20240125103000', '2024-01-25T10:30:00.000Z'],
    ['Thu, 25 Jan 2024 05:30:00 EST', '2024-01-25T10:30:00.000Z'],
    [1_706_178_600_000_000, '2024-01-25T10:30:00.000Z'],
    ['1706178600000000', '2024-01-25T10:30:00.000Z'],
    ['1706178600123456789', '2024-01-25T10:30:00.123Z'],
  ])('%s is %s', (given, expected) => {
    expect(readTime(given)?.toISOString()).toBe(expected);
  });

  test.each([
    'yesterday',
    '',
    '2024-13-45T00:00:00Z',
    '12024-01-01',
    7,
    Number.NaN,
    null,
    {},
    true,
    '0001-01-01T00:00:00Z',
    '2024-02-30T10:00:00Z',
    '2023-02-29',
    '2024-04-31T00:00:00+02:00',
    'Fri, 30 Feb 2024 10:30:00 GMT',
    '1706178600 soon',
    '2024-00-10T00:00:00Z',
    '20240230103000',
    '2024-01-25T10:30:00 CET',
  ])('%j is none', (given) => {
    expect(readTime(given)).toBeNull();
  });
});

test("metadata keeps its own names; a further key of the same name gets '_' before it", () => {
  expect(withFurther({ a: 1 }, { a: 2, b: 3 })).toEqual({ a: 1, _a: 2, b: 3 });
  expect(withFurther(null, {})).toBeNull();
  expect(withFurther({}, {})).toEqual({});
});

describe('drift', () => {
  const shape: Shape = {
    id: { type: 'string' },
    kind: { type: 'string', oneOf: ['a', 'b'] },
    at: { type: 'time' },
    note: { type: 'string', optional: true, nullable: true },
    items: { type: 'list', of: { name: { type: 'string' } } },
  };
  const compare = (value: unknown) => {
    const log = createDriftLog('conversation.list');
    log.compare(shape, value);
    return log.found.map(({ kind, path, expected, actual }) => `${kind} ${path} ${expected} ${actual}`);
  };
  const whole = { id: 'x', kind: 'a', at: '2024-01-25T10:30:00Z', items: [] };

  test('there is none where all is as documented', () => {
    expect(compare(whole)).toEqual([]);
    expect(compare({ ...whole, note: null })).toEqual([]);
  });

  test('unknown, missing and mistyped fields are told once each, without ids or indexes', () => {
    const items = [{ name: 'a', more: 1 }, { name: 2, more: 2 }, { conv_123: 1 }, { conv_124: 1 }, 'x'];
    expect(compare({ kind: 'z', at: 'now', items, '42': {} }).sort()).toEqual([
      'MISSING id string null',
      'MISSING items[].name string null',
      'TYPE at time string',
      'TYPE items[] object string',
      'TYPE items[].name string number',
      'TYPE kind a|b "z"',
      'UNKNOWN * null object',
      'UNKNOWN items[].* null number',
      'UNKNOWN items[].more null number',
    ]);
    expect(compare(null)).toEqual(['TYPE  object null']);
  });

  test('fifty are told at most', () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`key${'x'.repeat(index)}`, 1]));
    expect(compare({ ...whole, ...many })).toHaveLength(50);
  });
});
