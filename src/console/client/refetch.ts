import type { Exchange, Operation } from '@urql/core';
import { pipe, tap } from 'wonka';
import type { ConnectionStore } from './connection.ts';

/** Asks everything that is on the screen anew when the gateway is back: what it missed, no event tells any more. */
export function refetchExchange(connection: ConnectionStore): Exchange {
  return ({ client, forward }) => {
    const shown = new Map<number, Operation>();
    connection.onBack(() => {
      for (const operation of [...shown.values()]) {
        client.reexecuteOperation(
          client.createRequestOperation('query', operation, { ...operation.context, requestPolicy: 'network-only' }),
        );
      }
    });
    return (operations) =>
      forward(
        pipe(
          operations,
          tap((operation) => {
            if (operation.kind === 'query') shown.set(operation.key, operation);
            else if (operation.kind === 'teardown') shown.delete(operation.key);
          }),
        ),
      );
  };
}
