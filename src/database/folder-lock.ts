import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** The folder is in use by another live process. */
export class FolderInUseError extends Error {
  override name = 'FolderInUseError';
  constructor(folder: string, pid: number) {
    super(`${folder} is in use by process ${pid}; stop that one first, or give this one another DATA_DIR`);
  }
}

/** When a process started, in clock ticks since boot; null where the system does not tell or there is none. */
async function processStart(pid: number): Promise<string | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The second field, the command in brackets, may hold spaces.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (err) {
    return (err as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function holder(content: string): Promise<number | null> {
  const [pidText = '', start = ''] = content.trim().split(' ');
  const pid = Number(pidText);
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid || !isAlive(pid)) return null;
  const actualStart = await processStart(pid);
  // Another process may bear the dead one's number.
  return start !== '' && actualStart !== null && actualStart !== start ? null : pid;
}

/**
 * Takes `folder` for this process alone, by an exclusive file in it. What a dead process left is taken over.
 * PGlite has no lock of its own, and a second process on the same folder loses rows in silence.
 * @returns the function that gives it back
 * @throws FolderInUseError
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const file = path.join(folder, 'lock');
  const own = path.join(folder, `lock.${process.pid}.${randomUUID()}`);
  const content = `${process.pid} ${(await processStart(process.pid)) ?? ''}\n`;
  await writeFile(own, content, { flag: 'wx' });
  try {
    for (;;) {
      try {
        await link(own, file);
        break;
      } catch (err) {
        if ((err as NodeJS.ErrnoException).code !== 'EEXIST') throw err;
      }
      const found = await readFile(file, 'utf8').catch(() => '');
      const pid = await holder(found);
      if (pid !== null) throw new FolderInUseError(folder, pid);
      // Moved aside rather than removed: where another process took it over in between, it is put back.
      const aside = `${own}.stale`;
      await rename(file, aside).catch(() => {});
      if ((await readFile(aside, 'utf8').catch(() => found)) !== found) await link(aside, file).catch(() => {});
      await rm(aside, { force: true });
    }
  } finally {
    await rm(own, { force: true });
  }
  return async () => {
    if ((await readFile(file, 'utf8').catch(() => '')) === content) await rm(file, { force: true });
  };
}
