import { GraphQLError } from 'graphql';
import type { Batch } from './frame.ts';

/** A listener that takes nothing for so long while there is something to take is cut off. */
export const stallLimitMs = 10_000;

/** Where a group's events go: a socket's operation, or a stream of server-sent events. */
export type Outlet = {
  /** Since when bytes wait for the peer to take them, in ms of `Date.now`; 0 while none do. Nothing is given meanwhile. */
  readonly blockedSince: number;
  next(batch: Batch): void;
  /** The stream is over, with an error or without. Called once, and nothing after it. */
  end(error: GraphQLError | null): void;
};

/** A listener as its transport holds it. */
export type Listener = {
  /** The cursor of the last event given; where it began, before the first. */
  readonly cursor: string;
  /**
   * As far on as it can be: what came after that event, up to here, did not concern it. Null until it has the present
   * state where it begins with that: whoever went on from here would never have it.
   */
  readonly placeCursor: string | null;
  /** To be called when `blockedSince` is 0 again. */
  freed(): void;
  /** The peer wants no more: nothing is given any more, and nobody told. */
  leave(): void;
  /** Ends the stream with an error, to which the cursor is added, or without one. */
  end(error: GraphQLError | null): void;
};

/** A listener as its group holds it: little, since there are many. */
export type Member = {
  readonly outlet: Outlet;
  /** Everything up to here has been given, or does not concern it. */
  place: bigint;
  /** The last event given. */
  lastSeq: bigint;
  /** `STARTING` until it has its snapshot; `LIVE` where it gets events as they come. */
  state: 'STARTING' | 'BEHIND' | 'JOINING' | 'LIVE' | 'OVER';
  /** Wakes its snapshot, which waits for the peer; null where there is none. */
  wake: (() => void) | null;
};

export function give(member: Member, batch: Batch): void {
  const last = batch.at(-1);
  if (last === undefined) return;
  member.place = last.seq;
  member.lastSeq = last.seq;
  member.outlet.next(batch);
}

/** An error that ends a stream: it says where to go on from. */
export function withCursor(error: GraphQLError, cursor: string): GraphQLError {
  return new GraphQLError(error.message, {
    originalError: error.originalError,
    extensions: { cursor, ...error.extensions },
    ...(error.nodes && { nodes: error.nodes }),
    ...(error.path && { path: error.path }),
  });
}

export function slowConsumerError(): GraphQLError {
  return new GraphQLError(
    `Nothing was read for ${stallLimitMs / 1_000} s: subscribe again, with the cursor as \`after\``,
    { extensions: { code: 'SLOW_CONSUMER' } },
  );
}
