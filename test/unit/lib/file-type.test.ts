import { deflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import yazl from 'yazl';
import { detectFileType, headBytes, peekFileType } from '../../../src/lib/file-type.ts';

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

async function zipOf(files: Record<string, string>): Promise<Buffer> {
  const zip = new yazl.ZipFile();
  for (const [name, text] of Object.entries(files)) zip.addBuffer(Buffer.from(text), name);
  zip.end();
  const parts: Buffer[] = [];
  for await (const part of zip.outputStream) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}

const contentTypes = (main: string): string =>
  `<?xml version="1.0"?><Types><Override PartName="/x" ContentType="${main}.main+xml"/></Types>`;
const WORD = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';
const SHEET = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

describe('by its bytes', () => {
  test.each<[string, string | Uint8Array, string]>([
    ['PNG', PNG, 'image/png'],
    ['PDF', '%PDF-1.7\n%âãÏÓ\n1 0 obj', 'application/pdf'],
    ['HTML', '<!DOCTYPE html><title>x</title>', 'text/html'],
    ['HTML after blanks and a comment', '\n\t <!-- <svg> -->\n<script>alert(1)</script>', 'text/html'],
    ['HTML after a byte order mark', '\ufeff<html>', 'text/html'],
    ['HTML in UTF-16', Buffer.from('\ufeff<html><script>', 'utf16le'), 'text/html'],
    ['SVG', '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', 'image/svg+xml'],
    [
      'SVG after a declaration and a doctype',
      '<?xml version="1.0"?>\n<!DOCTYPE svg PUBLIC "a" "b">\n<svg>',
      'image/svg+xml',
    ],
    [
      'SVG after an entity declaration',
      '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "b">]><svg:svg>',
      'image/svg+xml',
    ],
    ['XML', '<?xml version="1.0"?><feed/>', 'application/xml'],
    ['JSON', ' {"a": [1, 2]}\n', 'application/json'],
    ['nearly JSON', '{not json}', 'text/plain'],
    ['CSV', 'a,b,c\n1,"x, y\nz",3\n', 'text/csv'],
    ['CSV with semicolons', 'a;b\r\n1;2\r\n', 'text/csv'],
    ['text', 'Hello, world.\nA second line.', 'text/plain'],
    ['text of another script', 'こんにちは、世界', 'text/plain'],
    ['nothing', '', 'application/octet-stream'],
    ['bytes of no kind', new Uint8Array([1, 2, 3, 0, 255]), 'application/octet-stream'],
    ['broken UTF-8', new Uint8Array([0x41, 0xff, 0x41]), 'application/octet-stream'],
  ])('%s', async (_name, content, expected) => {
    expect(await detectFileType(Buffer.from(content))).toBe(expected);
  });

  test('Office files are told from a plain ZIP', async () => {
    const word = await zipOf({ '[Content_Types].xml': contentTypes(WORD), 'word/document.xml': '<w/>' });
    const sheet = await zipOf({ '[Content_Types].xml': contentTypes(SHEET), 'xl/workbook.xml': '<w/>' });
    expect(await detectFileType(word)).toBe(WORD);
    expect(await detectFileType(sheet)).toBe(SHEET);
    expect(await detectFileType(await zipOf({ 'a.txt': 'a' }))).toBe('application/zip');
  });

  test('a head that ends within a character is still text', async () => {
    const text = 'é'.repeat(headBytes);
    expect(await detectFileType(Buffer.from(`a${text}`).subarray(0, headBytes))).toBe('text/plain');
    expect(await detectFileType(Buffer.from(`{"a": "${text}"}`))).toBe('application/json');
  });

  test('hostile heads take no time and throw nothing', async () => {
    const hostile = [
      Buffer.from(`<!--${'<!--'.repeat(4000)}`),
      Buffer.from(`<?xml ${'<?'.repeat(8000)}`),
      Buffer.from(`${' '.repeat(headBytes)}<`),
      Buffer.from('"'.repeat(headBytes)),
      Buffer.from(`${'<!---->'.repeat(2000)}x`),
      Buffer.from(`${'<!doctype [a]>'.repeat(1000)}x`),
      Buffer.from(`${'<??>'.repeat(4000)}x`),
      Buffer.concat([Buffer.from('PK\x03\x04'), deflateSync(Buffer.alloc(1_000_000))]),
      Buffer.concat([Buffer.from('ftypisom'), Buffer.alloc(100, 0xff)]),
    ];
    const startedAt = performance.now();
    for (const head of hostile) expect(await detectFileType(head)).toMatch(/^\w+\//);
    console.log(`hostile heads: ${(performance.now() - startedAt).toFixed(0)} ms`);
  });
});

describe('of a stream', () => {
  test('the stream comes back whole, read no further than its head', async () => {
    let taken = 0;
    async function* source(): AsyncGenerator<Uint8Array> {
      for (let index = 0; index < 100; index += 1) {
        taken += 1;
        yield index === 0 ? PNG : Buffer.alloc(1000, index);
      }
    }
    const { mimeType, stream } = await peekFileType(source());
    expect(mimeType).toBe('image/png');
    expect(taken).toBeLessThan(20);
    const bytes = Buffer.concat(await Array.fromAsync(stream));
    expect(bytes.byteLength).toBe(PNG.byteLength + 99_000);
    expect(bytes.subarray(0, PNG.byteLength).equals(PNG)).toBe(true);
  });

  test('ending the stream early ends the source', async () => {
    let isEnded = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield Buffer.alloc(10_000);
      } finally {
        isEnded = true;
      }
    }
    const { stream } = await peekFileType(source());
    for await (const _ of stream) break;
    expect(isEnded).toBe(true);
  });
});
