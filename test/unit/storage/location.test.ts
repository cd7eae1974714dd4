import { expect, test } from 'vitest';
import { parseStorageLocation } from '../../../src/storage/location.ts';

test('a path is a folder', () => {
  for (const folder of ['./data/files', '/var/lib/files', 'C:\\files']) {
    expect(parseStorageLocation(folder)).toEqual({ kind: 'disk', folder });
  }
});

test('an s3 address names bucket, prefix, endpoint and region', () => {
  expect(parseStorageLocation('s3://my-bucket/a/b/?endpoint=http://127.0.0.1:9000&region=eu-west-1')).toEqual({
    kind: 's3',
    bucket: 'my-bucket',
    prefix: 'a/b',
    endpoint: 'http://127.0.0.1:9000',
    region: 'eu-west-1',
  });
  expect(parseStorageLocation('s3://my-bucket')).toEqual({
    kind: 's3',
    bucket: 'my-bucket',
    prefix: '',
    endpoint: null,
    region: 'us-east-1',
  });
});

test.each([
  ['', 'not empty'],
  ['gs://bucket', 'must be a folder or s3://'],
  ['s3://', 'must be a folder or s3://|not the name of a bucket'],
  ['s3://B', 'not the name of a bucket'],
  ['s3://key:secret@bucket', 'must not hold credentials'],
  ['s3://bucket/a/../../b c', 'the prefix may hold'],
  ['s3://bucket?reigon=x', '"reigon" is not known'],
  ['s3://bucket?endpoint=ftp://x', 'the endpoint must be'],
  ['s3://bucket?endpoint=localhost:9000', 'the endpoint must be'],
])('%j is refused with what is wrong', (text, message) => {
  expect(() => parseStorageLocation(text)).toThrow(new RegExp(message));
});
