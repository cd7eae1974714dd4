import { describe, expect, test } from 'vitest';
import { isUnavailable } from '../../../src/database/unavailable.ts';
import { newId } from '../../../src/lib/id.ts';
import { createDatabase, startGateway } from '../../testkit/gateway.ts';
import { startTcpProxy } from '../../testkit/servers/tcp-proxy.ts';

const server = process.env['TEST_DATABASE_URL'];
if (server === undefined) console.info('left out: "while the database is away", since TEST_DATABASE_URL is not set');

describe.skipIf(server === undefined)('while the database is away', () => {
  test('queries get 503 and it is alive but not ready; it comes back by itself', { timeout: 60_000 }, async () => {
    const database = await createDatabase();
    const url = new URL(database.url);
    await using proxy = await startTcpProxy(url.hostname, Number(url.port || 5432));
    url.hostname = '127.0.0.1';
    url.port = String(proxy.port);
    try {
      await using gateway = await startGateway({ database: 'postgres', databaseUrl: url.href });
      expect((await gateway.graphql('{ conversations { totalCount } }')).status).toBe(200);

      // A statement that breaks while it runs, which the driver tells without a code.
      const broken = gateway.app.database.prisma.$queryRaw`SELECT pg_sleep(30)`.catch((err: unknown) => err);
      const isRunning = async () => {
        const [row] = await gateway.app.database.prisma.$queryRaw<{ running: boolean }[]>`
          SELECT count(*) > 1 AS running FROM pg_stat_activity
          WHERE datname = current_database() AND query LIKE '%pg_sleep(30)%'`;
        return row?.running;
      };
      await expect.poll(isRunning).toBe(true);
      await proxy.cut();
      expect(isUnavailable(await broken)).toBe(true);
      const { status, body } = await gateway.graphql('{ conversations { totalCount } }');
      expect({ status, code: body.errors?.[0]?.extensions['code'] }).toEqual({
        status: 503,
        code: 'SERVICE_UNAVAILABLE',
      });
      const event = { method: 'POST', body: '{}' };
      expect((await gateway.fetch(`/webhooks/upstreams/${newId('upstream')}`, event)).status).toBe(503);
      expect((await gateway.fetch('/readyz')).status).toBe(503);
      expect((await gateway.fetch('/healthz')).status).toBe(200);

      await proxy.restore();
      await expect.poll(async () => (await gateway.fetch('/readyz')).status, { timeout: 20_000 }).toBe(200);
      expect((await gateway.graphql('{ conversations { totalCount } }')).status).toBe(200);
    } finally {
      await database.drop();
    }
  });
});
