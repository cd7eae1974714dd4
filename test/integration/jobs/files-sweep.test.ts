import { utimes } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCleanUpHandler } from '../../../src/jobs/clean-up.ts';
import { sweepFiles } from '../../../src/jobs/sweep-files.ts';
import { newId } from '../../../src/lib/id.ts';
import { filesOf, makeConversation, uploaded } from '../../testkit/files/uploads.ts';
import { eachDatabase, startGateway, type TestGateway } from '../../testkit/gateway.ts';

const noSignal = new AbortController().signal;

eachDatabase('files that no row names', (database) => {
  let gateway: TestGateway;
  let conversationId: string;
  beforeAll(async () => {
    gateway = await startGateway({ database });
    conversationId = await makeConversation(gateway);
  });
  afterAll(() => gateway?.close());

  test('a sweep waits for its day, one for all that clean up', async () => {
    const cleanUp = createCleanUpHandler(gateway.app);
    const sweeps = () =>
      gateway.app.database.prisma.$queryRaw<{ startAfter: Date }[]>`
        SELECT start_after AS "startAfter" FROM jobs.job WHERE name = 'sweep-files'`;
    await cleanUp({}, noSignal);
    await cleanUp({}, noSignal);
    const [sweep, ...others] = await sweeps();
    expect(others).toEqual([]);
    expect((sweep?.startAfter.getTime() ?? 0) - Date.now()).toBeGreaterThan(23 * 3_600_000);
  });

  test('the sweep removes what no row names and nothing else, once it is a day old', async () => {
    const { storage } = gateway.app;
    const kept = await uploaded(gateway, conversationId, 'kept');
    const folder = path.join(gateway.dataDir, 'files', gateway.tenantId);
    const orphan = `${conversationId}/${newId('attachment')}`;
    const young = `${conversationId}/${newId('attachment')}`;
    const exported = `exports/${newId('export')}-0a1b2c`;
    const strange = 'notes/of-the-operator.txt';
    const foreign = `${newId('tenant')}/${conversationId}/${newId('attachment')}`;
    for (const key of [orphan, young, exported, strange]) {
      await storage.put(`${gateway.tenantId}/${key}`, zeros(10), { signal: noSignal });
    }
    await storage.put(foreign, zeros(10), { signal: noSignal });
    const old = new Date(Date.now() - 86_400_000 - 60_000);
    for (const key of [orphan, exported, strange, `${conversationId}/${kept.id}`]) {
      await utimes(path.join(folder, key), old, old);
    }
    await utimes(path.join(gateway.dataDir, 'files', foreign), old, old);

    const before = await filesOf(gateway);
    expect(await sweepFiles(gateway.app, new Date(Date.now() - 86_400_000), noSignal)).toBe(2);
    const after = new Set(await filesOf(gateway));
    const gone = before.filter((file) => !after.has(file));
    expect(gone.sort()).toEqual([orphan, exported].map((key) => path.join('files', gateway.tenantId, key)).sort());
  });
});

async function* zeros(length: number): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(length);
}
