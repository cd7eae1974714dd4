import { type ExecutionResult, GraphQLError } from 'graphql';

/** A subscriber that takes nothing for so long while there is something to take is cut off. */
export const stallLimitMs = 10_000;

/** Where a subscriber that was cut off goes on. */
function slowConsumerError(cursor: string | null): GraphQLError {
  return new GraphQLError(
    `Nothing was read for ${stallLimitMs / 1_000} s: subscribe again${cursor === null ? '' : ', with the cursor as `after`'}`,
    { extensions: { code: 'SLOW_CONSUMER', cursor } },
  );
}

type GuardOptions = {
  stallMs: number;
  /** Called once, when the source is let go, in whatever way. */
  onEnd(): void;
};

export type GuardedStream = AsyncGenerator<ExecutionResult, void> & {
  /** Ends the stream with an error, as soon as the consumer asks for more. */
  end(error: GraphQLError | null): void;
};

/**
 * Watches how a stream is taken. Whoever does not ask for the next result within `stallMs` of the last one gets
 * what came until then whole, and then a `SLOW_CONSUMER` error that names the last cursor; the source is let go at
 * once, so a stalled reader holds nothing but its last result.
 */
export function guardStream(source: AsyncIterable<ExecutionResult>, options: GuardOptions): GuardedStream {
  const iterator = source[Symbol.asyncIterator]();
  let cursor: string | null = null;
  /** How it ends; undefined while it goes on. */
  let ending: GraphQLError | null | undefined;
  let isOver = false;
  let isEndTold = false;
  let stall: NodeJS.Timeout | undefined;
  /** Wakes a `next` that waits for the source. */
  let interrupt = () => {};

  const tellEnd = () => {
    if (!isEndTold) options.onEnd();
    isEndTold = true;
  };
  const finish = () => {
    clearTimeout(stall);
    isOver = true;
    tellEnd();
  };
  const release = () => {
    Promise.resolve(iterator.return?.()).catch(() => {});
  };
  const end = (error: GraphQLError | null) => {
    if (isOver || ending !== undefined) return;
    ending = error;
    clearTimeout(stall);
    release();
    tellEnd();
    interrupt();
  };
  const done: IteratorReturnResult<void> = { done: true, value: undefined };

  return {
    end,
    next: async () => {
      clearTimeout(stall);
      if (isOver) return done;
      if (ending === undefined) {
        const interrupted = new Promise<null>((resolve) => {
          interrupt = () => resolve(null);
        });
        try {
          const step = await Promise.race([iterator.next(), interrupted]);
          if (step !== null && ending === undefined) {
            if (step.done) {
              finish();
              return done;
            }
            cursor = cursorOf(step.value) ?? cursor;
            stall = setTimeout(() => end(slowConsumerError(cursor)), options.stallMs);
            stall.unref();
            return step;
          }
        } catch (err) {
          finish();
          throw err;
        }
      }
      finish();
      if (ending) throw ending;
      return done;
    },
    return: async () => {
      if (ending === undefined) {
        ending = null;
        release();
        interrupt();
      }
      finish();
      return done;
    },
    throw: async (err) => {
      end(null);
      finish();
      throw err;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
    [Symbol.asyncDispose]: async () => {
      end(null);
      finish();
    },
  };
}

/** The cursor of an event, where the client asked for it. */
function cursorOf(result: ExecutionResult): string | null {
  for (const value of Object.values(result.data ?? {})) {
    if (typeof value === 'object' && value !== null && 'cursor' in value && typeof value.cursor === 'string') {
      return value.cursor;
    }
  }
  return null;
}
