import {
  type DocumentNode,
  type ExecutionResult,
  GraphQLError,
  type GraphQLFormattedError,
  getOperationAST,
  NoSchemaIntrospectionCustomRule,
  parse,
  validate,
} from 'graphql';
import { type FetchAPI, type Plugin, YogaServer } from 'graphql-yoga';
import type { Logger } from 'pino';
import type { Caller } from '../../domain/app.ts';
import type { Standing } from '../../domain/standing.ts';
import { useCompiledExecution } from '../../graphql/compiled/execute.ts';
import { type Context, createContext, useAskedFields } from '../../graphql/context.ts';
import { toGraphqlError } from '../../graphql/errors.ts';
import { schema } from '../../graphql/schema.ts';
import { useSources } from '../../graphql/sources.ts';
import type { Metrics } from '../metrics.ts';
import { PlainResponse } from '../plain-response.ts';
import type { ParamsReader } from './body.ts';
import type { Documents } from './documents/documents.ts';
import { type Keeping, useKeptAnswers } from './kept/kept-answers.ts';
import { checkDocument, graphqlLimits } from './limits.ts';
import { useCost } from './use-cost.ts';

/** What stands around an operation, whichever way it came in. */
type OperationScope = Pick<Keeping, 'keepNote'> & {
  caller: Caller;
  requestId: string;
  /** Of a request over HTTP. */
  standing?: Standing;
};

type Yoga = YogaServer<OperationScope, Context>;

export type GraphqlEngine = Pick<Yoga, 'getEnveloped'> & {
  /** Answers a request over HTTP: Yoga's own rules of types and statuses, without a `Response` of the fetch API. */
  answer(request: Request, scope: OperationScope): Promise<PlainResponse>;
};

/** Yoga asks for more, for its hooks that run around requests: none is used here. */
type HandleScope = Parameters<Yoga['handle']>[1];

export type EngineOptions = {
  hasIntrospection: boolean;
  readParams: ParamsReader;
  documents: Documents;
  log: Logger;
  metrics: Metrics;
};

/**
 * Parsing, limits, validation, execution and the masking of errors, the same over HTTP and over WebSocket.
 * Who calls, and whether they may, is settled before.
 */
export function createGraphqlEngine(options: EngineOptions): GraphqlEngine {
  const yoga: Yoga = new YogaServer<OperationScope, Context>({
    schema,
    context: ({ caller, requestId, standing = null }) => createContext(caller, requestId, { standing }),
    graphqlEndpoint: '/graphql',
    batching: { limit: graphqlLimits.batch },
    cors: false,
    graphiql: false,
    landingPage: false,
    logging: false,
    // Done below, with the request's id at hand.
    maskedErrors: false,
    // Done by the parser of bodies, which also knows files.
    maxRequestBodySize: false,
    multipart: false,
    plugins: [
      useOwnBodies(options.readParams),
      options.documents.plugin,
      useLimits(options.hasIntrospection),
      useCompiledExecution(),
      useAskedFields(),
      useMetrics(options.metrics),
      useCost(options.metrics),
      useSources(),
      useKeptAnswers(),
      useTracing(),
      useFormattedErrors(options),
    ],
    fetchAPI: { Response: PlainResponse, ReadableStream, TextEncoder } as unknown as Partial<FetchAPI>,
  });
  return {
    getEnveloped: yoga.getEnveloped,
    answer: async (request, scope) => (await yoga.handle(request, scope as HandleScope)) as unknown as PlainResponse,
  };
}

function useOwnBodies(readParams: ParamsReader): Plugin {
  return { onRequestParse: ({ setRequestParser }) => setRequestParser(readParams) };
}

/** A document within the limits, or a GraphQLError: what is nested past the parser's stack is one too. */
function parseWithinLimits(source: Parameters<typeof parse>[0], options?: Parameters<typeof parse>[1]): DocumentNode {
  try {
    return parse(source, { ...options, maxTokens: graphqlLimits.tokens });
  } catch (err) {
    if (err instanceof GraphQLError) {
      err.extensions['code'] ??= 'GRAPHQL_PARSE_FAILED';
      throw err;
    }
    if (!(err instanceof RangeError)) throw err;
    throw new GraphQLError('Syntax Error: the document is nested too deep', {
      extensions: { code: 'GRAPHQL_PARSE_FAILED' },
    });
  }
}

function useLimits(hasIntrospection: boolean): Plugin {
  const checked = new WeakMap<DocumentNode, GraphQLError | null>();
  return {
    onParse: ({ setParseFn }) => setParseFn(parseWithinLimits),
    onValidate: ({ params, setResult, setValidationFn, addValidationRule }) => {
      const document: DocumentNode = params.documentAST;
      let error = checked.get(document);
      if (error === undefined) {
        error = checkDocument(document);
        checked.set(document, error);
      }
      if (error !== null) {
        setResult([error]);
        return;
      }
      if (!hasIntrospection) addValidationRule(NoSchemaIntrospectionCustomRule);
      setValidationFn((...[target, ast, rules]: Parameters<typeof validate>) =>
        validate(target, ast, rules, {
          maxErrors: graphqlLimits.validationErrors,
          hideSuggestions: !hasIntrospection,
        }),
      );
    },
  };
}

/** Tells of each query and mutation as a span, whichever way it came in. */
function useTracing(): Plugin<Context> {
  return {
    onExecute: ({ args, executeFn, setExecuteFn }) => {
      const operation = getOperationAST(args.document, args.operationName);
      if (operation == null) return;
      const { tracing } = args.contextValue.app;
      const name = operation.name?.value;
      const attributes = { 'graphql.operation.type': operation.operation, 'graphql.operation.name': name ?? '' };
      const title = name === undefined ? operation.operation : `${operation.operation} ${name}`;
      setExecuteFn((given) => tracing.inSpan(title, { attributes }, () => executeFn(given)));
    },
  };
}

function useMetrics(metrics: Metrics): Plugin {
  return {
    onExecute: ({ args }) => {
      const operation = getOperationAST(args.document, args.operationName);
      return {
        onExecuteDone: ({ result }) => {
          const hasErrors = 'errors' in result && (result.errors?.length ?? 0) > 0;
          metrics.countOperation(operation?.operation ?? 'query', operation?.name?.value, hasErrors ? 'error' : 'ok');
        },
      };
    },
    // Subscriptions are streams, which do not come by here (see `subscriptions.ts`).
    onSubscribe: ({ setResultAndStopExecution }) => setResultAndStopExecution({ errors: [notStreamedError()] }),
  };
}

/** A subscription in a batch, or asked for as one answer. */
function notStreamedError(): GraphQLError {
  const message =
    'A subscription takes WebSocket (graphql-transport-ws), or an answer without end: send `Accept: text/event-stream`, ' +
    'or `Accept: multipart/mixed; subscriptionSpec=1.0`, and no batch';
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status: 406 } } });
}

/** The last step over HTTP: every result's errors in the contract's words. */
function useFormattedErrors(options: EngineOptions): Plugin<Context, OperationScope> {
  return {
    onResultProcess: ({ result, setResult, serverContext }) => {
      const formatResult = createResultFormatter(serverContext.requestId, options);
      if (Array.isArray(result)) setResult(result.map((each) => formatResult(each as ExecutionResult)));
      else setResult(formatResult(result as ExecutionResult) as typeof result);
    },
  };
}

const libraryCodes = new Set(['BAD_USER_INPUT', 'OPERATION_RESOLUTION_FAILURE']);

export type FormatResult = (result: ExecutionResult) => ExecutionResult;

/** Puts the errors of a result into the contract's words; what nobody expected is logged and masked. */
export function createResultFormatter(
  requestId: string,
  options: Pick<EngineOptions, 'hasIntrospection' | 'log' | 'metrics'>,
): FormatResult {
  const formatError = (error: GraphQLError, isRefused: boolean): GraphQLError => {
    const shown = error instanceof GraphQLError ? toGraphqlError(error, requestId, options.log) : error;
    const message = options.hasIntrospection ? shown.message : shown.message.replace(/ ?Did you mean .*\?$/, '');
    const { http, ...others } = shown.extensions;
    const extensions: Record<string, unknown> = { code: 'BAD_REQUEST', ...others };
    // Words of the libraries below for what the contract calls a bad request.
    if (libraryCodes.has(String(extensions['code']))) extensions['code'] = 'BAD_REQUEST';
    options.metrics.countError(String(extensions['code']));
    // What has data is answered 200, whatever failed in it.
    if (isRefused) extensions['http'] = http ?? { spec: true, status: 400 };
    return new GraphQLError(message, {
      extensions,
      ...(shown.nodes && { nodes: shown.nodes }),
      ...(!shown.nodes && shown.source && { source: shown.source }),
      ...(!shown.nodes && shown.positions && { positions: shown.positions }),
      ...(shown.path && { path: shown.path }),
    });
  };
  return (result) => {
    if (result.errors === undefined || result.errors.length === 0) return result;
    const isRefused = result.data === undefined || result.data === null;
    return { ...result, errors: result.errors.map((error) => formatError(error, isRefused)) };
  };
}

/** Errors as they go over the wire: `http` speaks of the answer's status alone. */
export function toWireErrors(errors: readonly GraphQLError[]): GraphQLFormattedError[] {
  return errors.map((error) => {
    const json = error.toJSON();
    if (json.extensions !== undefined) {
      const { http: _, ...extensions } = json.extensions;
      return { ...json, extensions };
    }
    return json;
  });
}
