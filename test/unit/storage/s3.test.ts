import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { FileNotFoundError, StorageFullError, StorageUnavailableError } from '../../../src/storage/errors.ts';
import type { FileStorage } from '../../../src/storage/file-storage.ts';
import { createS3Storage } from '../../../src/storage/s3.ts';
import { type S3Server, startS3Server } from '../../testkit/files/s3-server.ts';

const MIB = 1024 * 1024;
const never = new AbortController().signal;
let server: S3Server;
let storage: FileStorage;

const optionsOf = (s3: S3Server) => ({
  bucket: s3.bucket,
  prefix: 'tenant',
  endpoint: s3.endpoint,
  region: 'us-east-1',
  credentials: s3.credentials,
});

beforeAll(async () => {
  server = await startS3Server();
  storage = await createS3Storage(optionsOf(server));
});
beforeEach(() => server.setFault(undefined));
afterAll(async () => {
  await storage.close();
  await server[Symbol.asyncDispose]();
});

async function* bytes(sizeBytes: number): AsyncGenerator<Uint8Array> {
  for (let sent = 0; sent < sizeBytes; sent += MIB) yield new Uint8Array(Math.min(MIB, sizeBytes - sent));
}

test('wrong credentials are a fault that says so, and are not tried again', async () => {
  const wrong = await createS3Storage({
    ...optionsOf(server),
    credentials: { ...server.credentials, secretAccessKey: 'wrong' },
  });
  const before = server.requests.length;
  const error = await wrong.open('file', { signal: never }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(StorageUnavailableError);
  expect(error).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' });
  expect(server.requests.length - before).toBe(1);
  await wrong.close();
});

test('a file is kept with its content type, below the prefix', async () => {
  await storage.put('typed', bytes(1000), { signal: never, contentType: 'image/png' });
  await storage.put('typed-parts', bytes(6 * MIB), { signal: never, contentType: 'image/gif' });
  expect(server.objects.get('tenant/typed')?.contentType).toBe('image/png');
  expect(server.objects.get('tenant/typed-parts')?.contentType).toBe('image/gif');
});

test('a passing fault is tried again, with the same bytes', async () => {
  let failures = 2;
  server.setFault(({ method }) => (method === 'PUT' && failures-- > 0 ? { status: 503, code: 'SlowDown' } : undefined));
  await storage.put('retried', bytes(1000), { signal: never });
  expect((await storage.open('retried', { signal: never })).sizeBytes).toBe(1000);
});

test('a lasting fault ends the upload and takes it back', async () => {
  server.setFault(({ url }) =>
    url.searchParams.get('partNumber') === '2' ? { status: 500, code: 'InternalError' } : undefined,
  );
  await expect(storage.put('lasting', bytes(11 * MIB), { signal: never })).rejects.toMatchObject({ status: 500 });
  expect(server.openUploads()).toEqual([]);
  await expect(storage.open('lasting', { signal: never })).rejects.toThrow(FileNotFoundError);
});

test('a full storage is a StorageFullError', async () => {
  server.setFault(({ method }) => (method === 'PUT' ? { status: 507, code: 'XMinioStorageFull' } : undefined));
  await expect(storage.put('full', bytes(1000), { signal: never })).rejects.toThrow(StorageFullError);
});

test('an abort while a part is under way ends the request, and leaves nothing', async () => {
  const controller = new AbortController();
  server.setFault(({ method, url }) => {
    if (method !== 'PUT' || url.searchParams.get('partNumber') !== '2') return undefined;
    controller.abort(new Error('the client went away'));
    return 'hang';
  });
  const put = storage.put('cut', bytes(11 * MIB), { signal: controller.signal });
  await expect(put).rejects.toThrow('the client went away');
  expect(server.openUploads()).toEqual([]);
});

test('uploads that a crash left open are ended at the next start once old', async () => {
  server.setFault(({ method, url }) => {
    const isUpload = url.searchParams.has('uploadId');
    return isUpload && (method === 'DELETE' || url.searchParams.has('partNumber'))
      ? { status: 400, code: 'InvalidRequest' }
      : undefined;
  });
  await expect(storage.put('crashed', bytes(11 * MIB), { signal: never })).rejects.toThrow();
  server.setFault(undefined);
  expect(server.openUploads()).toHaveLength(1);
  await (await createS3Storage(optionsOf(server))).close();
  expect(server.openUploads()).toHaveLength(1);
  await (await createS3Storage({ ...optionsOf(server), leftoverAgeMs: -1000 })).close();
  expect(server.openUploads()).toEqual([]);
});

test('a list longer than one answer is read to its end', async () => {
  for (let index = 0; index < 1005; index += 1) {
    await storage.put(`many/${index}`, bytes(1), { signal: never });
  }
  expect(await Array.fromAsync(storage.list('many/'))).toHaveLength(1005);
});

test('a server that is gone is a StorageUnavailableError', async () => {
  const gone = await startS3Server();
  const orphan = await createS3Storage(optionsOf(gone));
  await gone[Symbol.asyncDispose]();
  await expect(orphan.open('file', { signal: never })).rejects.toMatchObject({
    name: 'StorageUnavailableError',
    status: null,
  });
  await orphan.close();
});
