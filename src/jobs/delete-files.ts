import type { App } from '../domain/app.ts';
import type { JobHandler } from './queue.ts';

/** Removes files whose rows are gone; one that is gone already is no failure. */
export function createDeleteFilesHandler(app: App): JobHandler<'delete-files'> {
  return async ({ keys }, signal) => {
    for (const key of keys) {
      signal.throwIfAborted();
      await app.storage.remove(key);
    }
  };
}
