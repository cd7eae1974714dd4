import { type DocumentNode, print } from 'graphql';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

export type Listening<Data> = AsyncDisposable & {
  /** What has come so far. */
  readonly events: Data[];
  /** Errors of the stream, or of one event. */
  readonly errors: unknown[];
  /** Whether the stream has ended. */
  readonly isOver: boolean;
};

type Target = { url: string; apiKey: string };
type TypedDocument<Data, Variables> = DocumentNode & { __apiType?: (variables: Variables) => Data };

/** Subscribes as a client of graphql-ws does. */
export function listenOverSocket<Data, Variables extends object>(
  target: Target,
  document: TypedDocument<Data, Variables>,
  variables: NoInfer<Variables>,
): Listening<Data> {
  const client = createClient({
    url: `${target.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${target.apiKey}` },
    retryAttempts: 0,
  });
  const events: Data[] = [];
  const errors: unknown[] = [];
  const state = { events, errors, isOver: false };
  client.subscribe<Data>(
    { query: print(document), variables: variables as Record<string, unknown> },
    {
      next: ({ data, errors: problems }) => {
        if (data != null) events.push(data);
        if (problems !== undefined) errors.push(...problems);
      },
      error: (err) => {
        errors.push(err);
        state.isOver = true;
      },
      complete: () => {
        state.isOver = true;
      },
    },
  );
  return Object.assign(state, {
    [Symbol.asyncDispose]: async () => {
      await client.dispose();
    },
  });
}

/** Subscribes as a browser's EventSource does: server-sent events, "distinct connections" mode. */
export function listenOverEvents<Data, Variables extends object>(
  target: Target,
  document: TypedDocument<Data, Variables>,
  variables: NoInfer<Variables>,
): Listening<Data> {
  const events: Data[] = [];
  const errors: unknown[] = [];
  const state = { events, errors, isOver: false };
  const leaving = new AbortController();
  const take = (block: string) => {
    const name = /^event: (.*)$/m.exec(block)?.[1];
    const data = /^data: ?(.*)$/m.exec(block)?.[1] ?? '';
    if (name === 'next') {
      const { data: found, errors: problems } = JSON.parse(data) as { data?: Data; errors?: unknown[] };
      if (found != null) events.push(found);
      if (problems !== undefined) errors.push(...problems);
    } else if (name === 'complete') state.isOver = true;
  };
  const reading = (async () => {
    const response = await fetch(`${target.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        authorization: `Bearer ${target.apiKey}`,
      },
      body: JSON.stringify({ query: print(document), variables }),
      signal: leaving.signal,
    });
    if (!response.headers.get('content-type')?.startsWith('text/event-stream')) {
      errors.push({ status: response.status, body: await response.text() });
      return;
    }
    const decoder = new TextDecoder();
    let text = '';
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) take(block);
    }
  })().catch((err: unknown) => {
    if (!leaving.signal.aborted) errors.push(err);
  });
  reading.finally(() => {
    state.isOver = true;
  });
  return Object.assign(state, {
    [Symbol.asyncDispose]: async () => {
      leaving.abort();
      await reading;
    },
  });
}

/** Both transports, by name. */
export const transports = [
  ['WebSocket', listenOverSocket],
  ['server-sent events', listenOverEvents],
] as const;
