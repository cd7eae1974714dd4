import { hash as digest } from 'node:crypto';
import { GraphQLError } from 'graphql';
import type { GraphQLParams, Plugin } from 'graphql-yoga';
import { z } from 'zod';
import { type RequestParams, requestError } from '../params.ts';
import type { AutomaticDocuments } from './automatic.ts';
import type { ListedDocuments } from './listed.ts';

/** How the document that a request asks for is found, whichever way the request came in. */
export type Documents = {
  /**
   * @returns the parameters with the document's text
   * @throws GraphQLError where there is no such document, or it may not be run here
   */
  resolve(params: RequestParams): GraphQLParams;
  /** The same for each of a batch: one that cannot be resolved takes none of the others along. */
  resolveBatch(batch: readonly RequestParams[]): GraphQLParams[];
  /** Answers those of a batch that were not resolved. */
  plugin: Plugin;
};

export type DocumentsOptions = {
  listed: ListedDocuments;
  /** Null: clients' own are not kept. */
  automatic: AutomaticDocuments | null;
  /** Whether only listed documents are run. */
  isListOnly: boolean;
};

const persistedQuery = z.object({ version: z.literal(1), sha256Hash: z.string().min(1).max(256) });
const documentId = z.string().min(1).max(256);
/** Before the ids of the GraphQL-over-HTTP specification that are hashes. */
const hashPrefix = 'sha256:';

/** The words and the status are those that clients know; that it is not there now must not be kept by anybody between. */
function notThere(message: 'PersistedQueryNotFound' | 'PersistedQueryNotSupported', code: string): GraphQLError {
  return new GraphQLError(message, {
    extensions: { code, http: { status: 200, headers: { 'cache-control': 'no-store' } } },
  });
}

export function createDocuments({ listed, automatic, isListOnly }: DocumentsOptions): Documents {
  const refused = new WeakMap<GraphQLParams, GraphQLError>();

  const checkListed = (text: string) => {
    if (!isListOnly || listed.has(text)) return;
    throw requestError(403, 'This server runs the documents of its list alone, and this is none of them', {
      code: 'PERSISTED_QUERY_ONLY',
    });
  };

  const find = (id: string): string => {
    const text = listed.find(id) ?? automatic?.find(id.toLowerCase());
    if (text !== undefined) return text;
    // Where there is a list alone, the next document may be on it: a client goes on asking by hashes.
    if (automatic === null && !isListOnly)
      throw notThere('PersistedQueryNotSupported', 'PERSISTED_QUERY_NOT_SUPPORTED');
    throw notThere('PersistedQueryNotFound', 'PERSISTED_QUERY_NOT_FOUND');
  };

  const resolve = ({ documentId: byId, ...params }: RequestParams): GraphQLParams => {
    const id = readId(byId) ?? readHash(params);
    const { query: text } = params;
    if (id === null) {
      if (typeof text === 'string') checkListed(text);
      return params;
    }
    // Over a socket the text must be there: clients that have none send an empty one.
    if (typeof text !== 'string' || text === '') return { ...params, query: find(id) };
    const known = listed.find(id);
    if (known !== undefined) return { ...params, query: known };
    const hash = digest('sha256', text);
    if (hash !== id.toLowerCase()) {
      throw requestError(400, 'The hash that was sent is not the SHA-256 of "query", in hexadecimal digits');
    }
    checkListed(text);
    automatic?.keep(hash, text);
    return params;
  };

  return {
    resolve,
    resolveBatch: (batch) =>
      batch.map((params) => {
        try {
          return resolve(params);
        } catch (err) {
          if (!(err instanceof GraphQLError)) throw err;
          const unresolved: GraphQLParams = { query: '' };
          refused.set(unresolved, err);
          return unresolved;
        }
      }),
    plugin: {
      onParams: ({ params, setResult }) => {
        const error = refused.get(params);
        if (error !== undefined) setResult({ errors: [error] });
      },
    },
  };
}

function readId(given: unknown): string | null {
  if (given === undefined || given === null) return null;
  const id = documentId.safeParse(given);
  if (!id.success) throw requestError(400, '"documentId" must be a string of 256 characters at most');
  return id.data.startsWith(hashPrefix) ? id.data.slice(hashPrefix.length) : id.data;
}

function readHash({ extensions }: GraphQLParams): string | null {
  const given: unknown = extensions?.['persistedQuery'];
  if (given === undefined || given === null) return null;
  const read = persistedQuery.safeParse(given);
  if (read.success) return read.data.sha256Hash;
  throw requestError(400, '"extensions.persistedQuery" must be { "version": 1, "sha256Hash": "…" }');
}
