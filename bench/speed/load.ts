import { Client } from 'undici';
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
        const { statusCode, body: answer } = await client.request({ path: pathname, method: 'POST', headers, body });
        const bytes = await answer.arrayBuffer();
        latenciesMs.push(performance.now() - sentAt);
        if (statusCode !== 200)
          throw new Error(`${statusCode} of ${url}: ${Buffer.from(bytes).toString().slice(0, 500)}`);
      }
    } finally {
      await client.close();
    }
  };
  await Promise.all(Array.from({ length: connections }, run));
  return { requests: latenciesMs.length, seconds: (performance.now() - startedAt) / 1_000, latenciesMs };
}

export async function ask(url: string, requests: Requests): Promise<unknown> {
  const body = requests.bodies[0] ?? '';
  const response = await fetch(url, { method: 'POST', headers: headersOf(requests), body });
  const json = (await response.json()) as { errors?: unknown };
  if (json.errors !== undefined) throw new Error(`${url} answers ${JSON.stringify(json.errors)} to ${body}`);
  return json;
}
