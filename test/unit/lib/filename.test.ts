import { expect, test } from 'vitest';
import { cleanFilename, contentDisposition, numberFilename } from '../../../src/lib/filename.ts';

test.each([
  ['../../x\0.png', 'x.png'],
  ['C:\\Users\\me\\report.pdf', 'report.pdf'],
  ['a/b\\c.txt', 'c.txt'],
  ['plain name.txt', 'plain name.txt'],
  ['invoice\u202efdp.exe', 'invoicefdp.exe'],
  ['a\r\nb\tc.txt', 'abc.txt'],
  ['zero\u200bwidth\ufeff.txt', 'zerowidth.txt'],
  ['CON', '_CON'],
  ['nul.txt', '_nul.txt'],
  ['console.txt', 'console.txt'],
  ['what?*<>|":.txt', 'what_______.txt'],
  ['...', 'file'],
  ['', 'file'],
  ['/', 'file'],
  ['\u0000\u202e', 'file'],
  ['.env', 'env'],
  ['trailing. . .', 'trailing'],
  ['naïve e\u0301.txt', 'naïve é.txt'],
  ['報告書 👩‍👩‍👧.pdf', '報告書 👩‍👩‍👧.pdf'],
  ['lone\ud800.txt', 'lone\ufffd.txt'],
])('%j is shown as %j', (given, expected) => {
  expect(cleanFilename(given)).toBe(expected);
});

test('a long name keeps its extension and splits no character', () => {
  const name = cleanFilename(`${'👩‍👩‍👧'.repeat(100)}.tar.gz`);
  expect(name.length).toBeLessThanOrEqual(200);
  expect(name).toMatch(/👧\.tar\.gz$/u);
  expect(Buffer.byteLength(cleanFilename(`x${'\u0301'.repeat(5000)}.pdf`))).toBe(255);
  expect(cleanFilename('a'.repeat(300))).toBe('a'.repeat(200));
});

test.each(['報', 'é', '👩‍👩‍👧', 'ก็', 'a'])(
  'a name of many %s is at most 255 bytes, also with a number, and keeps its ending',
  (text) => {
    for (const name of [
      cleanFilename(`${text.repeat(300)}.pdf`),
      numberFilename(cleanFilename(`${text.repeat(300)}.pdf`), 12),
    ]) {
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
      expect(Buffer.byteLength(name)).toBeGreaterThan(195);
      expect(name.replace(/( \(12\))?\.pdf$/, '').replaceAll(text.normalize('NFC'), '')).toBe('');
      expect(name).toMatch(/\.pdf$/);
    }
  },
);

test('cleaning twice changes nothing more', () => {
  for (const name of ['../../x\0.png', `${'é'.repeat(300)}.pdf`, 'CON.txt', `${'a '.repeat(150)}.txt`]) {
    expect(cleanFilename(cleanFilename(name))).toBe(cleanFilename(name));
  }
});

test('a number goes before the extension', () => {
  expect(numberFilename('a.b.txt', 2)).toBe('a.b (2).txt');
  expect(numberFilename('readme', 3)).toBe('readme (3)');
});

test.each([
  ['report.pdf', 'attachment; filename="report.pdf"'],
  ['naïve file.txt', `attachment; filename="naive file.txt"; filename*=UTF-8''na%C3%AFve%20file.txt`],
  ["it's (1).txt", `attachment; filename="it's (1).txt"`],
  ['報告書.pdf', `attachment; filename="_.pdf"; filename*=UTF-8''%E5%A0%B1%E5%91%8A%E6%9B%B8.pdf`],
  ['100%.txt', `attachment; filename="100_.txt"; filename*=UTF-8''100%25.txt`],
  ['x"\r\nSet-Cookie: a=b', 'attachment; filename="x_Set-Cookie_ a=b"'],
])('the header of %j', (name, expected) => {
  expect(contentDisposition(name)).toBe(expected);
  expect(() => new Headers({ 'content-disposition': contentDisposition(name) })).not.toThrow();
});

test('a file may be shown in the page', () => {
  expect(contentDisposition('a.png', 'inline')).toBe('inline; filename="a.png"');
});
