import { BadRequestError } from '../../domain/errors.ts';
import { decodeCursor, encodeCursor } from '../../events/cursor.ts';
import type { EventType, LoggedEvent } from '../../events/log.ts';
import { isStorable } from '../../lib/text.ts';
import { builder } from '../builder.ts';
import { type Context, refreshLoaders } from '../context.ts';

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
export function watchedIds(name: string, ids: readonly string[] | null | undefined): readonly string[] | null {
  if ((ids?.length ?? 0) > maxWatchedIds) {
    throw new BadRequestError(`\`${name}\` may hold at most ${maxWatchedIds} ids; leave it out to hear of all`);
  }
  return ids?.filter(isStorable) ?? null;
}

type Picked<Type extends EventType> = Extract<LoggedEvent, { type: Type }>;

/**
 * A tenant's events of some types as a subscription sends them.
 * `snapshot` gives the present state, sent first where there is no `after`; `map` turns a run of events into what is
 * sent for them, in their order, leaving out what does not concern the subscriber.
 * @throws BadRequestError where `after` is no cursor of this tenant
 */
export async function* streamEvents<Type extends EventType, Change extends object>(
  ctx: Context,
  options: {
    types: readonly Type[];
    after: string | null | undefined;
    signal: AbortSignal;
    snapshot: (() => Promise<Change[]>) | null;
    map: (events: Picked<Type>[]) => Promise<{ event: LoggedEvent; change: Change }[]>;
  },
): AsyncGenerator<(Change & StreamEvent) | StreamGap, void> {
  const { tenantId, app } = ctx.caller;
  let from: bigint;
  if (options.after != null) {
    const place = decodeCursor(tenantId, options.after);
    if (place === null) throw new BadRequestError('`after` is not a cursor of an event of this tenant');
    from = place;
  } else {
    // Where the log ends comes first: what changes while the state is read is told again rather than missed.
    from = await app.tail.head(tenantId);
    if (options.snapshot !== null) {
      const cursor = encodeCursor(tenantId, from);
      for (const change of await options.snapshot()) {
        refreshLoaders(ctx);
        yield { ...change, isGap: false, cursor, occurredAt: new Date() };
      }
    }
  }
  const wanted = new Set<EventType>(options.types);
  for await (const item of app.tail.follow(tenantId, from, options.signal)) {
    if (item.isGap) {
      yield { isGap: true, cursor: encodeCursor(tenantId, item.seq), occurredAt: new Date() };
      continue;
    }
    const events = item.events.filter((event): event is Picked<Type> => wanted.has(event.type));
    if (events.length === 0) continue;
    for (const { event, change } of await options.map(events)) {
      refreshLoaders(ctx);
      yield { ...change, isGap: false, cursor: encodeCursor(tenantId, event.seq), occurredAt: event.occurredAt };
    }
  }
}

/**
 * Events of one type, each with what it is about as that is now. Of what `ids` name, whose present state is sent first;
 * of all where there are none. What is gone meanwhile is left out.
 */
export function streamChanges<Type extends EventType, Row extends { id: string }, Change extends object>(
  ctx: Context,
  options: {
    type: Type;
    ids: readonly string[] | null | undefined;
    after: string | null | undefined;
    load: (ids: readonly string[]) => Promise<Row[]>;
    toChange: (row: Row) => Change;
  },
): AsyncIterableIterator<(Change & StreamEvent) | StreamGap> {
  const { type, ids, after, toChange } = options;
  const load = async (wanted: readonly string[]) => (wanted.length === 0 ? [] : await options.load(wanted));
  return abortable((signal) =>
    streamEvents(ctx, {
      types: [type],
      after,
      signal,
      snapshot: ids == null ? null : async () => (await load(ids)).map(toChange),
      map: async (events) => {
        const wanted = events.filter(({ subjectId }) => ids == null || ids.includes(subjectId));
        const rows = await load([...new Set(wanted.map(({ subjectId }) => subjectId))]);
        const changes = new Map(rows.map((row) => [row.id, toChange(row)]));
        return wanted.flatMap((event) => {
          const change = changes.get(event.subjectId);
          return change === undefined ? [] : [{ event, change }];
        });
      },
    }),
  );
}

/** Ends a stream when the subscriber leaves, also while it waits for the next event. */
export function abortable<Value>(
  start: (signal: AbortSignal) => AsyncGenerator<Value, void>,
): AsyncIterableIterator<Value> {
  const leaving = new AbortController();
  const stream = start(leaving.signal);
  return {
    next: () => stream.next(),
    return: async () => {
      leaving.abort();
      await stream.return();
      return { done: true, value: undefined };
    },
    throw: (err) => {
      leaving.abort();
      return stream.throw(err);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
