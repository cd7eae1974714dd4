import { Client, type Dispatcher } from 'undici';
import { apiKey } from './seed.ts';
import type { Requests } from './shapes.ts';

export type Load = { url: string; requests: Requests; connections: number; seconds: number };
export type Round = { requests: number; seconds: number; latenciesMs: number[] };

const headersOf = (requests: Requests) => ({
  'content-type': 'application/json',
  authorization: `Bearer ${requests.apiKey ?? apiKey}`,
});

/** Asks on each connection as soon as it was answered, for `seconds`. @throws where an answer is no success */
export async function load({ url, requests, connections, seconds }: Load): Promise<Round> {
  const { bodies } = requests;
  const headers = headersOf(requests);
  const { origin, pathname } = new URL(url);
  const latenciesMs: number[] = [];
  const startedAt = performance.now();
  const endsAt = startedAt + seconds * 1_000;
  let next = 0;
  const run = async () => {
    const client = new Client(origin, { pipelining: 1 });
    try {
      for (let sentAt = performance.now(); sentAt < endsAt; sentAt = performance.now()) {
        const body = bodies[next++ % bodies.length] as string;
        await post(client, { path: pathname, method: 'POST', headers, body });
        latenciesMs.push(performance.now() - sentAt);
      }
    } finally {
      await client.close();
    }
  };
  await Promise.all(Array.from({ length: connections }, run));
  return { requests: latenciesMs.length, seconds: (performance.now() - startedAt) / 1_000, latenciesMs };
}

/** By what is below undici's `request`, without its streams: who asks is to cost little beside who answers. */
function post(client: Client, options: Dispatcher.DispatchOptions): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let status = 0;
  const refused: Buffer[] = [];
  client.dispatch(options, {
    onRequestStart: () => {},
    onResponseStart: (_controller, statusCode) => {
      status = statusCode;
    },
    onResponseData: (_controller, chunk) => {
      if (status !== 200) refused.push(chunk);
    },
    onResponseEnd: () => {
      if (status === 200) resolve();
      else reject(new Error(`${status}: ${Buffer.concat(refused).toString().slice(0, 500)}`));
    },
    onResponseError: (_controller, err) => reject(err),
  });
  return promise;
}

export async function ask(url: string, requests: Requests): Promise<unknown> {
  const body = requests.bodies[0] ?? '';
  const response = await fetch(url, { method: 'POST', headers: headersOf(requests), body });
  const json = (await response.json()) as { errors?: unknown };
  if (json.errors !== undefined) throw new Error(`${url} answers ${JSON.stringify(json.errors)} to ${body}`);
  return json;
}
