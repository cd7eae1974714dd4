import { randomUUID } from 'node:crypto';
import { isUnavailable } from '../../database/unavailable.ts';
import { keepTrying } from '../../events/keep-trying.ts';
import { createGate } from '../../lib/gate.ts';
import { executeOperation } from '../compiled/execute.ts';
import { type Context, createContext } from '../context.ts';
import type { Execution, ExecutionOptions } from './execution.ts';
import type { ListFeed } from './feed.ts';
import { type Frame, toFrame } from './frame.ts';

export type ListExecutionOptions = Omit<ExecutionOptions, 'feed' | 'reads' | 'turns'> & { feed: ListFeed };

/**
 * Makes frames of a list that is followed: the whole of it for whoever begins or has not kept up, and then how it
 * changes. The list is read once for everybody, and once for a run of events.
 */
export function createListExecution(options: ListExecutionOptions): Execution {
  const { selection, feed, caller, log } = options;
  const { tenantId } = caller;
  let state: { seq: bigint } | null = null;
  /** One at a time: whoever begins does so between two changes. */
  const inTurn = createGate(1);
  const onFailure = (err: unknown) =>
    log.warn({ err }, 'a list could not be read for its listeners; it is tried again');

  const frameOf = async (ctx: Context, event: object, seq: bigint): Promise<Frame> => {
    const result = await executeOperation({ ...selection, rootValue: event, contextValue: ctx });
    const failure = result.errors?.find(({ originalError }) => isUnavailable(originalError));
    if (failure !== undefined) throw failure.originalError;
    return toFrame(tenantId, seq, options.serialise(result, ctx.requestId));
  };
  const attempt = <Value>(signal: AbortSignal, work: (ctx: Context) => Promise<Value>) =>
    keepTrying(() => work(createContext(caller, randomUUID())), signal, onFailure);

  return {
    framesOf: (events, signal) =>
      inTurn(async () => {
        const last = events.at(-1);
        const before = state;
        // Without a state nobody has been given the list yet.
        if (last === undefined || before === null || last.seq <= before.seq) return [];
        if (!events.some(({ type }) => feed.types.has(type))) {
          state = { ...before, seq: last.seq };
          return [];
        }
        const changed = await attempt(signal, async (ctx) => {
          const after = await feed.read(ctx, before.seq);
          const patch = feed.patch(before, after);
          return { after, frames: patch === null ? [] : [await frameOf(ctx, patch, after.seq)] };
        });
        if (changed === null) return null;
        state = changed.after;
        return changed.frames;
      }),
    gapFrame: () => Promise.reject(new Error('a list that is followed has no gaps')),
    snapshot: async function* (_seq, signal) {
      yield await inTurn(async () => {
        const begun = await attempt(signal, async (ctx) => {
          const now = state ?? (await feed.read(ctx, null));
          return { now, frame: await frameOf(ctx, feed.whole(now), now.seq) };
        });
        if (begun === null) return null;
        state = begun.now;
        return [begun.frame];
      });
    },
  };
}
