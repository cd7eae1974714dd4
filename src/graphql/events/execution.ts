import { randomUUID } from 'node:crypto';
import type { DocumentNode, ExecutionResult, GraphQLSchema } from 'graphql';
import type { Logger } from 'pino';
import { isUnavailable } from '../../database/unavailable.ts';
import type { Caller } from '../../domain/app.ts';
import { asReader } from '../../domain/caller.ts';
import { encodeCursor } from '../../events/cursor.ts';
import { keepTrying } from '../../events/keep-trying.ts';
import type { LoggedEvent } from '../../events/log.ts';
import { executeOperation } from '../compiled/execute.ts';
import { type Context, createContext } from '../context.ts';
import { createLoaders, type Loaders } from '../loaders.ts';
import { type Feed, GoneError, type StreamEvent, type StreamGap } from './feed.ts';
import { type Frame, toFrame } from './frame.ts';
import type { Turns } from './turns.ts';

/** How long what was read for a run of events serves other selections of the same run. */
const sharedForMs = 1_000;
/** Things of a snapshot that are read and sent together. */
const snapshotStep = 50;

/** Loaders by what they were read for: different selections of the same events share what they read. */
export type SharedReads = {
  take(key: string, caller: Caller): Loaders;
  /** What failed is read anew. */
  forget(key: string): void;
};

export function createSharedReads(): SharedReads {
  const known = new Map<string, Loaders>();
  return {
    take: (key, caller) => {
      let loaders = known.get(key);
      if (loaders === undefined) {
        loaders = createLoaders(asReader(caller));
        known.set(key, loaders);
        setTimeout(() => known.delete(key), sharedForMs).unref();
      }
      return loaders;
    },
    forget: (key) => known.delete(key),
  };
}

/** What is asked of each event. */
export type Selection = {
  schema: GraphQLSchema;
  document: DocumentNode;
  operationName: string | null | undefined;
  variableValues: Record<string, unknown> | null | undefined;
};

export type ExecutionOptions = {
  selection: Selection;
  feed: Feed;
  caller: Caller;
  /** A result as it goes over the wire, its errors in the contract's words. */
  serialise(result: ExecutionResult, requestId: string): string;
  reads: SharedReads;
  turns: Turns;
  log: Logger;
};

/**
 * Makes frames of events, by one execution for everybody who gets them. Where the database fails for now it is tried
 * again until `signal` aborts: each gives null then.
 */
export type Execution = {
  framesOf(events: readonly LoggedEvent[], signal: AbortSignal): Promise<Frame[] | null>;
  gapFrame(seq: bigint): Promise<Frame>;
  /** The present state as frames at `seq`, some at a time; the first is asked for before the others are read. */
  snapshot(seq: bigint, signal: AbortSignal): AsyncGenerator<Frame[] | null, void>;
};

export function createExecution(options: ExecutionOptions): Execution {
  const { selection, feed, caller, turns, log } = options;
  const { tenantId } = caller;
  const readerKey = `${tenantId} ${[...caller.scopes].sort().join()} ${caller.baseUrl}`;
  const onFailure = (err: unknown) =>
    log.warn({ err }, 'an event could not be read for its listeners; it is tried again');

  const freshContext = () => createContext(caller, randomUUID());

  /** Null where the event is left out. @throws what makes it worth another try */
  const frameOf = async (ctx: Context, event: StreamEvent | StreamGap, seq: bigint): Promise<Frame | null> => {
    const result = await executeOperation({ ...selection, rootValue: event, contextValue: ctx });
    for (const { originalError } of result.errors ?? []) {
      if (originalError instanceof GoneError) return null;
      if (isUnavailable(originalError)) throw originalError;
    }
    return toFrame(tenantId, seq, options.serialise(result, ctx.requestId));
  };

  const framesOfChanges = async (ctx: Context, changes: readonly { seq: bigint; event: StreamEvent }[]) => {
    const frames: Promise<Frame | null>[] = [];
    for (const { seq, event } of changes) {
      const frame = frameOf(ctx, event, seq);
      // Its failure is met below, which may be some turns later.
      frame.catch(() => {});
      frames.push(frame);
      const over = turns.pass();
      if (over !== null) await over;
    }
    return (await Promise.all(frames)).filter((frame) => frame !== null);
  };

  return {
    framesOf: (events, signal) => {
      const last = events.at(-1);
      if (last === undefined || !events.some(({ type }) => feed.types.has(type))) return Promise.resolve([]);
      const key = `${readerKey} ${events[0]?.seq} ${last.seq}`;
      return keepTrying(
        async () => {
          try {
            const ctx = createContext(caller, randomUUID(), { shared: options.reads.take(key, caller) });
            const told = await feed.map(ctx, events);
            const changes = told.map(({ event: { seq, occurredAt }, change }) => {
              return {
                seq,
                event: { ...change, isGap: false as const, cursor: encodeCursor(tenantId, seq), occurredAt },
              };
            });
            return await framesOfChanges(ctx, changes);
          } catch (err) {
            options.reads.forget(key);
            throw err;
          }
        },
        signal,
        onFailure,
      );
    },
    gapFrame: async (seq) => {
      const gap: StreamGap = { isGap: true, cursor: encodeCursor(tenantId, seq), occurredAt: new Date() };
      const frame = await frameOf(freshContext(), gap, seq);
      if (frame === null) throw new Error('a gap is never left out');
      return frame;
    },
    snapshot: async function* (seq, signal) {
      if (feed.snapshot === null) return;
      const { snapshot } = feed;
      let ctx = freshContext();
      /** Each try but the first of all reads anew. */
      const attempt = <Value>(work: () => Promise<Value>) =>
        keepTrying(work, signal, (err) => {
          ctx = freshContext();
          onFailure(err);
        });
      const present = await attempt(() => snapshot(ctx));
      if (present === null) return;
      const cursor = encodeCursor(tenantId, seq);
      for (let start = 0; start < present.length; start += snapshotStep) {
        const events = present.slice(start, start + snapshotStep).map((change) => {
          return { seq, event: { ...change, isGap: false as const, cursor, occurredAt: new Date() } };
        });
        yield await attempt(() => framesOfChanges(ctx, events));
      }
    },
  };
}
