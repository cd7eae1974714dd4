import { parse } from 'graphql';
import { Redis } from 'ioredis';
import { expect, test, vi } from 'vitest';
import { runAdmin } from '../../testkit/admin.ts';
import { makeConversation } from '../../testkit/files/uploads.ts';
import { createDatabase, startGateway } from '../../testkit/gateway.ts';
import { listenOverSocket } from '../../testkit/live.ts';
import { startSilentServer } from '../../testkit/servers/silent-server.ts';
import { startTcpProxy } from '../../testkit/servers/tcp-proxy.ts';

const redisUrl = process.env['TEST_REDIS_URL'];
const changed = parse('subscription { conversationChanged { ... on ConversationChange { conversationId } } }');
type Changed = { conversationChanged: { conversationId: string } };

if (process.env['TEST_DATABASE_URL'] === undefined || redisUrl === undefined) {
  test.skip('left out: Redis that is gone, since TEST_DATABASE_URL or TEST_REDIS_URL is not set');
} else {
  test('Redis is gone: nobody is refused, listeners hear, limits hold, it is told, and servers start; then it is back', {
    timeout: 120_000,
  }, async () => {
    const { hostname, port } = new URL(redisUrl);
    await using proxy = await startTcpProxy(hostname, Number(port || 6379));
    await using closers = new AsyncDisposableStack();
    const database = await createDatabase();
    closers.defer(() => database.drop());
    const limit = 60;
    const env = { REDIS_URL: `redis://127.0.0.1:${proxy.port}`, REQUESTS_PER_MINUTE: String(limit) };
    const options = { database: 'postgres', databaseUrl: database.url } as const;
    const first = closers.use(await startGateway({ ...options, env }));
    const sameKey = { ...env, BOOTSTRAP_API_KEY: first.apiKey };
    const second = closers.use(await startGateway({ ...options, env: sameKey }));
    const readiness = async () => (await (await first.fetch('/readyz')).json()) as Record<string, unknown>;
    await using listening = listenOverSocket<Changed, object>(second, changed, {});
    const heard = () => [
      ...new Set(listening.events.map(({ conversationChanged }) => conversationChanged.conversationId)),
    ];
    await expect
      .poll(async () => (await second.fetch('/metrics')).text(), { timeout: 10_000 })
      .toMatch(/^convograph_subscriptions_open\{[^}]*\} 1$/m);
    const before = await makeConversation(first);
    await expect.poll(heard, { timeout: 10_000 }).toEqual([before]);
    expect(await readiness()).toEqual({ status: 'ready' });

    await proxy.cut();
    const meanwhile = await makeConversation(first);
    await expect.poll(heard, { timeout: 15_000 }).toEqual([before, meanwhile]);
    const told = await readiness();
    expect(told['status']).toBe('ready');
    expect(JSON.stringify(told['troubles'])).toContain('Redis does not answer');
    const third = closers.use(await startGateway({ ...options, env: sameKey }));
    const statuses = await Promise.all(
      Array.from({ length: 3 * limit }, async (_, index) => {
        const { status } = await ([first, second, third][index % 3] ?? first).graphql('{ __typename }');
        return status;
      }),
    );
    // By the database: what Redis had counted of this minute is not known.
    const passed = statuses.filter((status) => status === 200).length;
    expect(passed).toBeLessThanOrEqual(limit);
    expect(passed).toBeGreaterThanOrEqual(limit * 0.9);
    expect(statuses.every((status) => status === 200 || status === 429)).toBe(true);

    await proxy.restore();
    await expect.poll(readiness, { timeout: 20_000 }).toEqual({ status: 'ready' });
    // Readiness is told by another connection than the one that counts, which comes back by its own tries.
    const after = await vi.waitFor(() => makeConversation(first), { timeout: 10_000, interval: 200 });
    await expect.poll(heard, { timeout: 10_000 }).toEqual([before, meanwhile, after]);
    expect(listening.errors).toEqual([]);
  });

  test('Redis whose connections fall silent is told, and connected to anew', { timeout: 60_000 }, async () => {
    const { hostname, port } = new URL(redisUrl);
    await using proxy = await startTcpProxy(hostname, Number(port || 6379));
    const env = { REDIS_URL: `redis://127.0.0.1:${proxy.port}` };
    await using gateway = await startGateway({ database: 'postgres', env });
    const readiness = async () => JSON.stringify(await (await gateway.fetch('/readyz')).json());
    expect(await readiness()).toBe('{"status":"ready"}');
    proxy.silence();
    await expect.poll(readiness, { timeout: 15_000 }).toContain('Redis does not answer');
    await expect.poll(readiness, { timeout: 15_000 }).toBe('{"status":"ready"}');
    expect((await gateway.graphql('{ __typename }')).status).toBe(200);
    // By the connection that hears, which was silenced too; the log is looked at every few seconds as well.
    const heard: string[] = [];
    gateway.app.wakeUps.onWake((tenantId, seq) => heard.push(`${tenantId} ${seq}`));
    const other = new Redis(redisUrl);
    const tell = async () => {
      await other.publish('convograph_events', `other 1 ${gateway.tenantId}`);
      return heard;
    };
    await expect.poll(tell, { timeout: 15_000, interval: 500 }).toContain(`${gateway.tenantId} 1`);
    other.disconnect();
  });

  test('Redis that takes connections and answers nothing keeps no start waiting, and is told', {
    timeout: 60_000,
  }, async () => {
    await using silent = await startSilentServer();
    await using closers = new AsyncDisposableStack();
    const database = await createDatabase();
    closers.defer(() => database.drop());
    const env = { REDIS_URL: `redis://127.0.0.1:${silent.port}`, SECRET_KEY: 'the same for server and doctor' };
    const gateway = closers.use(await startGateway({ database: 'postgres', databaseUrl: database.url, env }));
    await using listening = listenOverSocket<Changed, object>(gateway, changed, {});
    const made = await makeConversation(gateway);
    await expect
      .poll(() => listening.events.map(({ conversationChanged }) => conversationChanged.conversationId), {
        timeout: 15_000,
      })
      .toContain(made);
    const told = (await (await gateway.fetch('/readyz')).json()) as Record<string, unknown>;
    expect(told).toMatchObject({ status: 'ready', troubles: [expect.stringContaining('Redis does not answer')] });
    const beside = { ...env, DATABASE_URL: database.url };
    const { exitCode, output } = await runAdmin(gateway.dataDir, ['doctor'], beside);
    expect(exitCode).toBe(1);
    expect(output).toMatch(/✗ redis: .*\n.*limits are counted by the database/);
    expect(output).toContain('✓ disk');
  });
}
