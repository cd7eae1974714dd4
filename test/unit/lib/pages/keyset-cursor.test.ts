import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeKeyset, encodeKeyset } from '../../../../src/lib/pages/keyset-cursor.ts';

const text = fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('\0'));

test('a cursor names the place that it was made of', () => {
  fc.assert(
    fc.property(text, text, text, (order, value, id) => {
      expect(decodeKeyset(encodeKeyset({ order, value, id }), order)).toEqual({ order, value, id });
    }),
  );
});

test('a cursor of another order, or a text that is none, is no place', () => {
  const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  for (const cursor of [
    encodeKeyset({ order: 'TITLE_ASC', value: 'a', id: 'b' }),
    base64url(['UPDATED_DESC', 'a']),
    base64url(['UPDATED_DESC', 1, 'b']),
    base64url(['UPDATED_DESC', 'a', 'b', 'c']),
    base64url(['UPDATED_DESC', 'a\0', 'b']),
    `${encodeKeyset({ order: 'UPDATED_DESC', value: 'a', id: 'b' })}=`,
    'x',
    '',
  ]) {
    expect(decodeKeyset(cursor, 'UPDATED_DESC'), cursor).toBeNull();
  }
});
