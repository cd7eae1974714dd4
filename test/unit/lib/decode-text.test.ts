import { expect, test } from 'vitest';
import { decodeText } from '../../../src/lib/decode-text.ts';

const latin1 = Buffer.from('Käse für 3 €'.replace('€', 'EUR'), 'latin1');

test('bytes are read in the encoding that their Content-Type names', () => {
  expect(decodeText(latin1, 'application/json; charset=ISO-8859-1')).toBe('Käse für 3 EUR');
  expect(decodeText(latin1, 'text/plain;charset="latin1"; q=1')).toBe('Käse für 3 EUR');
  expect(decodeText(Buffer.from('Käse', 'utf16le'), 'application/json; charset=utf-16le')).toBe('Käse');
});

test('they are UTF-8 where it names none, or one that nobody knows; a byte-order mark stays', () => {
  const bytes = Buffer.from('\ufeffKäse');
  for (const type of [undefined, null, 'application/json', 'text/plain; charset=klingon']) {
    expect(decodeText(bytes, type)).toBe('\ufeffKäse');
  }
});
