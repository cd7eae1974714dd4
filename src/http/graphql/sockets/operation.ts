import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLError,
  getOperationAST,
  type OperationDefinitionNode,
} from 'graphql';
import type { SubscribePayload } from 'graphql-ws';
import type { App, Caller } from '../../../domain/app.ts';
import { UnauthorizedError } from '../../../domain/errors.ts';
import { graphqlError } from '../../../graphql/errors.ts';
import type { Opening } from '../../../graphql/events/hub.ts';
import type { Documents } from '../documents/documents.ts';
import type { GraphqlEngine } from '../engine.ts';
import { graphqlLimits } from '../limits.ts';
import type { RequestParams } from '../params.ts';
import type { Subscriptions } from '../subscriptions.ts';

type OperationOptions = { app: App; engine: GraphqlEngine; documents: Documents; subscriptions: Subscriptions };
type Run = (args: ExecutionArgs) => unknown;
/** What is to be run. */
export type Ready = {
  args: ExecutionArgs;
  execute: Run;
  /** What a subscription is to listen to; null where it is none. */
  opening: Opening | null;
};
/**
 * Counts, parses and validates an operation of a socket; a subscription is opened.
 * `running`: operations of the socket, this one included.
 * @returns what is to be run, or the errors that its sender gets
 */
export async function prepareOperation(
  { app, engine, documents, subscriptions }: OperationOptions,
  { caller, running }: { caller: Caller | null; running: number },
  payload: SubscribePayload,
  requestId: string,
): Promise<Ready | ExecutionResult> {
  if (caller === null) throw new UnauthorizedError();
  if (running > graphqlLimits.operationsPerSocket) {
    throw graphqlError('BAD_REQUEST', `A socket may run ${graphqlLimits.operationsPerSocket} operations at once`);
  }
  await app.limiter.consume(caller);
  app.usage.record(caller.tenantId, '/graphql');
  // Without a request, which is what tells the engine that this is no HTTP.
  const own = engine.getEnveloped({ caller, requestId } as Parameters<typeof engine.getEnveloped>[0]);
  const params = documents.resolve(toParams(payload));
  const document: DocumentNode = own.parse(params.query ?? '');
  const errors: readonly GraphQLError[] = own.validate(own.schema, document);
  if (errors.length > 0) return { errors };
  const { operationName } = params;
  const operation = operationOf(document, operationName);
  const args: ExecutionArgs = { schema: own.schema, document, operationName };
  if (operation.operation === 'subscription') {
    const request = { caller, requestId, params, document, operation, lastEventId: null };
    const opening = await subscriptions.open(request);
    if (!('listen' in opening)) return opening;
    forget(payload);
    return { args: { ...args, contextValue: null }, execute: own.execute, opening };
  }
  const contextValue = await own.contextFactory();
  return { args: { ...args, variableValues: params.variables, contextValue }, execute: own.execute, opening: null };
}

/** @throws GraphQLError: the protocol's own server would say so without a code */
function operationOf(document: DocumentNode, operationName: string | null | undefined): OperationDefinitionNode {
  const operation = getOperationAST(document, operationName);
  if (operation != null) return operation;
  throw graphqlError(
    'BAD_REQUEST',
    operationName == null
      ? 'Must provide operation name if query contains multiple operations.'
      : `Unknown operation named "${operationName}".`,
  );
}

/** Nulls, which the protocol allows, are what is not there. */
function toParams(payload: SubscribePayload): RequestParams {
  return Object.fromEntries(Object.entries(payload).filter(([, value]) => value !== null));
}

/** The protocol's server holds a subscription's message as long as it lasts: its group has the same words already. */
function forget(params: SubscribePayload): void {
  Object.assign(params, { query: '', variables: null, extensions: null });
}
