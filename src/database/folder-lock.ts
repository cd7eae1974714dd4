import { randomUUID } from 'node:crypto';
import { link, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** One that was killed takes a moment to go. */
const dyingMs = 1_000;

/** The folder is in use by another live process. */
export class FolderInUseError extends Error {
  override name = 'FolderInUseError';
  constructor(folder: string, pid: number) {
    super(`${folder} is in use by process ${pid}; stop that one first, or give this one another DATA_DIR`);
  }
}

type ProcessState = {
  /** In clock ticks since boot. */
  start: string | null;
  /** It has ended, and only its parent has not noticed yet. */
  isZombie: boolean;
};

/** Null where the system does not tell, or there is no such process. */
async function processState(pid: number): Promise<ProcessState | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The second field, the command in brackets, may hold spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const hasEnded = fields[0] === 'Z' || fields[0] === 'X';
    // Threads of one that is being killed may outlive the first for a moment.
    const isZombie = hasEnded && (await readdir(`/proc/${pid}/task`)).length <= 1;
    return { start: fields[19] ?? null, isZombie };
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
  const state = await processState(pid);
  if (state === null) return pid;
  // Another process may bear the dead one's number.
  const isOther = start !== '' && state.start !== null && state.start !== start;
  return isOther || state.isZombie ? null : pid;
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
  const content = `${process.pid} ${(await processState(process.pid))?.start ?? ''}\n`;
  await writeFile(own, content, { flag: 'wx' });
  const giveUpAt = Date.now() + dyingMs;
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
      if (pid !== null) {
        if (Date.now() > giveUpAt) throw new FolderInUseError(folder, pid);
        await pause(50);
        continue;
      }
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
