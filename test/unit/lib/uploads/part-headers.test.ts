import busboy from 'busboy';
import { describe, expect, test } from 'vitest';
import { boundaryOf, withPlainPartHeaders } from '../../../../src/lib/uploads/part-headers.ts';

const boundary = 'a-boundary';
const part = (name: string, filename: string, content: string) =>
  `--${boundary}\r\nContent-Disposition: form-data; name="${name}"; filename="${filename}"\r\nContent-Type: a/b\r\n\r\n${content}\r\n`;
const end = `--${boundary}--\r\n`;

async function* cut(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  const shared = Buffer.alloc(size);
  for (let start = 0; start < bytes.byteLength; start += size) {
    const length = bytes.copy(shared, 0, start, start + size);
    yield shared.subarray(0, length);
  }
}

async function clean(body: string | Buffer, size = 65_536): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of withPlainPartHeaders(cut(Buffer.from(body as string), size), boundary)) {
    chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks);
}

describe('control characters in the headers of parts', () => {
  const binary = Buffer.from('\0\x01\r\n--a-bound\r\n\r\n--a-boundarx\0').toString('latin1');
  const body =
    part('file', '../x\0\x07.png', binary) + part('other', 'plain.txt', '') + part('third', '\0', '\0') + end;
  const expected = body.replace('x\0\x07.png', 'x\u0080\u0080.png').replace('filename="\0"', 'filename="\u0080"');

  test.each([1, 2, 3, 5, 7, 16, 61, 65_536])(
    'are replaced, and contents are not, in chunks of %i bytes',
    async (size) => {
      expect((await clean(body, size)).toString()).toBe(expected);
    },
  );

  test.each([
    ['nothing', ''],
    ['no boundary at all', 'some \0 bytes'],
    ['a body that is cut off in a header', `--${boundary}\r\nContent-Dis`],
    ['a header of a megabyte', `--${boundary}\r\nX: ${'x'.repeat(1_000_000)}`],
    ['a preamble and an epilogue', `preamble \0\r\n${part('a', 'b', 'c')}${end}epilogue`],
  ])('%s passes as it is', async (_, text) => {
    expect((await clean(text, 1_000)).toString()).toBe(text);
  });

  test('a parser that takes the body for malformed reads it then', async () => {
    const names: (string | undefined)[] = [];
    const parser = busboy({
      headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
      defParamCharset: 'utf8',
    });
    parser.on('file', (_name, stream, { filename }) => {
      names.push(filename);
      stream.resume();
    });
    parser.end(await clean(body));
    await new Promise((resolve, reject) => parser.on('close', resolve).on('error', reject));
    expect(names).toEqual(['x\u0080\u0080.png', 'plain.txt', '\u0080']);
  });
});

test.each([
  ['multipart/form-data; boundary=abc', 'abc'],
  ['multipart/form-data; charset=utf-8; Boundary="a b;c"', 'a b;c'],
  ['multipart/form-data', null],
  ['multipart/form-data; boundary=', null],
])('the boundary of %s is %s', (type, found) => {
  expect(boundaryOf(type)).toBe(found);
});
