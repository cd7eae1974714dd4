import { stat } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { channelPath } from '../../../src/admin/channel.ts';
import { askAdmin, runAdmin } from '../../testkit/admin.ts';
import { eachDatabase, startGateway, type TestGateway } from '../../testkit/gateway.ts';
import { startSilentServer } from '../../testkit/servers/silent-server.ts';

type Made = { tenant: { id: string; slug: string }; apiKey: { id: string; secret: string } };
type Key = { apiKey: { id: string; name: string; scopes: string[]; expiresAt: string | null }; secret: string };

/** The variables that a command beside this gateway is run with. */
const envOf = ({ databaseUrl, secretKey }: TestGateway): Record<string, string> =>
  databaseUrl === null ? {} : { DATABASE_URL: databaseUrl, SECRET_KEY: secretKey };

const whoAmI = (gateway: TestGateway, apiKey: string) =>
  gateway.graphql<{ viewer: { tenant: { slug: string }; scopes: string[] } }>(
    '{ viewer { tenant { slug } scopes } }',
    {},
    { apiKey },
  );

eachDatabase('administration beside a running server', (database) => {
  test('a second tenant is made, changed, listed and removed without a restart, and nothing in it is invented', async () => {
    await using gateway = await startGateway({ database });
    const env = envOf(gateway);
    const { apiKey } = await askAdmin<Made>(
      gateway.dataDir,
      ['tenant', 'add', 'acme', '--name', 'Acme Ltd', '--requests-per-minute', '100'],
      env,
    );
    const { body } = await whoAmI(gateway, apiKey.secret);
    expect(body.data?.viewer).toEqual({ tenant: { slug: 'acme' }, scopes: ['*'] });
    const held = await gateway.graphql<{ conversations: { totalCount: number }; upstreams: unknown[] }>(
      '{ conversations { totalCount } upstreams { id } account { email } }',
      {},
      { apiKey: apiKey.secret },
    );
    expect(held.body.data).toEqual({ conversations: { totalCount: 0 }, upstreams: [], account: { email: '' } });

    await askAdmin(
      gateway.dataDir,
      ['tenant', 'set', 'acme', '--email', 'ops@acme.test', '--storage-limit-mb', '5'],
      env,
    );
    const { tenants } = await askAdmin<{ tenants: Record<string, unknown>[] }>(
      gateway.dataDir,
      ['tenant', 'list'],
      env,
    );
    expect(tenants).toMatchObject([
      {
        slug: 'acme',
        name: 'Acme Ltd',
        email: 'ops@acme.test',
        requestsPerMinute: 100,
        requestsPerDay: null,
        storageLimitBytes: 5_242_880,
        validKeys: 1,
      },
      { slug: 'test' },
    ]);

    const unconfirmed = await runAdmin(gateway.dataDir, ['tenant', 'remove', 'acme'], env);
    expect(unconfirmed).toMatchObject({ exitCode: 2, errors: expect.stringContaining('--confirm acme') });
    await askAdmin(gateway.dataDir, ['tenant', 'remove', 'acme', '--confirm', 'acme'], env);
    expect((await whoAmI(gateway, apiKey.secret)).status).toBe(401);
    expect((await whoAmI(gateway, gateway.apiKey)).status).toBe(200);
  });

  test('a tenant is removed with its conversations, messages, files and exports', async () => {
    await using gateway = await startGateway({ database });
    const env = envOf(gateway);
    const { tenant, apiKey } = await askAdmin<Made>(gateway.dataDir, ['tenant', 'add', 'gone'], env);
    const created = await gateway.graphql<{ createConversation: { conversation: { id: string } } }>(
      `mutation { createConversation(input: { title: "A", messages: [{ role: USER, content: "Hello" }] }) {
        ... on CreateConversationPayload { conversation { id } } } }`,
      {},
      { apiKey: apiKey.secret },
    );
    const { id } = created.body.data?.createConversation.conversation ?? { id: '' };
    const form = new FormData();
    form.set('file', new File(['bytes'], 'note.txt', { type: 'text/plain' }));
    const uploaded = await gateway.fetch(`/v1/conversations/${id}/attachments`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey.secret}` },
      body: form,
    });
    expect(uploaded.status).toBe(201);
    const removed = await askAdmin(gateway.dataDir, ['tenant', 'remove', 'gone', '--confirm', 'gone'], env);
    expect(removed).toMatchObject({ conversations: 1, files: 1 });
    const { prisma } = gateway.app.database;
    const where = { tenantId: tenant.id };
    expect(await prisma.message.count({ where })).toBe(0);
    expect(await prisma.event.count({ where })).toBe(0);
    expect(await Array.fromAsync(gateway.app.storage.list(`${tenant.id}/`))).toEqual([]);
  });

  test('keys are made, renamed, rotated with a grace and revoked', async () => {
    await using gateway = await startGateway({ database });
    const env = envOf(gateway);
    const made = await askAdmin<Key>(
      gateway.dataDir,
      ['key', 'add', 'test', '--name', 'App', '--scopes', 'read, write', '--expires', '90d'],
      env,
    );
    expect(made.apiKey.scopes).toEqual(['conversations:read', 'conversations:write']);
    await askAdmin(gateway.dataDir, ['key', 'rename', made.apiKey.id, 'Front end'], env);
    const rotated = await askAdmin<Key & { old: { expiresAt: string } }>(
      gateway.dataDir,
      ['key', 'rotate', made.apiKey.id, '--grace', '30m'],
      env,
    );
    expect(rotated.apiKey).toMatchObject({
      name: 'Front end',
      scopes: made.apiKey.scopes,
      expiresAt: made.apiKey.expiresAt,
    });
    const graceMs = new Date(rotated.old.expiresAt).getTime() - Date.now();
    expect(graceMs).toBeGreaterThan(25 * 60_000);
    expect(graceMs).toBeLessThanOrEqual(30 * 60_000);
    expect((await whoAmI(gateway, made.secret)).status).toBe(200);
    expect((await whoAmI(gateway, rotated.secret)).status).toBe(200);

    await askAdmin(gateway.dataDir, ['key', 'rotate', rotated.apiKey.id, '--grace', '0'], env);
    expect((await whoAmI(gateway, rotated.secret)).status).toBe(401);
    await askAdmin(gateway.dataDir, ['key', 'revoke', made.apiKey.id], env);
    expect((await whoAmI(gateway, made.secret)).status).toBe(401);
    const again = await runAdmin(gateway.dataDir, ['key', 'rotate', made.apiKey.id], env);
    expect(again).toMatchObject({ exitCode: 1, errors: expect.stringContaining('make a new key') });
  });

  test('what is wrong is said in words, and the exit code tells', async () => {
    await using gateway = await startGateway({ database });
    const env = envOf(gateway);
    const cases: [string[], number, RegExp][] = [
      [['tenant', 'add', 'No Slug'], 1, /slug: must be 1 to 63/],
      [['tenant', 'add', 'test'], 1, /a tenant "test" already/],
      [['tenant', 'add'], 2, /SLUG is missing/],
      [['tenant', 'set', 'test'], 2, /Nothing is to change/],
      [['tenant', 'set', 'nobody', '--name', 'x'], 1, /"nobody" not found/],
      [['tenant', 'set', 'test', '--requests-per-minute', 'many'], 2, /neither a whole number/],
      [['key', 'add', 'test', '--scopes', 'king'], 1, /scopes: Scopes must be of/],
      [['key', 'add', 'test', '--frob'], 2, /--frob/],
      [['key', 'revoke', 'key_unknown'], 1, /"key_unknown" not found/],
      [['key', 'rotate', 'key_unknown', '--grace', 'soon'], 2, /30m, 24h or 7d/],
      [['frobnicate'], 2, /--help/],
    ];
    for (const [argv, exitCode, errors] of cases) {
      const answer = await runAdmin(gateway.dataDir, argv, env);
      expect({ argv, ...answer }).toMatchObject({ argv, exitCode, output: '', errors: expect.stringMatching(errors) });
      expect(answer.errors).not.toContain('    at ');
    }
  });

  test('doctor finds nothing where all is well, and says what is wrong where it is not', async () => {
    await using gateway = await startGateway({ database });
    const env = envOf(gateway);
    const well = await runAdmin(gateway.dataDir, ['doctor'], env);
    expect(well).toMatchObject({ exitCode: 0, output: expect.stringContaining('All is well') });

    const { prisma } = gateway.app.database;
    await prisma.upstream.create({
      data: {
        tenantId: gateway.tenantId,
        id: 'up_doctor',
        provider: 'ANIMAM',
        name: 'Shop',
        baseUrl: 'https://shop.invalid',
        apiKeyCipher: 'v1.bm90aGluZw',
        status: 'UNAUTHORIZED',
        errorMessage: 'The key was refused',
      },
    });
    await prisma.apiKey.updateMany({ data: { revokedAt: new Date() } });
    const ill = await runAdmin(gateway.dataDir, ['doctor'], env);
    expect(ill.exitCode).toBe(1);
    for (const words of ['test/Shop: UNAUTHORIZED', 'The key was refused', 'SECRET_KEY', 'has no valid key']) {
      expect(ill.output).toContain(words);
    }
  });
});

test('the socket for commands is its own user’s alone, and without a server the embedded database is opened', async () => {
  const gateway = await startGateway();
  const { dataDir } = gateway;
  expect((await stat(channelPath(dataDir))).mode & 0o777).toBe(0o600);
  await gateway.stop();
  const { tenants } = await askAdmin<{ tenants: { slug: string }[] }>(dataDir, ['tenant', 'list']);
  expect(tenants.map(({ slug }) => slug)).toEqual(['test']);
  await gateway.close();
});

test('help and version are answered whatever the configuration is', async () => {
  const help = await runAdmin('/tmp', ['--help'], { PORT: 'many' });
  expect(help).toMatchObject({ exitCode: 0, output: expect.stringContaining('key rotate KEY_ID') });
  expect(await runAdmin('/tmp', ['--version'], { PORT: 'many' })).toMatchObject({ exitCode: 0, output: '0.1.0\n' });
  const bad = await runAdmin('/tmp', ['doctor'], { PORT: 'many' });
  expect(bad).toMatchObject({ exitCode: 1, errors: expect.stringContaining('PORT') });
});

test('a command’s own help is answered, by itself', async () => {
  const help = await runAdmin('/tmp', ['key', 'rotate', '--help'], { PORT: 'many' });
  expect(help).toMatchObject({ exitCode: 0, errors: '', output: expect.stringContaining('--grace TIME') });
  expect(help.output).not.toContain('tenant add');
  const move = await runAdmin('/tmp', ['move', '--help'], { PORT: 'many' });
  expect(move).toMatchObject({ exitCode: 0, output: expect.stringContaining('move --to postgresql') });
});

test('doctor says what keeps it from beginning', async () => {
  const env = { DATABASE_URL: 'postgresql://root@127.0.0.1:1/none', SECRET_KEY: 'x'.repeat(32) };
  const answer = await runAdmin('/tmp', ['doctor'], env);
  expect(answer).toMatchObject({ exitCode: 1, errors: expect.stringContaining('Check that DATABASE_URL') });
  const noFolder = await runAdmin('/tmp', ['doctor'], { DATA_DIR: '/dev/null/data' });
  expect(noFolder).toMatchObject({ exitCode: 1, errors: expect.stringContaining('Make DATA_DIR') });
});

test('doctor does not wait for a storage that takes connections and answers nothing', { timeout: 90_000 }, async () => {
  await using silent = await startSilentServer();
  await using gateway = await startGateway();
  await gateway.stop();
  const storage = `s3://files/here?endpoint=http://127.0.0.1:${silent.port}&region=us-east-1`;
  const env = { STORAGE_URL: storage, AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
  const { exitCode, output } = await runAdmin(gateway.dataDir, ['doctor'], env);
  expect(exitCode).toBe(1);
  expect(output).toContain('✗ storage: it gives no answer within 8 s');
  expect(output, 'the other parts were looked at').toContain('✓ jobs');
});
