import type { GraphQLError } from 'graphql';
import type { Opening } from '../../../graphql/events/hub.ts';
import type { Peer } from './peer.ts';

const over: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * A subscription as the protocol's server holds it: a stream without results, over when the subscription is. Its
 * events go to the socket past the server, since they are the same bytes for everybody.
 */
export function listenOverSocket(
  peer: Peer,
  id: string,
  opening: Opening,
  options: { formatError(error: GraphQLError): GraphQLError; onEnd(): void },
): AsyncGenerator<never, undefined> {
  const { promise: ended, resolve, reject } = Promise.withResolvers<typeof over>();
  // It is asked for at once, but it might end before.
  ended.catch(() => {});
  const settle = () => {
    peer.listeners.delete(listener);
    options.onEnd();
  };
  const listener = opening.listen({
    get blockedSince() {
      return peer.blockedSince;
    },
    next: (batch) => peer.sendEvents(id, batch),
    end: (error) => {
      settle();
      if (error === null) resolve(over);
      else reject(options.formatError(error));
    },
  });
  peer.listeners.add(listener);
  const leave = async () => {
    listener.leave();
    settle();
    resolve(over);
    return over;
  };
  return {
    next: () => ended,
    return: leave,
    throw: leave,
    [Symbol.asyncIterator]() {
      return this;
    },
    [Symbol.asyncDispose]: async () => {
      await leave();
    },
  };
}
