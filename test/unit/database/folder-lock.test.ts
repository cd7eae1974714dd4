import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FolderInUseError, lockFolder } from '../../../src/database/folder-lock.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'convograph-lock-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function startOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

test('a lock of another live process is refused, and taken over a moment after that was killed', async () => {
  const other = spawn('sleep', ['60']);
  const pid = other.pid ?? 0;
  await writeFile(path.join(folder, 'lock'), `${pid} ${await startOf(pid)}\n`);
  await expect(lockFolder(folder)).rejects.toThrow(FolderInUseError);
  const taken = lockFolder(folder);
  other.kill('SIGKILL');
  const unlock = await taken;
  await unlock();
});

test.runIf(process.platform === 'linux')(
  'a process that has ended, and whose parent has not noticed, holds nothing',
  async () => {
    // The shell becomes a program that never asks after its children.
    const parent = spawn('sh', ['-c', 'sleep 0.1 & echo $!; exec sleep 60']);
    try {
      const [line] = await once(parent.stdout, 'data');
      const pid = Number(String(line).trim());
      const start = await startOf(pid);
      await expect.poll(() => readFile(`/proc/${pid}/stat`, 'utf8')).toMatch(/\) Z /);
      await writeFile(path.join(folder, 'lock'), `${pid} ${start}\n`);
      const unlock = await lockFolder(folder);
      await unlock();
    } finally {
      parent.kill('SIGKILL');
    }
  },
);
