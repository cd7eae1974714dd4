import { expect, test } from 'vitest';
import { signPath, verifyPath } from '../../../../src/lib/secrets/signed-url.ts';

const key = 'a secret of the tests';
const expiresAt = new Date('2026-01-01T01:00:00Z');
const now = new Date('2026-01-01T00:00:00Z');
const claims = { tenant: 'ten_1', purpose: 'attachment', name: 'a&b=c é+/ 1' };
const signed = signPath({ key, path: '/files/att_1', expiresAt, claims });

test('what was signed is read back, from the path or the whole address', () => {
  const expected = { ok: true, claims, expiresAt };
  expect(verifyPath({ key, address: signed, now })).toEqual(expected);
  expect(verifyPath({ key, address: `https://example.com:8443${signed}`, now })).toEqual(expected);
});

test('it holds to the second before its end, and no longer', () => {
  const end = expiresAt.getTime();
  expect(verifyPath({ key, address: signed, now: new Date(end - 1) }).ok).toBe(true);
  expect(verifyPath({ key, address: signed, now: new Date(end) })).toEqual({ ok: false, reason: 'expired' });
});

test('every character of it counts', () => {
  for (let index = 1; index < signed.length; index += 1) {
    const other = signed[index] === 'x' ? 'y' : 'x';
    const address = signed.slice(0, index) + other + signed.slice(index + 1);
    expect(verifyPath({ key, address, now }), address).toEqual({ ok: false, reason: 'altered' });
  }
});

test.each([
  ['no signature', '/files/att_1?expires=1767229200'],
  ['an empty signature', '/files/att_1?expires=1767229200&signature='],
  ['a parameter more', `${signed}&admin=1`],
  ['a parameter twice', `${signed}&tenant=ten_2`],
  ['two signatures', `${signed}&signature=x`],
  ['another path', signed.replace('att_1', 'att_2')],
  ['a longer life', signed.replace(/expires=\d+/, 'expires=9999999999')],
  ['not an address', 'http://['],
])('%s is altered', (_name, address) => {
  expect(verifyPath({ key, address, now })).toEqual({ ok: false, reason: 'altered' });
});

test('altered wins over expired: an old address tells nothing about its signature', () => {
  const late = new Date('2030-01-01T00:00:00Z');
  expect(verifyPath({ key, address: `${signed}x`, now: late })).toEqual({ ok: false, reason: 'altered' });
});

test('another key gives another signature', () => {
  expect(verifyPath({ key: 'another', address: signed, now })).toEqual({ ok: false, reason: 'altered' });
});

test('what cannot be signed unambiguously is refused', () => {
  expect(() => signPath({ key, path: 'files', expiresAt })).toThrow(TypeError);
  expect(() => signPath({ key, path: '/files?a=b', expiresAt })).toThrow(TypeError);
  expect(() => signPath({ key, path: '/files', expiresAt, claims: { expires: '1' } })).toThrow(TypeError);
});
