import { CombinedError } from '@urql/core';
import { GraphQLError } from 'graphql';
import { expect, test } from 'vitest';
import { retryPauseMs } from '../../../src/console/client/live.ts';
import { formatBytes, formatDuration } from '../../../src/console/client/names.ts';
import { explainError, explainFailure, isAway } from '../../../src/console/client/words.ts';
import { readMessages } from '../../../src/console/inbox/read-messages.ts';
import { readSnippet } from '../../../src/console/ui/read-snippet.ts';

function refusedWith(code: string, extensions: Record<string, unknown> = {}): CombinedError {
  return new CombinedError({ graphQLErrors: [new GraphQLError('Why', { extensions: { code, ...extensions } })] });
}

test.each([
  ['UNAUTHORIZED', {}, /key is not valid/],
  ['FORBIDDEN', {}, /may not do that\. Why/],
  ['RATE_LIMIT_EXCEEDED', { retryAfterSeconds: 7 }, /Try again in 7 s/],
  ['SERVICE_UNAVAILABLE', {}, /cannot reach its database/],
  ['INTERNAL_ERROR', { requestId: 'r-1' }, /log tells more under r-1/],
  ['BAD_REQUEST', {}, /^Why$/],
])('the code %s is said in words', (code, extensions, words) => {
  expect(explainError(refusedWith(code, extensions))).toMatch(words);
});

test('a gateway that does not answer is told from one that refuses', () => {
  const away = new CombinedError({ networkError: new TypeError('Failed to fetch') });
  expect(isAway(away)).toBe(true);
  expect(explainError(away)).toMatch(/does not answer/);
  expect(isAway(refusedWith('FORBIDDEN'))).toBe(false);
  const broken = new CombinedError({ networkError: new Error('x'), response: new Response('', { status: 400 }) });
  expect(isAway(broken)).toBe(false);
});

test('a failure is told by the fields of the form', () => {
  const failure = {
    __typename: 'ValidationError',
    message: 'The input cannot be taken',
    fields: [
      { field: 'input.title', messages: ['It is too long', 'It is odd'] },
      { field: 'input.messages.0.content', messages: ['It is empty'] },
    ],
  };
  expect(explainFailure(failure)).toEqual({
    message: 'The input cannot be taken',
    fields: { title: 'It is too long. It is odd', messages: 'It is empty' },
  });
});

test('of a write whose outcome is not known it is said that it is found out', () => {
  const lost = { __typename: 'UpstreamError', message: 'It broke.', outcome: 'UNKNOWN' as const };
  expect(explainFailure(lost).message).toMatch(/^It broke\. The gateway finds out/);
  const later = { __typename: 'UpstreamError', message: 'No.', outcome: 'NOT_APPLIED' as const, retryAfterMs: 2_100 };
  expect(explainFailure(later).message).toMatch(/in 3 s/);
});

test('a snippet is text and marks, never HTML', () => {
  expect(readSnippet('a &lt;b&gt; &amp;amp; <mark>c &#39;d&#39;</mark> e')).toEqual([
    { text: 'a <b> &amp; ', isMarked: false },
    { text: "c 'd'", isMarked: true },
    { text: ' e', isMarked: false },
  ]);
});

test('a snippet is shown from shortly before what was found in it', () => {
  const before = 'Can you send the second one back? Support: I will ';
  expect(readSnippet(`${before}<mark>refund</mark> it today, and ${before}`)).toEqual([
    { text: '…the second one back? Support: I will ', isMarked: false },
    { text: 'refund', isMarked: true },
    { text: ` it today, and ${before}`, isMarked: false },
  ]);
  expect(readSnippet(before)).toEqual([{ text: before, isMarked: false }]);
  expect(readSnippet(`${'東'.repeat(60)}<mark>京</mark>`)[0]?.text).toBe(`…${'東'.repeat(40)}`);
});

test('lines that begin with who speaks become messages, anything else stays one text', () => {
  expect(readMessages('User: Hello\nthere\nAssistant: Hi')).toEqual([
    { role: 'USER', content: 'Hello\nthere' },
    { role: 'ASSISTANT', content: 'Hi' },
  ]);
  expect(readMessages('Dear all,\nUser: x')).toBeNull();
  expect(readMessages('')).toBeNull();
});

test('pauses between tries grow to fifteen seconds, and no two gateways’ clients try in step', () => {
  expect([0, 1, 2, 3].map((tries) => retryPauseMs(tries, 1))).toEqual([500, 1_000, 2_000, 4_000]);
  expect(retryPauseMs(50, 1)).toBe(15_000);
  expect(retryPauseMs(50, 0)).toBe(10_500);
});

test('sizes and durations are for people', () => {
  expect([0, 999, 1_400, 25_000_000].map(formatBytes)).toEqual(['0 B', '999 B', '1.4 KB', '25.0 MB']);
  expect([840, 12_000, 260_000, 7_500_000].map(formatDuration)).toEqual(['840 ms', '12 s', '4 min 20 s', '2 h 5 min']);
});
