import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { createResumingClient } from '../../docs/clients/graphql-ws.ts';
import { createDatabase, newTestKey, startGateway, type TestGateway } from '../testkit/gateway.ts';
import { openGraphqlSocket, type RawSocket } from '../testkit/servers/raw-socket.ts';
import { startTcpProxy } from '../testkit/servers/tcp-proxy.ts';

/** 1,000 and 10 s, where there is time for it. */
const listeners = Number(process.env['TEST_OUTAGE_LISTENERS'] ?? 300);
const outageMs = Number(process.env['TEST_OUTAGE_MS'] ?? 3_000);
const operationsPerSocket = 100;

const query = `subscription ($after: String) { conversationChanged(after: $after) {
  ... on ConversationChange { cursor kind conversationId conversation { title } } ... on StreamGap { cursor } } }`;

async function listen(gateway: TestGateway): Promise<RawSocket[]> {
  const sockets: RawSocket[] = [];
  for (let opened = 0; opened < listeners; opened += operationsPerSocket) {
    const socket = await openGraphqlSocket(gateway.wsUrl, gateway.apiKey);
    for (let id = 0; id < Math.min(operationsPerSocket, listeners - opened); id++) {
      socket.send({ type: 'subscribe', id: String(id), payload: { query } });
    }
    sockets.push(socket);
  }
  await expect
    .poll(async () => (await gateway.fetch('/metrics')).text())
    .toContain(`subscriptions_open{transport="ws"} ${listeners}`);
  return sockets;
}

async function create(gateway: TestGateway, title: string): Promise<string> {
  const { body } = await gateway.graphql<{ createConversation: { conversation: { id: string } } }>(
    `mutation ($input: CreateConversationInput!) { createConversation(input: $input) {
      ... on CreateConversationPayload { conversation { id } } } }`,
    { input: { title, content: 'When does it end? On Friday.' } },
  );
  const id = body.data?.createConversation.conversation.id;
  if (id === undefined) throw new Error(JSON.stringify(body));
  return id;
}

/** Each listener has had each creation once, in order, and no stream has ended. */
async function expectAllHeard(sockets: readonly RawSocket[], ids: readonly string[]): Promise<void> {
  const heard = () => {
    const byListener = new Map<string, string[]>();
    for (const [index, { messages }] of sockets.entries()) {
      for (const { id, type, payload } of messages) {
        if (type === 'connection_ack') continue;
        if (type !== 'next') throw new Error(JSON.stringify({ type, payload }));
        const { data } = payload as { data: { conversationChanged: { kind: string; conversationId: string } } };
        const { kind, conversationId } = data.conversationChanged;
        const name = `${index}/${id}`;
        if (kind === 'CREATED') byListener.set(name, [...(byListener.get(name) ?? []), conversationId]);
      }
    }
    return byListener;
  };
  await expect
    .poll(() => [...heard().values()].filter((each) => each.length === ids.length).length, { timeout: 30_000 })
    .toBe(listeners);
  for (const each of heard().values()) expect(each).toEqual(ids);
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

if (process.env['TEST_DATABASE_URL'] !== undefined) {
  test(`${listeners} listeners and a database that is gone for ${outageMs} ms: no stream ends, and nothing is lost`, {
    timeout: 120_000,
  }, async () => {
    const database = await createDatabase();
    const address = new URL(database.url);
    await using proxy = await startTcpProxy(address.hostname, Number(address.port));
    const cut = new URL(database.url);
    cut.port = String(proxy.port);
    const env = { BOOTSTRAP_API_KEY: newTestKey(), REQUESTS_PER_MINUTE: '0' };
    {
      await using gateway = await startGateway({ database: 'postgres', databaseUrl: cut.href, env });
      await using other = await startGateway({ database: 'postgres', databaseUrl: database.url, env });
      const sockets = await listen(gateway);
      const ids = [await create(other, 'Before')];
      await expectAllHeard(sockets, ids);
      await proxy.cut();
      const endsAt = Date.now() + outageMs;
      // Written by another server meanwhile.
      for (let number = 0; Date.now() < endsAt; number++) {
        ids.push(await create(other, `Meanwhile ${number}`));
        await pause(200);
      }
      await proxy.restore();
      ids.push(await create(other, 'After'));
      await expectAllHeard(sockets, ids);
      for (const socket of sockets) await socket[Symbol.asyncDispose]();
    }
    await database.drop();
  });

  test('the recipe for graphql-ws begins once it knows where, also where the database is away at first', {
    timeout: 60_000,
  }, async () => {
    const database = await createDatabase();
    const address = new URL(database.url);
    await using toDatabase = await startTcpProxy(address.hostname, Number(address.port));
    const cut = new URL(database.url);
    cut.port = String(toDatabase.port);
    const env = { BOOTSTRAP_API_KEY: newTestKey(), REQUESTS_PER_MINUTE: '0' };
    {
      await using gateway = await startGateway({ database: 'postgres', databaseUrl: cut.href, env });
      await using other = await startGateway({ database: 'postgres', databaseUrl: database.url, env });
      await using toGateway = await startTcpProxy('127.0.0.1', Number(new URL(gateway.url).port));
      const { promise: connected, resolve } = Promise.withResolvers<void>();
      const client = createResumingClient({
        url: `ws://127.0.0.1:${toGateway.port}/graphql`,
        connectionParams: { authorization: `Bearer ${gateway.apiKey}` },
        webSocketImpl: WebSocket,
        lazy: false,
        onNonLazyError: () => {},
        on: { connected: () => resolve() },
      });
      await connected;
      await toDatabase.cut();
      const heard: string[] = [];
      const errors: unknown[] = [];
      const stop = client.subscribe<{ conversationChanged: { kind: string; conversationId: string } }>(
        { query },
        {
          next: ({ data }) => {
            if (data?.conversationChanged.kind === 'CREATED') heard.push(data.conversationChanged.conversationId);
          },
          error: (err) => errors.push(err),
          complete: () => {},
        },
      );
      const figures = async () => (await gateway.fetch('/metrics')).text();
      await expect.poll(figures).toContain('errors_total{code="SERVICE_UNAVAILABLE"}');
      await toDatabase.restore();
      await expect.poll(figures, { timeout: 20_000 }).toContain('subscriptions_open{transport="ws"} 1');
      // Before the first event.
      await toGateway.cut();
      const ids = [await create(other, 'While it is away')];
      await toGateway.restore();
      await expect.poll(figures, { timeout: 20_000 }).toContain('subscriptions_open{transport="ws"} 1');
      ids.push(await create(other, 'Once it is back'));
      await expect.poll(() => heard, { timeout: 20_000 }).toEqual(ids);
      expect(errors).toEqual([]);
      stop();
      await client.dispose();
    }
    await database.drop();
  });

  test(`${listeners} listeners and requests' connections that are all taken for ${outageMs} ms: they hear of everything meanwhile`, {
    timeout: 120_000,
  }, async () => {
    await using gateway = await startGateway({ database: 'postgres', env: { REQUESTS_PER_MINUTE: '0' } });
    const sockets = await listen(gateway);
    const ids = [await create(gateway, 'Before')];
    await expectAllHeard(sockets, ids);
    await using other = await startGateway({
      database: 'postgres',
      databaseUrl:
        gateway.gateway.app.database.queue.backend === 'postgres'
          ? gateway.gateway.app.database.queue.connectionString
          : '',
      env: { BOOTSTRAP_API_KEY: gateway.apiKey, REQUESTS_PER_MINUTE: '0' },
    });
    const { prisma } = gateway.app.database;
    const taken = Array.from(
      { length: 16 },
      () => prisma.$queryRaw`SELECT pg_sleep(${outageMs / 1_000}::float8)::text`,
    );
    for (let number = 0; number < 5; number++) ids.push(await create(other, `Meanwhile ${number}`));
    await expectAllHeard(sockets, ids);
    await Promise.all(taken);
    ids.push(await create(gateway, 'After'));
    await expectAllHeard(sockets, ids);
    for (const socket of sockets) await socket[Symbol.asyncDispose]();
  });
} else console.info('left out: a database that is gone or busy while many listen, since TEST_DATABASE_URL is not set');
