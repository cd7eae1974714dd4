import { StorageFullError, StorageUnavailableError } from './errors.ts';
import type { FileStorage } from './file-storage.ts';

/** A storage, and what was the matter with it when it was last asked for something; null where it answered. */
export type WatchedStorage = { storage: FileStorage; trouble: () => string | null };

export function watchStorage(storage: FileStorage): WatchedStorage {
  let trouble: string | null = null;
  const note = async <T>(answer: Promise<T>): Promise<T> => {
    try {
      const value = await answer;
      trouble = null;
      return value;
    } catch (err) {
      if (err instanceof StorageFullError) trouble = 'The file storage is full';
      else if (err instanceof StorageUnavailableError) trouble = 'The file storage does not answer';
      throw err;
    }
  };
  return {
    storage: {
      put: (key, stream, options) => note(storage.put(key, stream, options)),
      open: (key, options) => note(storage.open(key, options)),
      remove: (key, options) => note(storage.remove(key, options)),
      list: (prefix, options) => storage.list(prefix, options),
      close: () => storage.close(),
    },
    trouble: () => trouble,
  };
}
