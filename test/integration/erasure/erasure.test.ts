import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import type { Caller } from '../../../src/domain/app.ts';
import { createConversation, deleteConversation } from '../../../src/domain/conversations/writes.ts';
import { erase } from '../../../src/domain/erasure/erase.ts';
import type { Receipt } from '../../../src/domain/erasure/receipt.ts';
import { connectUpstream, syncUpstream } from '../../../src/domain/upstreams/upstreams.ts';
import { createWebhook } from '../../../src/domain/webhooks/webhooks.ts';
import { readEvents } from '../../../src/events/log.ts';
import { newId } from '../../../src/lib/id.ts';
import { signWebhook } from '../../../src/lib/secrets/webhook-signature.ts';
import { askAdmin, runAdmin } from '../../testkit/admin.ts';
import { findCanary } from '../../testkit/canary.ts';
import { importFile } from '../../testkit/files/imports.ts';
import { eachDatabase, type TestGateway } from '../../testkit/gateway.ts';
import { startWebhookReceiver } from '../../testkit/servers/webhook-receiver.ts';
import { startAnimam } from '../../testkit/upstreams/animam/animam.ts';
import { type Connected, startConnected, until, webhookSecret } from '../upstreams/connected.ts';

vi.setConfig({ testTimeout: 180_000 });

const canary = 'zquorvex.maier@example.com';
const otherwise = 'ZQuorvex.Maier@example.com';

const envOf = ({ databaseUrl, secretKey }: TestGateway): Record<string, string> =>
  databaseUrl === null ? {} : { DATABASE_URL: databaseUrl, SECRET_KEY: secretKey, ALLOW_PRIVATE_NETWORK: 'true' };

async function ask<Body>({ apiKey, ...gateway }: TestGateway, method: string, route: string, body?: object) {
  const isForm = body instanceof FormData;
  const headers = {
    authorization: `Bearer ${apiKey}`,
    'idempotency-key': `${method} ${route}`,
    ...(!isForm && { 'content-type': 'application/json' }),
  };
  const init = body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) };
  const response = await gateway.fetch(route, { method, headers, ...init });
  return (await response.json()) as Body;
}

/** The text in each place that a conversation of the gateway's own has, and in what tells of it. */
async function placeEverywhere({ gateway, caller, api, webhookUrl }: Connected): Promise<{ exportId: string }> {
  await createWebhook(caller, { url: 'http://127.0.0.1:9/', events: ['conversation.created', 'conversation.deleted'] });
  const other = { title: 'Plain', content: 'Nothing of note' };
  await createConversation(caller, {
    title: 'Plain',
    messages: [{ role: 'USER', content: `Write to ${otherwise}, please.` }],
  });
  await createConversation(caller, { ...other, metadata: { customer: { mail: canary } } });
  await createConversation(caller, { ...other, segment: canary, idempotencyKey: canary });
  const gone = await createConversation(caller, { title: `Deleted before: ${canary}`, content: 'x' });
  await deleteConversation(caller, gone.id);
  const { id } = await ask<{ id: string }>(gateway, 'POST', '/v1/conversations', {
    title: `By ${canary}`,
    content: 'x',
  });
  const form = new FormData();
  form.set('file', new File([`Dear ${canary}`], `${canary}.txt`, { type: 'text/plain' }));
  await ask(gateway, 'POST', `/v1/conversations/${id}/attachments`, form);
  await importEverywhere(gateway);
  const made = await ask<{ id: string }>(gateway, 'POST', '/v1/exports', { format: 'json' });
  const { prisma } = gateway.app.database;
  await until('the export is made', async () => {
    const row = await prisma.export.findFirst({ where: { id: made.id } });
    return row?.status === 'COMPLETED';
  });
  const body = JSON.stringify({ id: 'evt_canary', type: 'storage.limit_reached', data: { note: canary } });
  const signature = signWebhook(webhookSecret, body, Math.floor(Date.now() / 1_000));
  const headers = { 'content-type': 'application/json', 'x-aimychats-signature': signature };
  expect((await gateway.fetch(webhookUrl.replace(gateway.url, ''), { method: 'POST', headers, body })).status).toBe(
    200,
  );
  const input = { title: `Kept upstream for ${canary}`, content: 'Hello', source: 'API' as const, upstreamId: '' };
  const { id: upstreamId } = await prisma.upstream.findFirstOrThrow({ where: { provider: 'AI_MY_CHATS' } });
  await createConversation(caller, { ...input, upstreamId });
  expect(api.conversations.size).toBe(1);
  return { exportId: made.id };
}

/** As the name of a file that was read, in what was left out of it, and in one that still waits for a worker. */
async function importEverywhere(gateway: TestGateway): Promise<void> {
  const mail = (subject: string) => `From a@x.test Sun Mar  1 10:00:00 2026\nSubject: ${subject}\n\n`;
  const { app, tenantId } = gateway;
  const told = await importFile(gateway, `${canary}.mbox`, mail(`About ${canary}`));
  expect(told).toMatchObject({ status: 'COMPLETED', leftOut: [{ place: `"About ${canary}"` }] });
  const waiting = newId('import');
  const storageKey = `${tenantId}/imports/${waiting}`;
  const signal = new AbortController().signal;
  await app.storage.put(storageKey, new Blob([mail(canary)]).stream(), { signal });
  const data = { tenantId, id: waiting, filename: 'waits.mbox', sizeBytes: 1n, storageKey, assistant: canary };
  await app.database.prisma.import.create({ data });
}

async function connectAnimam(caller: Caller, url: string, apiKey: string): Promise<string> {
  const input = { provider: 'ANIMAM', baseUrl: url, apiKey, remoteTenant: 'acme', syncIntervalSeconds: 86_400 };
  const { id } = await connectUpstream(caller, input);
  await syncedAgain(caller, id, null);
  return id;
}

async function syncedAgain({ app }: Caller, id: string, before: Date | null): Promise<void> {
  await until('it is synced', async () => {
    const row = await app.database.prisma.upstream.findFirst({ where: { id } });
    return row?.lastSyncedAt != null && row.lastSyncedAt.getTime() !== before?.getTime();
  });
}

eachDatabase('erasure', (database) => {
  test('a participant is afterwards in no table, file, export, event, answer or search, and does not come back', async () => {
    await using connected = await startConnected({ gateway: { database } });
    const { gateway, caller, api } = connected;
    const { app, dataDir, tenantSlug: tenant } = gateway;
    await using animam = await startAnimam({
      tenant: 'acme',
      conversations: [{ id: 'conv_read_only', messages: [{ role: 'user', content: `I am ${canary}` }] }],
    });
    const readOnlyId = await connectAnimam(caller, animam.url, animam.apiKey);
    const kept = await createConversation(caller, { title: 'Stays', content: 'Nobody is named here' });
    const { exportId } = await placeEverywhere(connected);
    await until('deliveries are made', async () => (await app.database.prisma.webhookDelivery.count()) >= 6);
    expect((await findCanary(app, dataDir, canary)).length).toBeGreaterThan(10);

    const words = ['erase', '--tenant', tenant, '--participant', canary];
    const tried = await askAdmin<{ conversations: number }>(dataDir, [...words, '--dry-run'], envOf(gateway));
    expect(tried).toEqual({ tenant, conversations: 6 });
    const unconfirmed = await runAdmin(dataDir, words, envOf(gateway));
    expect(unconfirmed).toMatchObject({ exitCode: 2, errors: expect.stringContaining(`--confirm ${tenant}`) });
    const receipt = await askAdmin<Receipt>(dataDir, [...words, '--confirm', tenant], envOf(gateway));

    expect(await findCanary(app, dataDir, canary)).toEqual([]);
    // That it was done is told, and of whom it was not.
    const [erased] = await app.database.prisma.auditEntry.findMany({ where: { action: 'erase' } });
    expect(erased).toMatchObject({ way: 'ADMIN', outcome: 'DONE' });
    expect(receipt.erased).toMatchObject({
      conversations: 6,
      files: 1,
      attachments: 1,
      deletedUpstream: 1,
      exports: 1,
      imports: 2,
    });
    expect(receipt.refused).toEqual([
      expect.objectContaining({ upstreamId: readOnlyId, externalId: 'conv_read_only', isErasedHere: true }),
    ]);
    expect(JSON.stringify(receipt).toLowerCase()).not.toContain('zquorvex');
    expect(api.conversations.size).toBe(0);
    expect(
      JSON.stringify((await readEvents(app.database, caller.tenantId, 0n, 1_000)).map(({ data }) => data)),
    ).not.toContain('uorvex');
    const found = await gateway.graphql<{ search: { totalCount: number }; conversations: { nodes: { id: string }[] } }>(
      '{ search: searchConversations(query: "zquorvex") { totalCount } conversations { nodes { id } } }',
    );
    expect(found.body.data).toEqual({ search: { totalCount: 0 }, conversations: { nodes: [{ id: kept.id }] } });
    const download = await ask<{ status: string }>(gateway, 'GET', `/v1/exports/${exportId}`);
    expect(download.status).toBe('expired');

    const { lastSyncedAt } = await app.database.prisma.upstream.findFirstOrThrow({ where: { id: readOnlyId } });
    await syncUpstream(caller, readOnlyId, true);
    await syncedAgain(caller, readOnlyId, lastSyncedAt);
    expect(await app.database.prisma.conversation.count()).toBe(1);

    const file = path.join(dataDir, 'receipt.json');
    await writeFile(file, JSON.stringify(receipt, null, 2));
    expect((await runAdmin(dataDir, ['receipt', 'verify', file], envOf(gateway))).exitCode).toBe(0);
    await writeFile(file, JSON.stringify({ ...receipt, erased: { ...receipt.erased, conversations: 7 } }));
    const altered = await runAdmin(dataDir, ['receipt', 'verify', file], envOf(gateway));
    expect(altered).toMatchObject({ exitCode: 1, output: expect.stringContaining('altered') });
  });

  test('where an upstream does not answer, or it is stopped midway, the next erasure takes the rest', async () => {
    await using connected = await startConnected({ gateway: { database } });
    await using receiver = await startWebhookReceiver();
    const { gateway, caller, api, upstreamId } = connected;
    await createWebhook(caller, { url: receiver.url, events: ['conversation.deleted'] });
    const mine = await createConversation(caller, { title: `First ${canary}`, content: 'x' });
    const input = { title: `Second ${canary}`, content: 'Hello', upstreamId };
    const { id } = await createConversation(caller, input);
    const target = { kind: 'PARTICIPANT' as const, text: canary };
    const options = { tenant: gateway.tenantSlug, signal: new AbortController().signal };
    api.script({ method: 'DELETE', answer: { kind: 'status', status: 503 } });
    const first = await erase(caller, target, options);
    expect(first.erased.conversations).toBe(1);
    expect(first.refused).toEqual([expect.objectContaining({ upstreamId, isErasedHere: false })]);
    expect(await gateway.app.database.prisma.conversation.findMany({ select: { id: true } })).toEqual([{ id }]);
    api.heal();
    const last = await createConversation(caller, { title: `Third ${canary}`, content: 'x' });
    const stopped = new AbortController();
    api.onRequest(() => stopped.abort());
    await expect(erase(caller, target, { ...options, signal: stopped.signal })).rejects.toThrow('aborted');
    expect(api.conversations.size).toBe(0);
    expect(await gateway.app.database.prisma.conversation.findMany({ select: { id: true } })).toEqual([
      { id: last.id },
    ]);
    const again = await erase(caller, target, options);
    expect(again).toMatchObject({ erased: { conversations: 1 }, refused: [] });
    expect(await findCanary(gateway.app, gateway.dataDir, canary)).toEqual([]);
    await until('all deletions are told', () => receiver.ofType('conversation.deleted').length === 3);
    const told = JSON.stringify(receiver.received.map(({ body }) => body));
    expect(told).toContain(mine.id);
    expect(told).not.toContain('uorvex');
  });

  test('a conversation is erased by its id, and one that is not there is not found', async () => {
    await using connected = await startConnected({ gateway: { database } });
    const { gateway, caller } = connected;
    const { id } = await createConversation(caller, { title: canary, content: 'x' });
    const words = (which: string) => ['erase', '--tenant', 'test', '--conversation', which, '--confirm', 'test'];
    const receipt = await askAdmin<Receipt>(gateway.dataDir, words(id), envOf(gateway));
    expect(receipt.erased.conversations).toBe(1);
    expect(await findCanary(gateway.app, gateway.dataDir, canary)).toEqual([]);
    const again = await runAdmin(gateway.dataDir, words('conv_01h455vb4pex5vsknk084sn02q'), envOf(gateway));
    expect(again).toMatchObject({ exitCode: 1, errors: expect.stringContaining('not found') });
  });
});
