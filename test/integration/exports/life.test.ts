import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemCaller } from '../../../src/domain/caller.ts';
import { loadExports } from '../../../src/domain/exports/exports.ts';
import { endExports } from '../../../src/domain/exports/lifecycle.ts';
import { createRunExportHandler } from '../../../src/jobs/run-export.ts';
import { newId } from '../../../src/lib/id.ts';
import { askForExport, completedExport, download, finished, showExport } from '../../testkit/files/exports.ts';
import { filesOf, makeConversation } from '../../testkit/files/uploads.ts';
import { addTenant, eachDatabase, startGateway, type TestGateway } from '../../testkit/gateway.ts';

const noSignal = new AbortController().signal;

eachDatabase("an export's life", (database) => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway({ database });
    for (const title of ['One', 'Two']) await makeConversation(gateway, { title, content: `${title} was said.` });
  });
  afterAll(() => gateway?.close());

  test('exports are listed newest first, and found as nodes', async () => {
    const ids: string[] = [];
    for (let number = 0; number < 3; number++) {
      ids.unshift((await askForExport(gateway, { format: 'CSV' })).export?.id ?? '');
    }
    type Listed = {
      exports: { nodes: { id: string }[]; pageInfo: { endCursor: string; hasNextPage: boolean }; totalCount: number };
    };
    const list = async (first: number, after?: string) => {
      const { body } = await gateway.graphql<Listed>(
        `query ($first: Int, $after: String) { exports(first: $first, after: $after) {
          nodes { id } pageInfo { endCursor hasNextPage } totalCount } }`,
        { first, after },
      );
      return body.data?.exports;
    };
    const first = await list(2);
    const second = await list(1, first?.pageInfo.endCursor);
    expect([...(first?.nodes ?? []), ...(second?.nodes ?? [])].map(({ id }) => id)).toEqual(ids);
    expect(first?.pageInfo.hasNextPage).toBe(true);
    expect(first?.totalCount).toBe(await gateway.app.database.prisma.export.count());
    const { body } = await gateway.graphql('query ($id: ID!) { node(id: $id) { __typename id } }', { id: ids[0] });
    expect(body.data?.['node']).toEqual({ __typename: 'Export', id: ids[0] });
    for (const id of ids) await finished(gateway, id);
  });

  test("another tenant's export reads the same as an unknown one", async () => {
    const { id } = await completedExport(gateway, { format: 'CSV' });
    const { apiKey } = await addTenant(gateway, `other-${newId('tenant').slice(-8)}`);
    const ask = (asked: string) =>
      gateway.graphql('query ($id: ID!) { export(id: $id) { id } node(id: $id) { id } }', { id: asked }, { apiKey });
    const [theirs, unknown] = [await ask(id), await ask(newId('export'))];
    expect(theirs.body).toEqual({ data: { export: null, node: null } });
    expect(unknown.body).toEqual(theirs.body);
  });

  test('past its seven days it is EXPIRED at once; its file, and its address, are gone', async () => {
    const done = await completedExport(gateway, { format: 'JSON' });
    expect(Date.parse(done.expiresAt) - Date.parse(done.createdAt)).toBe(7 * 86_400_000);
    const { prisma } = gateway.app.database;
    const now = new Date();
    await prisma.export.updateMany({ where: { id: done.id }, data: { expiresAt: now } });
    expect(await showExport(gateway, done.id)).toMatchObject({ status: 'EXPIRED', downloadUrl: null });
    expect((await fetch(done.downloadUrl)).status).toBe(404);
    const before = (await filesOf(gateway)).filter((file) => file.includes(done.id));
    expect(before).toHaveLength(1);

    expect(await endExports(gateway.app, now, noSignal)).toBe(1);
    expect(await endExports(gateway.app, now, noSignal)).toBe(0);
    expect(await prisma.export.findFirst({ where: { id: done.id } })).toMatchObject({
      status: 'EXPIRED',
      storageKey: null,
    });
    const events = await prisma.event.findMany({ where: { subjectId: done.id }, orderBy: { seq: 'asc' } });
    expect(events.at(-1)?.data).toMatchObject({ status: 'EXPIRED' });
    await expect
      .poll(async () => (await filesOf(gateway)).filter((file) => file.includes(done.id)), { timeout: 15_000 })
      .toEqual([]);
  });

  test('one that no worker brought to an end within a day has failed, and says so', async () => {
    const id = newId('export');
    const createdAt = new Date(Date.now() - 86_400_001);
    const { prisma } = gateway.app.database;
    const data = { tenantId: gateway.tenantId, id, format: 'CSV' as const, createdAt, expiresAt: new Date() };
    await prisma.export.create({ data });
    await endExports(gateway.app, new Date(), noSignal);
    expect(await showExport(gateway, id)).toMatchObject({
      status: 'FAILED',
      error: expect.stringContaining('ask for it again'),
      downloadUrl: null,
    });
  });

  test('a try that fails leaves nothing; the last one fails the export with the reason, and no detail of the server', async () => {
    const { tenantId } = await addTenant(gateway, `broken-${newId('tenant').slice(-8)}`);
    const { prisma } = gateway.app.database;
    const id = newId('export');
    await prisma.export.create({
      data: { tenantId, id, format: 'JSON', createdAt: new Date(), expiresAt: new Date(Date.now() + 60_000) },
    });
    // A file where the folder of the tenant's exports would be.
    const folder = path.join(gateway.dataDir, 'files', tenantId);
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'exports'), '');
    const run = createRunExportHandler(gateway.app);
    const caller = systemCaller(gateway.app, tenantId);

    await expect(run({ tenantId, exportId: id }, noSignal, { isLast: false })).rejects.toThrow(/EEXIST|ENOTDIR/);
    expect(await loadExports(caller, [id])).toMatchObject([{ status: 'PROCESSING', storageKey: null }]);
    await run({ tenantId, exportId: id }, noSignal, { isLast: true });
    expect(await loadExports(caller, [id])).toMatchObject([
      { status: 'FAILED', storageKey: null, error: 'It could not be made, for a fault of the server' },
    ]);
    const files = await filesOf(gateway);
    expect(files.filter((file) => file.includes(id))).toEqual([]);
    await run({ tenantId, exportId: id }, noSignal, { isLast: true });
  });

  test('two workers on one export make one file of it', async () => {
    const { tenantId } = await addTenant(gateway, `twice-${newId('tenant').slice(-8)}`);
    const id = newId('export');
    await gateway.app.database.prisma.export.create({
      data: { tenantId, id, format: 'CSV', createdAt: new Date(), expiresAt: new Date(Date.now() + 60_000) },
    });
    const run = createRunExportHandler(gateway.app);
    await Promise.all([1, 2].map(() => run({ tenantId, exportId: id }, noSignal, { isLast: false })));
    const [row] = await loadExports(systemCaller(gateway.app, tenantId), [id]);
    expect(row?.status).toBe('COMPLETED');
    const files = (await filesOf(gateway)).filter((file) => file.includes(id));
    expect(files).toEqual([path.join('files', row?.storageKey ?? '')]);
  });

  test('a part of an export, and its tag, are those of the same bytes', async () => {
    const done = await completedExport(gateway, { format: 'JSON' });
    const { bytes, headers } = await download(done);
    const part = await fetch(done.downloadUrl, {
      headers: { range: 'bytes=10-19', 'if-range': headers.get('etag') ?? '' },
    });
    expect(part.status).toBe(206);
    expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(10, 20))).toBe(true);
    const again = await download(done);
    const hash = (each: Buffer) => createHash('sha256').update(each).digest('hex');
    expect(hash(again.bytes)).toBe(hash(bytes));
  });
});
