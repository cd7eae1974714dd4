import { createDiskStorage } from './disk.ts';
import type { FileStorage } from './file-storage.ts';
import type { StorageLocation } from './location.ts';
import { createS3Storage, type S3Credentials } from './s3.ts';

/**
 * Opens the storage at a location, and clears what writes that a crash cut short have left, once a day old.
 * S3 credentials are required for an `s3://` location.
 */
export async function createStorage(
  location: StorageLocation,
  options: { credentials?: S3Credentials | undefined } = {},
): Promise<FileStorage> {
  if (location.kind === 'disk') return createDiskStorage({ folder: location.folder });
  if (options.credentials === undefined) {
    throw new Error('Storage on S3 needs credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY');
  }
  return createS3Storage({ ...location, credentials: options.credentials });
}
