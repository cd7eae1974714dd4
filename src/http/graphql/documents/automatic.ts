import { parse, validate } from 'graphql';
import { schema } from '../../../graphql/schema.ts';
import { checkDocument, graphqlLimits } from '../limits.ts';

/** Documents that clients brought themselves, by their SHA-256. */
export type AutomaticDocuments = {
  find(hash: string): string | undefined;
  /** Keeps a document that could run, for as long as there is room for it. */
  keep(hash: string, text: string): void;
};

/** What an entry takes beside its text. */
const entryBytes = 200;

/**
 * Kept in this process alone: another one, or this one started anew, asks for the text once more. What was not asked for
 * the longest makes room. What is no valid document, or larger than `graphqlLimits.keptDocumentBytes`, is not kept, so
 * that what can be run is all that takes room.
 */
export function createAutomaticDocuments(maxBytes: number): AutomaticDocuments {
  const texts = new Map<string, string>();
  let size = 0;
  const sizeOf = (text: string) => Buffer.byteLength(text) + entryBytes;
  return {
    find: (hash) => {
      const text = texts.get(hash);
      if (text === undefined) return undefined;
      texts.delete(hash);
      texts.set(hash, text);
      return text;
    },
    keep: (hash, text) => {
      if (texts.has(hash) || sizeOf(text) > Math.min(maxBytes, graphqlLimits.keptDocumentBytes)) return;
      if (!canRun(text)) return;
      texts.set(hash, text);
      size += sizeOf(text);
      for (const [oldest, old] of texts) {
        if (size <= maxBytes) break;
        texts.delete(oldest);
        size -= sizeOf(old);
      }
    },
  };
}

function canRun(text: string): boolean {
  try {
    const document = parse(text, { maxTokens: graphqlLimits.tokens });
    return checkDocument(document) === null && validate(schema, document, undefined, { maxErrors: 1 }).length === 0;
  } catch {
    return false;
  }
}
