import { statfs } from 'node:fs/promises';
import { leastFreeMegabytes } from './unavailable.ts';

const leastFreeBytes = leastFreeMegabytes * 1_048_576;
const lookMs = 1_000;

export type DiskRoom = {
  readonly isLow: boolean;
  close(): void;
};

/**
 * Looks every second how much room there is beside `folder`; where nobody can tell, there is enough. PostgreSQL takes room
 * for its log of changes 16 MB at a time, and one that finds none ends in a panic: nothing is to be written well before.
 */
export async function watchDiskRoom(folder: string): Promise<DiskRoom> {
  let isLow = false;
  const look = async () => {
    isLow = await statfs(folder).then(
      ({ bavail, bsize }) => bavail * bsize < leastFreeBytes,
      () => false,
    );
  };
  await look();
  const timer = setInterval(() => void look(), lookMs);
  timer.unref();
  return {
    get isLow() {
      return isLow;
    },
    close: () => clearInterval(timer),
  };
}
