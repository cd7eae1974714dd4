import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { systemCaller } from '../../../src/domain/caller.ts';
import { createImport, loadImports } from '../../../src/domain/imports/imports.ts';
import { cleanUpImports } from '../../../src/domain/imports/lifecycle.ts';
import { createApiKey } from '../../../src/domain/tenants/api-keys.ts';
import { createRunImportHandler } from '../../../src/jobs/run-import.ts';
import { newId } from '../../../src/lib/id.ts';
import { mailbox, whatsAppChat } from '../../testkit/chat-files.ts';
import { importFile, sendImport, showImport } from '../../testkit/files/imports.ts';
import { eachDatabase, startGateway, type TestGateway } from '../../testkit/gateway.ts';

const noSignal = new AbortController().signal;

async function titlesOf(gateway: TestGateway): Promise<string[]> {
  const { body } = await gateway.graphql<{ conversations: { nodes: { title: string }[] } }>(
    '{ conversations(first: 100) { nodes { title } } }',
  );
  return body.data?.conversations.nodes.map(({ title }) => title).toSorted() ?? [];
}

const filesOf = (gateway: TestGateway) => Array.fromAsync(gateway.app.storage.list(`${gateway.tenantId}/`));

function linesOf(count: number): string {
  const line = (index: number) =>
    JSON.stringify({
      title: `Number ${index}`,
      messages: [
        { role: 'user', content: `Where is order ${index}?` },
        { role: 'assistant', content: 'On its way.' },
      ],
    });
  return Array.from({ length: count }, (_, index) => line(index)).join('\n');
}

eachDatabase('a file that is uploaded to be imported', (database) => {
  test('is tried, read, told of, and read again without a change; its bytes do not stay', async () => {
    await using gateway = await startGateway({ database });
    const tried = await importFile(gateway, 'a/WhatsApp Chat with Bo.txt', whatsAppChat, { dryRun: true });
    expect(tried).toMatchObject({ status: 'COMPLETED', dryRun: true, importedCount: 1, messageCount: 3 });
    expect(await titlesOf(gateway)).toEqual([]);

    const once = await importFile(gateway, 'a/WhatsApp Chat with Bo.txt', whatsAppChat, { assistant: 'Bo' });
    expect(once).toMatchObject({
      status: 'COMPLETED',
      filename: 'WhatsApp Chat with Bo.txt',
      format: 'WhatsApp',
      progress: 1,
      importedCount: 1,
      messageCount: 3,
      leftOutCount: 0,
      error: null,
    });
    expect(await titlesOf(gateway)).toEqual(['WhatsApp: Bo']);
    const again = await importFile(gateway, 'WhatsApp Chat with Bo.txt', whatsAppChat, { assistant: 'Bo' });
    expect(again).toMatchObject({ importedCount: 0, extendedCount: 0, unchangedCount: 1 });
    const more = `${whatsAppChat}1/2/25, 8:00 AM - Bo: See you.\n`;
    const later = await importFile(gateway, 'WhatsApp Chat with Bo.txt', more, { assistant: 'Bo' });
    expect(later).toMatchObject({ importedCount: 0, extendedCount: 1 });
    await expect.poll(() => filesOf(gateway)).toEqual([]);
    expect(await readdir(path.join(gateway.dataDir, 'uploads', String(process.pid)))).toEqual([]);

    const { body } = await gateway.graphql<{ imports: { totalCount: number; nodes: { id: string }[] } }>(
      '{ imports(first: 2) { totalCount nodes { id } } }',
    );
    expect(body.data?.imports).toMatchObject({ totalCount: 4, nodes: [{ id: later.id }, { id: again.id }] });
  });

  test('names what was left out and why', async () => {
    await using gateway = await startGateway({ database });
    const lines = `${linesOf(1)}\nno JSON\n{"title": "Empty", "messages": []}\n`;
    expect(await importFile(gateway, 'chats.jsonl', lines)).toMatchObject({
      status: 'COMPLETED',
      importedCount: 1,
      leftOutCount: 2,
      leftOut: [
        { place: 'line 2', reason: 'it is not JSON' },
        { place: 'line 3', reason: 'it has neither content nor messages' },
      ],
    });
  });

  test('says in words why it cannot be read, and what was read until then stays', async () => {
    await using gateway = await startGateway({ database });
    const nonsense = await importFile(gateway, 'x.bin', 'nonsense');
    expect(nonsense).toMatchObject({ status: 'FAILED', error: expect.stringContaining('none of what is known') });
    const broken = `{"conversations": [${linesOf(2).split('\n').join(',')}, {"title": `;
    expect(await importFile(gateway, 'x.json', broken)).toMatchObject({
      status: 'FAILED',
      error: expect.stringContaining('breaks off'),
      importedCount: 2,
    });
    expect(await titlesOf(gateway)).toEqual(['Number 0', 'Number 1']);
    const where = { id: gateway.tenantId };
    await gateway.app.database.prisma.tenant.update({ where, data: { storageLimitBytes: 60n } });
    expect(await importFile(gateway, 'mail', mailbox)).toMatchObject({
      status: 'FAILED',
      error: expect.stringContaining('The storage limit'),
    });
    await expect.poll(() => filesOf(gateway)).toEqual([]);
  });

  test('is refused at once where it is too large, or too many wait, or the key may not write', async () => {
    await using gateway = await startGateway({ database, env: { MAX_UPLOAD_MB: '1' } });
    const refused = async (content: Uint8Array | string, options = {}) =>
      (await sendImport(gateway, 'x.jsonl', content, options)).data?.importConversations;
    expect(await refused(new Uint8Array(1_048_577))).toMatchObject({
      __typename: 'ValidationError',
      fields: [{ field: 'input.file', messages: [expect.stringContaining('npm run import')] }],
    });
    expect(await refused('{}', { assistant: 'x'.repeat(201) })).toMatchObject({
      fields: [{ field: 'input.assistant' }],
    });
    const caller = systemCaller(gateway.app, gateway.tenantId);
    const reader = await createApiKey(caller, { name: 'Reader', scopes: ['conversations:read'] });
    const { errors } = await sendImport(gateway, 'x.jsonl', '{}', { apiKey: reader.secret });
    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    const { tenantId } = gateway;
    await gateway.app.database.prisma.import.createMany({
      data: Array.from({ length: 10 }, () => ({ tenantId, id: newId('import'), filename: 'x', sizeBytes: 1n })),
    });
    expect(await refused('{}')).toMatchObject({ fields: [{ messages: [expect.stringContaining('wait until')] }] });
    expect(await filesOf(gateway)).toEqual([]);
  });

  test('is gone on with where a shutdown cut it short, and ends where nobody wants it any more', async () => {
    // No worker of its own: here it is run by hand.
    await using gateway = await startGateway({ database, env: { ROLE: 'web' } });
    const caller = systemCaller(gateway.app, gateway.tenantId);
    const { prisma } = gateway.app.database;
    const folder = await mkdtemp(path.join(tmpdir(), 'convograph-imports-'));
    const run = createRunImportHandler(gateway.app, folder);
    const count = 120;
    const upload = { filename: 'x.jsonl', isDryRun: false, signal: noSignal };
    const take = () => createImport(caller, { ...upload, stream: new Blob([linesOf(count)]).stream() });

    const { id } = await take();
    const job = { tenantId: gateway.tenantId, importId: id };
    const shutdown = new AbortController();
    const cut = expect(run(job, shutdown.signal, { isLast: false })).rejects.toThrow('stopping');
    await expect.poll(() => prisma.conversation.count(), { interval: 5 }).toBeGreaterThan(2);
    shutdown.abort(new Error('stopping'));
    await cut;
    const [before] = await loadImports(caller, [id]);
    const kept = await prisma.conversation.count();
    expect(kept).toBeLessThan(count);
    expect(before).toMatchObject({ status: 'PROCESSING', report: { items: kept, outcomes: { IMPORTED: kept } } });
    await run(job, noSignal, { isLast: false });
    expect(await showImport(gateway, id)).toMatchObject({
      status: 'COMPLETED',
      importedCount: count,
      messageCount: 2 * count,
      unchangedCount: 0,
    });

    const next = await take();
    const { storageKey } = await prisma.import.findFirstOrThrow({ where: { id: next.id } });
    await prisma.import.delete({ where: { tenantId_id: { tenantId: gateway.tenantId, id: next.id } } });
    await run({ ...job, importId: next.id }, noSignal, { isLast: true });
    expect(await filesOf(gateway)).toMatchObject([{}, { key: storageKey }]);
    expect(await readdir(folder)).toEqual([]);
    await rm(folder, { recursive: true });
  });

  test('has failed where no worker ended it within a day, and is not told of after a month', async () => {
    await using gateway = await startGateway({ database, env: { ROLE: 'web' } });
    const { prisma } = gateway.app.database;
    const agoDays = (days: number) => new Date(Date.now() - days * 86_400_000 - 1);
    const of = (createdAt: Date, status: 'PROCESSING' | 'COMPLETED') => {
      const id = newId('import');
      return { tenantId: gateway.tenantId, id, filename: 'x', sizeBytes: 1n, createdAt, status };
    };
    const [stuck, recent, old] = [
      of(agoDays(1), 'PROCESSING'),
      of(agoDays(29), 'COMPLETED'),
      of(agoDays(30), 'COMPLETED'),
    ];
    await prisma.import.createMany({ data: [stuck, recent, old] });
    await cleanUpImports(gateway.app, new Date(), noSignal);
    expect(await showImport(gateway, stuck.id)).toMatchObject({
      status: 'FAILED',
      error: expect.stringContaining('day'),
    });
    const left = await prisma.import.findMany({ select: { id: true } });
    expect(left.map(({ id }) => id).toSorted()).toEqual([stuck.id, recent.id].toSorted());
  });
});
