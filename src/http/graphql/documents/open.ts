import type { Logger } from 'pino';
import { createAutomaticDocuments } from './automatic.ts';
import { createDocuments, type Documents } from './documents.ts';
import { type ListedDocuments, readListedDocuments } from './listed.ts';

export type OpenOptions = {
  /** Files and folders with lists. */
  persistedDocuments: readonly string[];
  isListOnly: boolean;
  /** 0: clients' own documents are not kept. */
  automaticDocumentsBytes: number;
};

const nothing: ListedDocuments = { find: () => undefined, has: () => false };

/**
 * The documents that requests may name. `ownList` is of the pages that the gateway serves itself, which work whatever
 * else is listed.
 * @throws Error where a list cannot be read
 */
export async function openDocuments(options: OpenOptions, ownList: string, log: Logger): Promise<Documents> {
  const { persistedDocuments: places, isListOnly, automaticDocumentsBytes } = options;
  const listed =
    places.length === 0
      ? nothing
      : await readListedDocuments(isListOnly ? [...places, ownList] : places, (problem) =>
          log.warn(problem, 'a listed document is not valid any more'),
        );
  const isKeeping = automaticDocumentsBytes > 0 && !isListOnly;
  const automatic = isKeeping ? createAutomaticDocuments(automaticDocumentsBytes) : null;
  return createDocuments({ listed, automatic, isListOnly });
}
