import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openPglite } from '../../../src/database/pglite.ts';
import { ensureTenant } from '../../../src/domain/tenants/tenants.ts';
import { newTestKey, startGateway, type TestGateway } from '../../testkit/gateway.ts';
import { copyTemplate } from '../../testkit/template.ts';

/** A folder with an embedded database, migrated and empty. */
async function newFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'convograph-demo-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await copyTemplate(path.join(folder, 'db'));
  return folder;
}

const start = (dataDir: string, env: Record<string, string> = {}) =>
  startGateway({ dataDir, env: { DEMO_DATA: '', BOOTSTRAP_API_KEY: newTestKey(), ...env } });

async function countAll(gateway: TestGateway): Promise<{ conversations: number; upstreams: number }> {
  const { body } = await gateway.graphql<{ conversations: { totalCount: number }; upstreams: unknown[] }>(
    '{ conversations { totalCount } upstreams { id } }',
  );
  return {
    conversations: body.data?.conversations.totalCount ?? -1,
    upstreams: body.data?.upstreams.length ?? -1,
  };
}

test('a new embedded database gets the demo conversations once', async () => {
  const folder = await newFolder();
  let first: { conversations: number; upstreams: number };
  {
    await using gateway = await start(folder);
    first = await countAll(gateway);
    expect(first.conversations).toBeGreaterThan(10);
    expect(first.upstreams).toBe(2);
  }
  await using again = await start(folder);
  expect(await countAll(again)).toEqual(first);
});

test('a first start that was stopped after its tenant was made is made up for by the next', async () => {
  const folder = await newFolder();
  const database = await openPglite(path.join(folder, 'db'));
  await ensureTenant(database, 'test');
  await database.close();
  await using gateway = await start(folder);
  expect((await countAll(gateway)).conversations).toBeGreaterThan(10);
});

test('a second tenant of a database that is not new gets nothing that was invented', async () => {
  const folder = await newFolder();
  {
    await using first = await start(folder);
    expect((await countAll(first)).upstreams).toBe(2);
  }
  await using second = await start(folder, { BOOTSTRAP_TENANT: 'acme' });
  expect(await countAll(second)).toEqual({ conversations: 0, upstreams: 0 });
  const { body } = await second.graphql<{ account: { email: string } }>('{ account { email } }');
  expect(body.data?.account.email).toBe('');
});

test('a tenant that began without demo data never gets them by itself', async () => {
  const folder = await newFolder();
  {
    await using first = await start(folder, { DEMO_DATA: 'false' });
    expect((await countAll(first)).conversations).toBe(0);
  }
  await using again = await start(folder);
  expect((await countAll(again)).conversations).toBe(0);
});
