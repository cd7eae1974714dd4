import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { askForExport, download, finished, type ShownExport, showExport } from '../../testkit/files/exports.ts';
import { newTestKey, startGateway, type TestGateway } from '../../testkit/gateway.ts';
import { seedConversations } from '../../testkit/seed-conversations.ts';
import { spawnGateway } from '../../testkit/servers/process.ts';

const count = 1_500;
const apiKey = newTestKey();
const env = { BOOTSTRAP_TENANT: 'test', BOOTSTRAP_API_KEY: apiKey };
let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'convograph-test-'));
  await using gateway = await startGateway({ dataDir, env });
  await seedConversations(gateway.app, gateway.tenantId, count);
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

/** As much of a gateway as asking takes, of one in another process. */
function asker(url: string): TestGateway {
  const graphql = async (query: string, variables: unknown) => {
    const response = await fetch(new URL('/graphql', url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
      body: JSON.stringify({ query, variables }),
    });
    return { status: response.status, headers: response.headers, body: await response.json() };
  };
  return { url, apiKey, graphql } as unknown as TestGateway;
}

/** Whole files of exports in the storage. */
async function exportedFiles(): Promise<string[]> {
  const entries = await readdir(path.join(dataDir, 'files'), { recursive: true });
  return entries.filter((entry) => /exports[\\/]exp_/.test(entry) && !entry.startsWith('.'));
}

/** Looks at an export until it has come so far; it never offers anything meanwhile. */
async function comeSoFar(gateway: TestGateway, id: string, progress: number): Promise<ShownExport> {
  let shown: ShownExport | null = null;
  await expect
    .poll(
      async () => {
        shown = await showExport(gateway, id);
        expect(shown).toMatchObject({ status: 'PROCESSING', downloadUrl: null, size: null });
        expect(await exportedFiles()).toEqual([]);
        return shown?.progress;
      },
      { timeout: 60_000, interval: 50 },
    )
    .toBeGreaterThan(progress);
  return shown as unknown as ShownExport;
}

test('an export whose process is killed midway completes after the restart; nothing partial was ever offered', {
  timeout: 180_000,
}, async () => {
  let id: string;
  let seen: ShownExport;
  {
    await using killed = spawnGateway(dataDir, env);
    const gateway = asker(await killed.ready());
    id = (await askForExport(gateway, { format: 'PDF' })).export?.id ?? '';
    seen = await comeSoFar(gateway, id, 0);
    killed.child.kill('SIGKILL');
    await killed.ended;
  }
  expect(await exportedFiles()).toEqual([]);

  await using restarted = spawnGateway(dataDir, env);
  const gateway = asker(await restarted.ready());
  const back = await showExport(gateway, id);
  expect(back?.progress).toBeGreaterThanOrEqual(seen.progress);
  const done = await finished(gateway, id, 120_000);
  expect(done).toMatchObject({ status: 'COMPLETED', progress: 1, conversationCount: count });
  const { bytes } = await download(done);
  expect(bytes.byteLength).toBe(done.size);
  expect(bytes.subarray(0, 5).toString()).toBe('%PDF-');
  expect(bytes.subarray(-32).toString()).toContain('%%EOF');
  expect(await exportedFiles()).toHaveLength(1);
});

test('an export that a shutdown cuts short is told to stop, and completes after the next start', {
  timeout: 180_000,
}, async () => {
  let id: string;
  {
    await using gateway = await startGateway({ dataDir, env });
    id = (await askForExport(gateway, { format: 'PDF' })).export?.id ?? '';
    await comeSoFar(gateway, id, 0);
    const startedAt = performance.now();
    await gateway.close();
    // The queue gives its jobs 20 s; one that does not listen takes all of them.
    expect(performance.now() - startedAt).toBeLessThan(15_000);
  }
  expect(await exportedFiles()).toEqual([]);
  expect(await readdir(path.join(dataDir, 'files', '.incoming'))).toEqual([]);

  await using gateway = await startGateway({ dataDir, env });
  expect(await finished(gateway, id, 120_000)).toMatchObject({ status: 'COMPLETED', conversationCount: count });
});

test('progress is told once a second at most, and never runs backwards', { timeout: 120_000 }, async () => {
  await using gateway = await startGateway({ dataDir, env });
  const { export: asked } = await askForExport(gateway, { format: 'PDF' });
  const { id } = await finished(gateway, asked?.id ?? '', 100_000);
  const events = await gateway.app.database.prisma.event.findMany({
    where: { subjectId: id, type: 'export.changed' },
    orderBy: { seq: 'asc' },
  });
  const told = events.map(({ data, occurredAt }) => ({
    ...(data as { status: string; progress: number }),
    occurredAt,
  }));
  expect(told[0]).toMatchObject({ status: 'PROCESSING', progress: 0 });
  expect(told.at(-1)).toMatchObject({ status: 'COMPLETED', progress: 1 });
  // A batch that takes longer than a second puts its telling off.
  const tookMs = (told.at(-1)?.occurredAt.getTime() ?? 0) - (told[0]?.occurredAt.getTime() ?? 0);
  expect(tookMs).toBeGreaterThan(0);
  expect(told.length).toBeGreaterThanOrEqual(2 + Math.floor(tookMs / 3_000));
  for (const [index, { progress, status, occurredAt }] of told.entries()) {
    const before = told[index - 1];
    if (before === undefined) continue;
    expect(progress).toBeGreaterThan(before.progress);
    if (status === 'PROCESSING') expect(occurredAt.getTime() - before.occurredAt.getTime()).toBeGreaterThanOrEqual(990);
  }
});
