import {
  type Client,
  type ClientOptions,
  createClient,
  type FormattedExecutionResult,
  type Sink,
  type SubscribePayload,
} from 'graphql-ws';

/** The socket may come back and the same subscription may go on; everything else is final. */
const passingCodes = new Set(['SLOW_CONSUMER', 'SERVICE_UNAVAILABLE', 'RATE_LIMIT_EXCEEDED']);
const forbiddenClosing = new Set([4400, 4401, 4403]);
const firstPauseMs = 250;
const longestPauseMs = 10_000;

/**
 * A graphql-ws client whose subscriptions lose nothing: each goes on behind the last event that it had, however often
 * the socket breaks. The client's own retries would send the same variables again, with the place of long ago.
 *
 * A subscription takes a variable for its argument `after`, asks for `cursor` of each event, and names the variable
 * `after`: `subscription ($after: String) { conversationChanged(after: $after) { ... { cursor } } }`.
 */
export function createResumingClient(options: Omit<ClientOptions, 'retryAttempts'>): Client {
  const client = createClient({ keepAlive: 20_000, ...options, retryAttempts: 0 });
  const subscribe = <Data, Extensions>(
    payload: SubscribePayload,
    sink: Sink<FormattedExecutionResult<Data, Extensions>>,
  ): (() => void) => {
    if (!/^\s*subscription\b/m.test(payload.query)) return client.subscribe(payload, sink);
    let after = payload.variables?.['after'];
    let pauseMs = firstPauseMs;
    let isOver = false;
    let leave = () => {};

    const later = (error: unknown) => {
      if (isOver) return;
      if (!isPassing(error)) {
        isOver = true;
        sink.error(error);
        return;
      }
      const timer = setTimeout(run, pauseMs);
      leave = () => clearTimeout(timer);
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    };
    const listen = () => {
      const variables = { ...payload.variables, after };
      leave = client.subscribe<Data, Extensions>(
        { ...payload, variables },
        {
          next: (result) => {
            const cursor = cursorOf(result.data);
            if (cursor !== null) after = cursor;
            pauseMs = firstPauseMs;
            sink.next(result);
          },
          error: later,
          complete: () => {
            if (!isOver) sink.complete();
            isOver = true;
          },
        },
      );
    };
    /** Where the log ends now: what happens before the first event has come is told after a break too. */
    const begin = () => {
      let problems: unknown;
      leave = client.subscribe<{ eventCursor: string }>(
        { query: '{ eventCursor }' },
        {
          next: ({ data, errors }) => {
            after = data?.eventCursor;
            problems = errors;
          },
          error: later,
          complete: () => {
            if (problems !== undefined) later(problems);
            else if (!isOver) listen();
          },
        },
      );
    };
    const run = () => (after == null ? begin() : listen());
    run();
    return () => {
      if (isOver) return;
      isOver = true;
      leave();
      sink.complete();
    };
  };
  return { ...client, subscribe };
}

/** An event's cursor: of the subscription's one field, where it was asked for. */
function cursorOf(data: unknown): string | null {
  const [event] = Object.values((data ?? {}) as Record<string, { cursor?: string } | null>);
  return event?.cursor ?? null;
}

function isPassing(error: unknown): boolean {
  if (Array.isArray(error)) return error.some(({ extensions }) => passingCodes.has(extensions?.code));
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return !forbiddenClosing.has(Number(code));
}
