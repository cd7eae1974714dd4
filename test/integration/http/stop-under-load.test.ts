import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createDatabase, eachDatabase, newTestKey } from '../../testkit/gateway.ts';
import { spawnGateway } from '../../testkit/servers/process.ts';
import { copyTemplate } from '../../testkit/template.ts';

const stops = Number(process.env['TEST_STOPS'] ?? 2);
const inFlight = Number(process.env['TEST_IN_FLIGHT'] ?? 40);
const goneWithinMs = 10_000;

type Call = { sent: Promise<void>; answered: Promise<{ status: number; body: string }> };

/** A request on one of the agent's connections; `sent` once all of it has been handed to the system. */
function post(url: string, agent: Agent, apiKey: string, query: string): Call {
  const sent = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<{ status: number; body: string }>();
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
  const outgoing = request(`${url}/graphql`, { method: 'POST', agent, headers }, async (response) => {
    try {
      let body = '';
      for await (const chunk of response) body += String(chunk);
      answered.resolve({ status: response.statusCode ?? 0, body });
    } catch (err) {
      answered.reject(err);
    }
  });
  outgoing.on('error', answered.reject);
  outgoing.end(JSON.stringify({ query }), () => sent.resolve());
  return { sent: sent.promise, answered: answered.promise };
}

const write = (title: string) => `mutation { createConversation(input: { title: "${title}", content: "Where is it?" }) {
  ... on CreateConversationPayload { conversation { id } } } }`;

eachDatabase('SIGTERM under load', (database) => {
  test(`${inFlight} requests in flight are all answered, and the process is gone soon, ${stops} times`, {
    timeout: 30_000 + stops * 30_000,
  }, async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'convograph-stop-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const server = database === 'postgres' ? await createDatabase() : null;
    if (server === null) await copyTemplate(path.join(folder, 'db'));
    else onTestFinished(() => server.drop());
    const apiKey = newTestKey();
    const env = {
      BOOTSTRAP_API_KEY: apiKey,
      // Stops of a minute come to more than a tenant may ask in one.
      REQUESTS_PER_MINUTE: '0',
      ...(server !== null && { DATABASE_URL: server.url, SECRET_KEY: 'a secret of the tests alone, 32+' }),
    };
    const written: string[] = [];
    const tookMs: number[] = [];
    for (let stop = 0; stop <= stops; stop++) {
      await using gateway = spawnGateway(folder, env);
      const url = await gateway.ready();
      const agent = new Agent({ keepAlive: true, maxSockets: inFlight });
      // Half of them come over connections that were used before, half over new ones.
      const warm = Array.from({ length: inFlight / 2 }, () =>
        post(url, agent, apiKey, '{ conversations { totalCount } }'),
      );
      for (const { body } of await Promise.all(warm.map(({ answered }) => answered))) {
        expect(JSON.parse(body).data.conversations.totalCount).toBe(written.length);
      }
      if (stop === stops) break;
      const calls = Array.from({ length: inFlight }, (_, index) => post(url, agent, apiKey, write(`${stop}/${index}`)));
      const answers = Promise.allSettled(calls.map(({ answered }) => answered));
      await Promise.all(calls.map(({ sent }) => sent));
      const stoppedAt = performance.now();
      gateway.child.kill('SIGTERM');
      const results = await answers;
      const dropped = results.filter(({ status }) => status === 'rejected');
      expect(dropped, gateway.stdout).toEqual([]);
      for (const result of results) {
        if (result.status === 'rejected') continue;
        expect(result.value.status, result.value.body).toBe(200);
        written.push(JSON.parse(result.value.body).data.createConversation.conversation.id);
      }
      expect(await gateway.ended).toEqual({ code: 0, signal: null });
      tookMs.push(performance.now() - stoppedAt);
      expect(tookMs.at(-1)).toBeLessThan(goneWithinMs);
      agent.destroy();
    }
    expect(new Set(written).size).toBe(stops * inFlight);
    const shown = tookMs.map((ms) => Math.round(ms)).join(', ');
    console.info(`${database}: ${stops * inFlight} requests in flight at ${stops} SIGTERMs, gone after ${shown} ms`);
  });
});
