import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { createDatabase, type DatabaseKind, eachDatabase, newTestKey, startGateway } from '../../../testkit/gateway.ts';
import { type GatewayProcess, spawnGateway } from '../../../testkit/servers/process.ts';
import { copyTemplate } from '../../../testkit/template.ts';
import { accountOf, asked, differences, type StandIn, startStandIns } from './support.ts';

/** Gateways as processes of their own, which are killed. */

const patience = { timeout: 200_000, interval: 100 };
/** Read and not yet written when a process dies: what is being written, and what is read meanwhile. */
const inFlight = 16;
/** Changed in the newest seconds that the list shows: read once more. */
const doubtful = 2;

type Place = AsyncDisposable & {
  start(): Promise<{ process: GatewayProcess; ask: Ask }>;
  /** What was mirrored, looked at once no process is at it. */
  expectMirrored(upstreams: readonly { id: string; standIn: StandIn }[]): Promise<void>;
};
type Ask = (query: string, variables?: Record<string, unknown>) => Promise<Record<string, unknown>>;

async function openPlace(kind: DatabaseKind): Promise<Place> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'convograph-test-'));
  if (kind === 'pglite') await copyTemplate(path.join(dataDir, 'db'));
  const database = kind === 'postgres' ? await createDatabase() : null;
  const apiKey = newTestKey();
  const env: Record<string, string> = {
    BOOTSTRAP_TENANT: 'test',
    BOOTSTRAP_API_KEY: apiKey,
    ALLOW_PRIVATE_NETWORK: 'true',
    SECRET_KEY: 'a secret of the tests alone, 32+',
    ...(database !== null && { DATABASE_URL: database.url }),
  };
  return {
    start: async () => {
      const process = spawnGateway(dataDir, env);
      const url = await process.ready();
      const ask: Ask = async (query, variables) => {
        const response = await fetch(`${url}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
          body: JSON.stringify({ query, variables }),
        });
        const body = (await response.json()) as { data?: Record<string, unknown> };
        if (body.data == null) throw new Error(JSON.stringify(body));
        return body.data;
      };
      return { process, ask };
    },
    expectMirrored: async (upstreams) => {
      const options = { database: kind, dataDir, env: { ...env, ROLE: 'web' } };
      await using gateway = await startGateway({ ...options, ...(database !== null && { databaseUrl: database.url }) });
      for (const { id, standIn } of upstreams) {
        expect(await differences({ gateway }, id, standIn)).toBeNull();
        const { prisma } = gateway.app.database;
        const runs = await prisma.syncRun.findMany({ where: { upstreamId: id }, orderBy: { startedAt: 'asc' } });
        expect(runs.reduce((sum, run) => sum + run.created, 0)).toBe(standIn.conversations.size);
        // Each begins when the one before has ended.
        for (const [index, run] of runs.entries()) {
          const next = runs[index + 1];
          if (next !== undefined) expect(run.finishedAt?.getTime()).toBeLessThanOrEqual(next.startedAt.getTime());
        }
      }
    },
    [Symbol.asyncDispose]: async () => {
      await rm(dataDir, { recursive: true, force: true });
      await database?.drop();
    },
  };
}

async function connect(ask: Ask, standIn: StandIn, syncIntervalSeconds: number): Promise<string> {
  const data = await ask(
    'mutation ($input: ConnectUpstreamInput!) { connectUpstream(input: $input) { ... on ConnectUpstreamPayload { upstream { id } } ... on Error { message } } }',
    { input: { ...accountOf(standIn), syncIntervalSeconds } },
  );
  const { upstream } = data['connectUpstream'] as { upstream?: { id: string } };
  if (upstream === undefined) throw new Error(JSON.stringify(data));
  return upstream.id;
}

async function states(ask: Ask): Promise<string[]> {
  const { upstreams } = (await ask('{ upstreams { status } }')) as { upstreams: { status: string }[] };
  return upstreams.map(({ status }) => status);
}

async function stop({ process }: { process: GatewayProcess }): Promise<void> {
  process.child.kill('SIGTERM');
  await process.ended;
}

eachDatabase('a gateway that is killed', (database) => {
  test('in the middle of the first sync goes on where it was, and ends with each conversation once', {
    timeout: 480_000,
  }, async () => {
    await using place = await openPlace(database);
    await using standIns = await startStandIns(260);
    const all = [standIns.aiMyChats, standIns.animam];
    // Each gets into its second page, and no further while the first process lives.
    const killed = Promise.withResolvers<void>();
    for (const standIn of all) {
      standIn.onRequest(async () => {
        if (asked(standIn).details > 104) await killed.promise;
      });
    }
    const first = await place.start();
    const upstreams: { id: string; standIn: StandIn }[] = [];
    for (const standIn of all) upstreams.push({ standIn, id: await connect(first.ask, standIn, 3600) });
    for (const standIn of all) await expect.poll(() => asked(standIn).details, patience).toBeGreaterThan(104);
    first.process.child.kill('SIGKILL');
    await first.process.ended;
    killed.resolve();

    const second = await place.start();
    await expect.poll(() => states(second.ask), patience).toEqual(['HEALTHY', 'HEALTHY']);
    await stop(second);
    for (const standIn of all) {
      const { lists, details } = asked(standIn);
      console.info(`${database}: ${details} readings of ${standIn.conversations.size}, ${lists} of lists`);
      expect(details).toBeLessThanOrEqual(standIn.conversations.size + inFlight + doubtful);
      // Two pages, one of them twice, one for the connection, one for what changed meanwhile.
      expect(lists).toBeLessThanOrEqual(5);
    }
    await place.expectMirrored(upstreams);
  });
});

describe.runIf(process.env['TEST_DATABASE_URL'] !== undefined)('two gateways on one PostgreSQL', () => {
  test('sync an upstream one at a time, and one goes on within 30 s where the other was killed', {
    timeout: 480_000,
  }, async () => {
    await using place = await openPlace('postgres');
    await using standIns = await startStandIns(260);
    const { aiMyChats: api } = standIns;
    api.script({ path: /\/conversations\/[^/]+$/, answer: { kind: 'slow', delayMs: 250 } });
    const first = await place.start();
    const id = await connect(first.ask, api, 1);
    await expect.poll(() => asked(api).details, patience).toBeGreaterThan(20);
    const second = await place.start();
    first.process.child.kill('SIGKILL');
    await first.process.ended;
    const killedAt = Date.now();
    const { length } = api.requests;
    await expect.poll(() => api.requests.length, patience).toBeGreaterThan(length);
    const takenOverMs = Date.now() - killedAt;
    console.info(`taken over after ${takenOverMs} ms`);
    expect(takenOverMs).toBeLessThan(30_000);
    const third = await place.start();
    await expect.poll(() => states(second.ask), patience).toEqual(['HEALTHY']);
    expect(asked(api).details).toBeLessThanOrEqual(api.conversations.size + inFlight + doubtful);
    // Some regular rounds, with both there.
    api.requests.length = 0;
    await expect.poll(() => asked(api).lists, patience).toBeGreaterThan(5);
    await stop(second);
    await stop(third);
    await place.expectMirrored([{ id, standIn: api }]);
  });
});
