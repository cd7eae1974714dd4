import { GraphQLError } from 'graphql';
import type { GraphQLParams } from 'graphql-yoga';
import { isRecord } from '../../lib/json.ts';
import { graphqlLimits, isJsonTooDeep } from './limits.ts';

/** What a request asks for: its document as text, by its hash in `extensions.persistedQuery`, or by an id. */
export type RequestParams = GraphQLParams & { documentId?: unknown };

/** A refusal of a request's form. */
export function requestError(
  status: number,
  message: string,
  { code = 'BAD_REQUEST', headers = {} }: { code?: string; headers?: Record<string, string> } = {},
): GraphQLError {
  return new GraphQLError(message, { extensions: { code, http: { status, headers } } });
}

/** @throws GraphQLError where it is no JSON that could be an operation or a batch */
export function parseParams(text: string): RequestParams | RequestParams[] {
  const value = parseJson(text, 'The body');
  if (Array.isArray(value)) {
    if (value.length === 0) throw requestError(400, 'A batch must hold at least one operation');
    if (value.length > graphqlLimits.batch) {
      throw requestError(400, `A batch may hold ${graphqlLimits.batch} operations at most`);
    }
    return value.map(toParams);
  }
  return toParams(value);
}

function toParams(value: unknown): RequestParams {
  if (!isRecord(value)) throw requestError(400, 'The body must be a JSON object with "query"');
  const { query, operationName, variables, extensions, documentId = null } = value;
  const isByItsId = documentId !== null || (isRecord(extensions) && isRecord(extensions['persistedQuery']));
  if (typeof query !== 'string' && !(isByItsId && (query === undefined || query === null))) {
    throw requestError(400, 'Must provide "query", as a string');
  }
  if (operationName !== undefined && operationName !== null && typeof operationName !== 'string') {
    throw requestError(400, '"operationName" must be a string');
  }
  for (const [name, given] of [
    ['variables', variables],
    ['extensions', extensions],
  ] as const) {
    if (given !== undefined && given !== null && !isRecord(given)) {
      throw requestError(400, `"${name}" must be a JSON object`);
    }
  }
  return {
    ...(typeof query === 'string' && { query }),
    ...(documentId !== null && { documentId }),
    // Forms send an empty one for none.
    ...(typeof operationName === 'string' && operationName !== '' && { operationName }),
    ...(isRecord(variables) && { variables }),
    ...(isRecord(extensions) && { extensions }),
  };
}

export function parseJson(text: string, what: string): unknown {
  // Some clients begin with a byte-order mark, which is no JSON.
  const json = text.startsWith('\ufeff') ? text.slice(1) : text;
  if (isJsonTooDeep(json)) throw requestError(400, `${what} is nested deeper than ${graphqlLimits.jsonDepth} levels`);
  try {
    return JSON.parse(json);
  } catch {
    throw requestError(400, `${what} is not JSON`);
  }
}
