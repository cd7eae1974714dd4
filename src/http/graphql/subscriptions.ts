import { type DocumentNode, type ExecutionResult, GraphQLError, type OperationDefinitionNode } from 'graphql';
import type { GraphQLParams } from 'graphql-yoga';
import type { App, Caller } from '../../domain/app.ts';
import { DomainError } from '../../domain/errors.ts';
import { createHub, type Opening } from '../../graphql/events/hub.ts';
import { schema } from '../../graphql/schema.ts';
import type { Metrics } from '../metrics.ts';
import { costOf, refuseCost } from './cost.ts';
import { createResultFormatter, toWireErrors } from './engine.ts';

export type SubscriptionRequest = {
  caller: Caller;
  requestId: string;
  params: GraphQLParams;
  /** Parsed, valid, and a subscription. */
  document: DocumentNode;
  operation: OperationDefinitionNode;
  lastEventId: string | null;
};

/** Subscriptions, whichever way they come in. */
export type Subscriptions = {
  /** @returns what cannot be subscribed to as a result with errors, in the contract's words */
  open(request: SubscriptionRequest): Promise<Opening | ExecutionResult>;
  /** How an error ends a stream, in the contract's words. */
  formatError(error: GraphQLError): GraphQLError;
  /** Ends all streams. */
  close(): void;
};

export function createSubscriptions(app: App, metrics: Metrics, hasIntrospection: boolean): Subscriptions {
  const { log } = app;
  const formatterOf = (requestId: string) => createResultFormatter(requestId, { hasIntrospection, log, metrics });
  const hub = createHub({
    app,
    log,
    serialise: (result, requestId) => toWire(formatterOf(requestId)(result)),
    onGroups: metrics.setListenerGroups,
  });

  return {
    open: async ({ caller, requestId, params, document, operation, lastEventId }) => {
      const source = params.query ?? '';
      const refuse = (errors: readonly GraphQLError[]) => {
        metrics.countOperation('subscription', operation.name?.value, 'error');
        return formatterOf(requestId)({ errors });
      };
      try {
        const { variables } = params;
        const cost = costOf(schema, document, operation, variables ?? {});
        metrics.countCost(cost);
        const refusal = refuseCost(cost);
        if (refusal !== null) return refuse([refusal]);
        const opening = await hub.open({ caller, requestId, document, source, operation, variables, lastEventId });
        if (opening === null)
          return refuse([new GraphQLError('The server is closing', { extensions: closingExtensions })]);
        if ('errors' in opening) return refuse(opening.errors);
        metrics.countOperation('subscription', operation.name?.value, 'ok');
        return opening;
      } catch (err) {
        return refuse([toError(err)]);
      }
    },
    formatError: (error) => formatterOf('')({ errors: [error] }).errors?.[0] ?? error,
    close: () => hub.close(),
  };
}

const closingExtensions = { code: 'SERVICE_UNAVAILABLE', http: { status: 503 } };

/** A result as JSON, its errors as they go over the wire. */
function toWire({ errors, data, extensions }: ExecutionResult): string {
  return JSON.stringify({
    ...(data !== undefined && { data }),
    ...(errors && { errors: toWireErrors(errors) }),
    ...(extensions && { extensions }),
  });
}

/** Errors of the domain and unknown ones are told or masked where results are formatted, from within a GraphQLError. */
export function toError(thrown: unknown): GraphQLError {
  if (thrown instanceof GraphQLError) return thrown;
  const originalError = thrown instanceof Error ? thrown : new Error(String(thrown));
  return new GraphQLError(thrown instanceof DomainError ? thrown.message : 'Internal error', { originalError });
}
