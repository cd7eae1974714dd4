import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { openPglite } from '../../../src/database/pglite.ts';
import { makeConversation, sendUpload, uploaded } from '../../testkit/files/uploads.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { copyTemplate } from '../../testkit/template.ts';

const mebibyte = 1_048_576;
const disk = await mkdtemp(path.join(tmpdir(), 'convograph-disk-'));

/** A small disk of its own, where this user may make one. */
function mount(): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=220m', 'tmpfs', disk], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const isMounted = mount();
afterAll(async () => {
  // The server that has ended by itself holds its files until the process is over.
  if (isMounted) execFileSync('umount', ['--lazy', disk]);
  await rm(disk, { recursive: true, force: true });
});

const fill = path.join(disk, 'fill');

/** Leaves so much of the disk. */
async function fillUpTo(leftBytes: number): Promise<void> {
  await rm(fill, { force: true });
  const { bavail, bsize } = await statfs(disk);
  // Somebody else may be quicker to take the last of it.
  await writeFile(fill, Buffer.alloc(Math.max(0, bavail * bsize - leftBytes))).catch(() => {});
}

if (!isMounted) {
  test.skip('left out: a full disk, since no file system can be mounted here');
} else {
  beforeEach(async () => {
    for (const name of await readdir(disk)) await rm(path.join(disk, name), { recursive: true });
  });

  test('a full disk: writes get 503, reads go on, it is told, and it is over when there is room', {
    timeout: 60_000,
  }, async () => {
    const dataDir = path.join(disk, 'data');
    await mkdir(dataDir);
    await copyTemplate(path.join(dataDir, 'db'));
    {
      await using gateway = await startGateway({ dataDir });
      const id = await makeConversation(gateway, { title: 'Before' });
      const { url } = await uploaded(gateway, id, 'some bytes');
      const ready = async () =>
        (await (await gateway.fetch('/readyz')).json()) as { status: string; troubles?: string[] };
      const create = () =>
        gateway.graphql(`mutation { createConversation(input: { title: "After", content: "Is there room?" }) {
          ... on CreateConversationPayload { conversation { id } } } }`);
      const titles = async () => {
        const { body } = await gateway.graphql<{ conversations: { nodes: { title: string }[] } }>(
          '{ conversations { nodes { title } } }',
        );
        return body.data?.conversations.nodes.map(({ title }) => title);
      };
      expect(await ready()).toEqual({ status: 'ready' });

      await fillUpTo(0);
      await expect.poll(async () => (await create()).status, { timeout: 10_000 }).toBe(503);
      const refused = await create();
      expect(refused.body.errors?.[0]?.extensions['code']).toBe('SERVICE_UNAVAILABLE');
      const upload = await sendUpload(gateway, id, Buffer.alloc(mebibyte));
      expect({ status: upload.status, data: upload.body.data?.uploadAttachment }).toEqual({
        status: 503,
        data: undefined,
      });
      expect(await titles()).toContain('Before');
      expect(await (await fetch(url)).text()).toBe('some bytes');
      const told = await ready();
      expect(told.status).toBe('ready');
      expect(told.troubles?.join(' ')).toMatch(/disk of DATA_DIR is full/);
      expect((await gateway.fetch('/healthz')).status).toBe(200);

      const before = (await titles())?.length;
      await rm(fill);
      await expect.poll(async () => (await create()).status, { timeout: 10_000 }).toBe(200);
      // What was refused is not there, and is not half there.
      expect((await titles())?.length).toBe((before ?? 0) + 1);
      await uploaded(gateway, id, Buffer.alloc(mebibyte));
      expect(await ready()).toEqual({ status: 'ready' });
    }
    await fillUpTo(mebibyte);
    await expect(startGateway({ dataDir })).rejects.toThrow(/disk of DATA_DIR is full/);
    await rm(fill);
    await using again = await startGateway({ dataDir });
    expect((await again.graphql('{ conversations { totalCount } }')).status).toBe(200);
  });

  test('an embedded server that finds no room for its log ends, is asked nothing more, and has lost nothing', {
    timeout: 60_000,
  }, async () => {
    const folder = path.join(disk, 'db');
    await copyTemplate(folder);
    const said: string[] = [];
    const database = await openPglite(folder, {}, (err) => said.push(String(err)));
    await database.prisma.$executeRaw`CREATE TABLE kept (word text)`;
    await database.prisma.$executeRaw`INSERT INTO kept VALUES ('here')`;
    await fillUpTo(0);
    // It writes to the log alone, past what is refused while the disk is full.
    const log = async () => {
      for (let mebibytes = 0; mebibytes < 400; mebibytes++) {
        await database.prisma.$queryRaw`SELECT pg_logical_emit_message(true, 'test', repeat('x', 1000000))::text`;
      }
    };
    await expect(log()).rejects.toThrow(/No space left/);
    expect(said.join(' ')).toContain('No space left');
    await expect(database.ping()).rejects.toThrow('closed');
    await expect(database.prisma.$queryRaw`SELECT word FROM kept`).rejects.toThrow('closed');
    await database.close();
    await rm(fill);
    const again = await openPglite(folder);
    expect(await again.prisma.$queryRaw`SELECT word FROM kept`).toEqual([{ word: 'here' }]);
    await again.close();
  });
}
