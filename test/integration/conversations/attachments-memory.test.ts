import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { makeConversation, type UploadAnswer, uploadDocument } from '../../testkit/files/uploads.ts';
import { startGateway, type TestGateway } from '../../testkit/gateway.ts';

const mebibyte = 1_048_576;
/** Looking means collecting, which takes a while. */
const lookEveryBytes = 4 * mebibyte;
const chunkBytes = 65_536;
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** A chunk like no other, made when it is asked for. */
function chunkOf(index: number): Buffer {
  return Buffer.alloc(chunkBytes, `chunk ${index}, `);
}

function createMeter() {
  const bytes = () => {
    // The second one waits for the first one's freeing of buffers, which goes on in the background.
    collect();
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const before = bytes();
  let peak = before;
  return {
    look: () => {
      peak = Math.max(peak, bytes());
    },
    // What a test before it left behind may go meanwhile.
    grownBytes: () => peak - Math.min(before, bytes()),
  };
}

/** Uploads a file that is made as it is sent. */
async function uploadOf(gateway: TestGateway, conversationId: string, chunks: number, look: () => void) {
  const boundary = 'a-boundary';
  const field = (name: string, value: unknown) =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${JSON.stringify(value)}\r\n`;
  const input = { conversationId, file: null };
  async function* form() {
    yield Buffer.from(field('operations', { query: uploadDocument, variables: { input } }));
    yield Buffer.from(field('map', { file: ['variables.input.file'] }));
    yield Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="large.bin"\r\nContent-Type: a/b\r\n\r\n`,
    );
    for (let index = 0; index < chunks; index++) {
      if ((index * chunkBytes) % lookEveryBytes === 0) look();
      yield chunkOf(index);
    }
    yield Buffer.from(`\r\n--${boundary}--\r\n`);
  }
  const sending = request(new URL('/graphql', gateway.url), {
    method: 'POST',
    headers: {
      authorization: `Bearer ${gateway.apiKey}`,
      'graphql-require-preflight': '1',
      'content-type': `multipart/form-data; boundary=${boundary}`,
    },
  });
  const answered = new Promise<string>((resolve, reject) => {
    sending.on('error', reject);
    sending.on('response', async (response) => resolve(Buffer.concat(await response.toArray()).toString()));
  });
  await pipeline(Readable.from(form(), { objectMode: false }), sending);
  const body = JSON.parse(await answered) as { data: { uploadAttachment: UploadAnswer } };
  const { attachment } = body.data.uploadAttachment;
  if (attachment === undefined) throw new Error(JSON.stringify(body));
  return attachment;
}

test('a file of 25 MB is taken and given back in under 10 MB of memory', { timeout: 120_000 }, async () => {
  await using gateway = await startGateway();
  const conversationId = await makeConversation(gateway);
  // The summarizer's work is not to be counted.
  const { summary } = gateway.app.database.prisma;
  await expect
    .poll(() => summary.count({ where: { conversationId, status: 'COMPLETED' } }), { timeout: 20_000 })
    .toBe(1);
  await uploadOf(gateway, conversationId, 16, () => {});
  const chunks = (25 * mebibyte) / chunkBytes;

  const taking = createMeter();
  const file = await uploadOf(gateway, conversationId, chunks, taking.look);
  taking.look();
  const expected = createHash('sha256');
  for (let index = 0; index < chunks; index++) expected.update(chunkOf(index));
  expect(file).toMatchObject({ size: 25 * mebibyte, checksum: expected.digest('hex') });
  expect(taking.grownBytes()).toBeLessThan(10 * mebibyte);

  const giving = createMeter();
  const found = createHash('sha256');
  let readBytes = 0;
  const response = await fetch(file.url);
  for await (const part of response.body ?? []) {
    found.update(part);
    if (Math.floor(readBytes / lookEveryBytes) < Math.floor((readBytes + part.byteLength) / lookEveryBytes))
      giving.look();
    readBytes += part.byteLength;
  }
  expect(found.digest('hex')).toBe(file.checksum);
  expect(giving.grownBytes()).toBeLessThan(10 * mebibyte);
  console.info(
    `25 MB: taken in ${(taking.grownBytes() / mebibyte).toFixed(1)} MiB, given in ${(giving.grownBytes() / mebibyte).toFixed(1)} MiB`,
  );
});
