import { EventSource } from 'eventsource';

export type EventSourceOptions<Event> = {
  /** The gateway's, `http://127.0.0.1:4000`. */
  address: string;
  apiKey: string;
  /** With a variable `$after` for the subscription's argument `after`. */
  query: string;
  variables?: Record<string, unknown>;
  onEvent: (event: Event) => void;
  /** What cannot be gone on from: a wrong query, a key that is not valid any more. */
  onError: (error: unknown) => void;
};

const pauseMs = 500;

/**
 * Listens over server-sent events and loses nothing. EventSource comes back by itself and says which event it had last;
 * `eventCursor` is where it begins, so that a break before the first event loses nothing either.
 * @returns what stops it
 */
export function listenToEvents<Event>(options: EventSourceOptions<Event>): () => void {
  const { address, query, variables, onEvent, onError } = options;
  const headers = { authorization: `Bearer ${options.apiKey}` };
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;

  const again = (after: string | null) => {
    source?.close();
    if (!isOver) timer = setTimeout(() => void open(after), pauseMs);
  };
  const open = async (known: string | null) => {
    const after = known ?? (await readCursor(address, headers).catch(() => null));
    if (isOver) return;
    if (after === null) {
      again(null);
      return;
    }
    let last = after;
    const search = new URLSearchParams({ query, variables: JSON.stringify({ ...variables, after }) });
    source = new EventSource(`${address}/graphql?${search}`, {
      fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, ...headers } }),
    });
    source.addEventListener('next', ({ data, lastEventId }) => {
      const result = JSON.parse(data);
      if (result.data == null) {
        const [error] = result.errors;
        // One that did not keep up, say: it is told where to go on from.
        if (error.extensions.cursor !== undefined && error.extensions.code !== 'UNAUTHORIZED') return;
        stop();
        onError(error);
        return;
      }
      last = lastEventId;
      onEvent(result.data);
    });
    source.addEventListener('complete', () => again(last));
    source.addEventListener('error', ({ code }) => {
      // 4xx is final; whatever else comes back: by itself where EventSource does, anew where it has given up.
      if (code !== undefined && code >= 400 && code < 500) {
        stop();
        onError(new Error(`the gateway answered ${code}`));
      } else if (source?.readyState === EventSource.CLOSED) again(last);
    });
  };
  const stop = () => {
    isOver = true;
    clearTimeout(timer);
    source?.close();
  };
  void open((variables?.['after'] as string | undefined) ?? null);
  return stop;
}

async function readCursor(address: string, headers: Record<string, string>): Promise<string | null> {
  const response = await fetch(`${address}/graphql`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ eventCursor }' }),
  });
  const { data } = await response.json();
  return data?.eventCursor ?? null;
}
