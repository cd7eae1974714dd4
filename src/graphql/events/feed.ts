import type DataLoader from 'dataloader';
import { BadRequestError } from '../../domain/errors.ts';
import type { EventType, LoggedEvent } from '../../events/log.ts';
import { isStorable } from '../../lib/text.ts';
import { builder } from '../builder.ts';
import type { Context } from '../context.ts';

export type StreamGap = { isGap: true; cursor: string; occurredAt: Date };
/** What every event of a subscription bears. */
export type StreamEvent = { isGap: false; cursor: string; occurredAt: Date };

export const StreamGapType = builder.objectRef<StreamGap>('StreamGap').implement({
  description: 'Events between the cursor given and the next one are no longer kept: read the present state anew.',
  fields: (t) => ({
    cursor: t.exposeString('cursor', { description: '`after`, to go on from here.' }),
    occurredAt: t.expose('occurredAt', { type: 'DateTime', description: 'When it was noticed.' }),
  }),
});

/** A subscription's event: the change, or word of a gap. */
export function eventUnion<Change extends StreamEvent>(name: string, change: { name: string }) {
  return builder.unionType(name, {
    description: `\`${change.name}\`, or word that some are no longer kept.`,
    types: [change, StreamGapType] as never,
    resolveType: (value: unknown) => ((value as Change | StreamGap).isGap ? 'StreamGap' : change.name),
  });
}

export const cursorArgDescriptions = {
  after: 'The cursor of the last event seen: what came since is sent first. Only what comes, where not given.',
};

const maxWatchedIds = 1_000;

/**
 * The ids that a subscription names, less those that nothing can have; null where it names none.
 * @throws BadRequestError where there are more than it may name
 */
export function watchedIds(name: string, ids: readonly string[] | null | undefined): ReadonlySet<string> | null {
  if ((ids?.length ?? 0) > maxWatchedIds) {
    throw new BadRequestError(`\`${name}\` may hold at most ${maxWatchedIds} ids; leave it out to hear of all`);
  }
  return ids == null ? null : new Set(ids.filter(isStorable));
}

/** What an event is about is gone by now: the event is left out of the stream. Thrown by a change's fields. */
export class GoneError extends Error {
  override name = 'GoneError';
}

/** @throws GoneError where there is none any more */
export function orGone<Row>(row: Row | null): Row {
  if (row === null) throw new GoneError('what changed is gone by now');
  return row;
}

/** Those of the ids that there is a row for. */
export async function findPresent(
  loader: Pick<DataLoader<string, unknown>, 'load'>,
  ids: readonly string[],
): Promise<string[]> {
  const rows = await Promise.all(ids.map((id) => loader.load(id)));
  return ids.filter((_id, index) => rows[index] !== null);
}

export type Told<Change> = { event: LoggedEvent; change: Change };

/**
 * What a subscription tells, to whoever listens in the same words: which events, and as what. It is followed once for
 * all of them (see `group.ts`), and knows nothing of where each of them is.
 */
export type Feed<Change extends object = object> = {
  /** The cursor that it was asked to go on from. */
  readonly after: string | null;
  readonly types: ReadonlySet<EventType>;
  /** The present state, sent first where there is no cursor to go on from; null where nothing is. */
  readonly snapshot: ((ctx: Context) => Promise<Change[]>) | null;
  /** What is sent for a run of events, in their order, leaving out what does not concern its listeners. */
  readonly map: (ctx: Context, events: readonly LoggedEvent[]) => Promise<Told<Change>[]>;
};

/** A list that is followed as it changes: what it is at one place of the log, and how it came to be so at a later one. */
export type ListFeed<State extends { seq: bigint } = { seq: bigint }> = {
  readonly types: ReadonlySet<EventType>;
  /** The list now; `since`: where it was read last. */
  readonly read: (ctx: Context, since: bigint | null) => Promise<State>;
  readonly whole: (state: State) => object;
  /** Null where nothing is to be told. */
  readonly patch: (before: State, after: State) => object | null;
};

/** A feed as a subscription's resolver gives it. */
export function listFeedOf<State extends { seq: bigint }, Event>(feed: ListFeed<State>): AsyncIterable<Event> {
  return Object.assign({ ...feed }, { [Symbol.asyncIterator]: followedByGroup });
}

function followedByGroup(): never {
  throw new Error('a feed is followed by the group of its listeners');
}

type Picked<Type extends EventType> = Extract<LoggedEvent, { type: Type }>;

/** A feed as a subscription's resolver gives it. What is read for it is read through `ctx`, of each run its own. */
export function feedOf<Type extends EventType, Change extends object>(options: {
  types: readonly Type[];
  after: string | null | undefined;
  snapshot: ((ctx: Context) => Promise<Change[]>) | null;
  map: (ctx: Context, events: Picked<Type>[]) => Promise<Told<Change>[]>;
}): AsyncIterable<Change & StreamEvent> {
  const types = new Set<EventType>(options.types);
  const feed: Feed<Change> = {
    after: options.after ?? null,
    types,
    snapshot: options.snapshot,
    map: async (ctx, events) => {
      const wanted = events.filter((event): event is Picked<Type> => types.has(event.type));
      return wanted.length === 0 ? [] : options.map(ctx, wanted);
    },
  };
  return Object.assign(feed, { [Symbol.asyncIterator]: followedByGroup });
}
