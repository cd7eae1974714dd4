import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { systemCaller } from '../../../src/domain/caller.ts';
import { decryptFor } from '../../../src/domain/upstreams/credentials.ts';
import { createWebhook, decryptWebhookSecret } from '../../../src/domain/webhooks/webhooks.ts';
import { createSecretBox } from '../../../src/lib/secrets/secret-box.ts';
import { askAdmin, runAdmin } from '../../testkit/admin.ts';
import { eachDatabase, startGateway } from '../../testkit/gateway.ts';
import { startConnected } from '../upstreams/connected.ts';

eachDatabase('another secret', (database) => {
  test('all that was encrypted is encrypted anew, addresses stay good, and a restart needs the new one alone', async () => {
    const ownEnv: Record<string, string> = database === 'pglite' ? {} : { SECRET_KEY: 'the first secret of this test' };
    await using connected = await startConnected({ gateway: { database, env: ownEnv } });
    const { gateway, caller, api, upstreamId } = connected;
    const { dataDir, databaseUrl, secretKey } = gateway;
    const { prisma } = gateway.app.database;
    const { webhook, secret } = await createWebhook(caller, {
      url: 'https://example.com/',
      events: ['api_key.created'],
    });
    const headers = { authorization: `Bearer ${gateway.apiKey}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ title: 'A', content: 'Hello' });
    const once = { method: 'POST', headers: { ...headers, 'idempotency-key': 'one' }, body };
    const first = await (await gateway.fetch('/v1/conversations', once)).text();
    const form = new FormData();
    form.set('file', new File(['bytes'], 'a.txt', { type: 'text/plain' }));
    const { id } = JSON.parse(first) as { id: string };
    const uploaded = await gateway.fetch(`/v1/conversations/${id}/attachments`, {
      method: 'POST',
      headers: { authorization: headers.authorization },
      body: form,
    });
    expect(uploaded.status).toBe(201);
    const { body: graph } = await gateway.graphql<{ conversation: { attachments: { url: string }[] } }>(
      'query ($id: ID!) { conversation(id: $id) { attachments { url } } }',
      { id },
    );
    const url = graph.data?.conversation.attachments[0]?.url ?? '';
    expect((await fetch(url)).status).toBe(200);

    const next = 'the new secret of the tests, 32+';
    const env: Record<string, string> =
      databaseUrl === null ? {} : { DATABASE_URL: databaseUrl, SECRET_KEY: next, SECRET_KEY_PREVIOUS: secretKey };
    if (databaseUrl !== null) {
      const blind = await runAdmin(dataDir, ['secret', 'rotate'], { ...env, SECRET_KEY_PREVIOUS: 'another one' });
      expect(blind).toMatchObject({ exitCode: 1, output: expect.stringContaining('4 could not be read') });
    }
    const former = databaseUrl === null ? (await readFile(path.join(dataDir, 'secret'), 'utf8')).trim() : secretKey;
    const rotated = await askAdmin<object>(dataDir, ['secret', 'rotate'], env);
    expect(rotated).toEqual({ isSecretNew: databaseUrl === null, renewed: 4, unreadable: 0 });

    const present = databaseUrl === null ? (await readFile(path.join(dataDir, 'secret'), 'utf8')).trim() : next;
    expect(present).not.toBe(former);
    const alone = { ...gateway.app, secrets: createSecretBox(present) };
    const upstream = await prisma.upstream.findFirstOrThrow();
    const reader = systemCaller(alone, gateway.tenantId);
    expect(decryptFor(reader, upstreamId, 'apiKey', upstream.apiKeyCipher)).toBe(api.apiKey);
    const { secretCipher } = await prisma.webhook.findFirstOrThrow();
    expect(decryptWebhookSecret(alone, gateway.tenantId, webhook.id, secretCipher)).toBe(secret);

    await gateway.stop();
    await using again = await startGateway({
      database,
      dataDir,
      ...(databaseUrl !== null && { databaseUrl }),
      env: { BOOTSTRAP_API_KEY: gateway.apiKey, ...(databaseUrl !== null && env) },
    });
    const { pathname, search } = new URL(url);
    const served = await again.fetch(`${pathname}${search}`);
    expect([served.status, await served.text()]).toEqual([200, 'bytes']);
    expect((await again.fetch(`${pathname}${search}x`)).status).toBe(403);
    expect(await (await again.fetch('/v1/conversations', once)).text()).toBe(first);
  });
});
