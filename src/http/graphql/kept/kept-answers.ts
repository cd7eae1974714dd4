import { createHash } from 'node:crypto';
import { type DocumentNode, type ExecutionResult, getOperationAST } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Caller } from '../../../domain/app.ts';
import type { Standing } from '../../../domain/standing.ts';
import type { Context } from '../../../graphql/context.ts';
import { asksForLogged } from '../../../graphql/logged-fields.ts';
import { schema } from '../../../graphql/schema.ts';
import { involvedOf, sourcesNow } from '../../../graphql/sources.ts';
import type { Metrics } from '../../metrics.ts';
import { PlainResponse } from '../../plain-response.ts';
import { type ParamsReader, textOf } from '../body.ts';
import { costHeader } from '../use-cost.ts';
import { createAnswerCache, type KeptAnswer } from './answer-cache.ts';

/**
 * Answers that are sent again as the same bytes while nothing has changed: the statement that tells who asks also tells
 * where the tenant's log stands, and that is all that one of them costs. Valid on every server, since what changes an
 * answer writes an event in the same transaction (`logged-fields.ts`).
 */
export type KeptAnswers = {
  /** From memory; else by `run`, which is given where to note an answer that may be kept. */
  answer(
    request: Request,
    scope: { caller: Caller; standing: Standing },
    run: (note: KeepNote | undefined) => Promise<PlainResponse>,
  ): Promise<PlainResponse>;
};

/** What an operation says of its answer where that may be kept; see `useKeptAnswers`. */
export type KeepNote = { answer: (Omit<KeptAnswer, 'data' | 'contentType'> & { data: string }) | null };

/** Longer requests are not worth the memory of what they are known by. */
const maxTextLength = 65_536;

export type KeptAnswersOptions = {
  /** 0: none is kept. */
  maxBytes: number;
  readParams: ParamsReader;
  metrics: Metrics;
};

export function createKeptAnswers({ maxBytes, readParams, metrics }: KeptAnswersOptions): KeptAnswers {
  if (maxBytes === 0) return { answer: (_request, _scope, run) => run(undefined) };
  const cache = createAnswerCache(maxBytes);
  return {
    answer: async (request, scope, run) => {
      const key = await keyOf(request, scope.caller, readParams);
      if (key === null) return run(undefined);
      const kept = cache.find(key, scope.standing);
      if (kept !== null) {
        metrics.countKept('hit', cache.bytes);
        metrics.countCost(kept.cost);
        metrics.countOperation('query', kept.operationName, 'ok');
        const again = new PlainResponse(writeKept(kept, scope.standing), {
          headers: { 'content-type': kept.contentType },
        });
        return revalidated(request, again, kept, scope.standing);
      }
      const note: KeepNote = { answer: null };
      const response = await run(note);
      const contentType = response.headers.get('content-type');
      if (note.answer === null || contentType === null || typeof response.body !== 'string') return response;
      const answer: KeptAnswer = { ...note.answer, data: Buffer.from(note.answer.data), contentType };
      cache.keep(key, scope.standing, answer);
      metrics.countKept('miss', cache.bytes);
      return revalidated(request, response, answer, scope.standing);
    },
  };
}

/** By what the answer to a request is known: all that it depends on but the state of the tenant. Null: it is not kept. */
async function keyOf(request: Request, caller: Caller, readParams: ParamsReader): Promise<string | null> {
  const { headers, method } = request;
  if (headers.has(costHeader)) return null;
  // What cannot be read is told of by whoever reads it next.
  const params = await readParams(request).catch(() => null);
  const text = textOf(request);
  if (params === null || Array.isArray(params) || text === null || text.length > maxTextLength) return null;
  const { tenantId, scopes, baseUrl } = caller;
  const form = [method, headers.get('content-type'), headers.get('accept')];
  return createHash('sha256')
    .update(JSON.stringify([tenantId, [...scopes].sort(), baseUrl, form]))
    .update(text)
    .digest('base64');
}

/** The same bytes as `writeAnswer` makes, without decoding and encoding what is kept. */
function writeKept({ data, involved }: KeptAnswer, { upstreams }: Standing): Uint8Array<ArrayBuffer> {
  const sources = sourcesNow(involved, upstreams);
  const end = sources.length > 0 ? `,"extensions":${JSON.stringify({ sources })}}` : '}';
  return Buffer.concat([beforeData, data, Buffer.from(end)]);
}

const beforeData = Buffer.from('{"data":');

/** As Yoga writes a result without errors. */
function writeAnswer(data: string, extensions: ExecutionResult['extensions']): string {
  return extensions === undefined ? `{"data":${data}}` : `{"data":${data},"extensions":${JSON.stringify(extensions)}}`;
}

/**
 * What a client that has the answer already is spared. That time goes on, in the ages of `extensions.sources`, makes no
 * new answer: hence a weak tag. Others than GET are not for caches (RFC 9110).
 */
function revalidated(request: Request, response: PlainResponse, answer: KeptAnswer, standing: Standing): PlainResponse {
  if (request.method !== 'GET') return response;
  const states = involvedOf(answer.involved, standing.upstreams);
  const tag = createHash('sha256').update(answer.data).update(JSON.stringify(states)).digest('base64url').slice(0, 27);
  const fields = { etag: `W/"${tag}"`, 'cache-control': 'private, no-cache', vary: 'Accept, Authorization, X-API-Key' };
  const given = request.headers.get('if-none-match')?.split(',') ?? [];
  const isKnown = given.some((each) => each.trim() === '*' || each.trim().replace(/^W\//, '') === `"${tag}"`);
  const told = isKnown ? new PlainResponse(null, { status: 304 }) : response;
  for (const [name, value] of Object.entries(fields)) told.headers.set(name, value);
  return told;
}

/** What an operation's context holds of its note, and of its cost (see `useCost`). */
export type Keeping = { keepNote?: KeepNote | undefined; cost?: number };

/** Notes the answers of queries that ask for logged fields alone and are whole. Comes last: it writes what the others made. */
export function useKeptAnswers(): Plugin<Context & Keeping> {
  const known = new WeakMap<DocumentNode, boolean>();
  const isLogged = (document: DocumentNode) => {
    const isIt = known.get(document) ?? asksForLogged(schema, document);
    known.set(document, isIt);
    return isIt;
  };
  return {
    onExecute: ({ args }) => {
      const ctx: Context & Keeping = args.contextValue;
      const { keepNote, cost = 0 } = ctx;
      const operation = getOperationAST(args.document, args.operationName);
      if (keepNote === undefined || operation?.operation !== 'query' || !isLogged(args.document)) return;
      return {
        onExecuteDone: ({ result, setResult }) => {
          if (Symbol.asyncIterator in result || result.errors !== undefined || ctx.isFresh) return;
          const data = JSON.stringify(result.data);
          const { involvedUpstreams, involvedFilters } = ctx;
          const involved = { involvedUpstreams, involvedFilters };
          keepNote.answer = { data, involved, operationName: operation.name?.value, cost };
          setResult({ ...result, stringify: () => writeAnswer(data, result.extensions) } as typeof result);
        },
      };
    },
  };
}
