import type { Logger } from 'pino';
import type { Database } from '../database/database.ts';
import { Prisma } from '../database/generated/client.ts';
import type { JobName } from '../domain/jobs.ts';

/** How often is looked while something waits or runs, and while nothing does. */
const busyLookMs = 1_000;
const idleLookMs = 5_000;
/** How often dead workers' jobs are taken back and what is done is removed, while something runs and while nothing does. */
const busySuperviseMs = 1_000;
const idleSuperviseMs = 60_000;

/** What of a queue is due: jobs of a certain time, ones tried again, and ones whose wake-up was lost. */
type Due = { name: JobName; due: bigint };

/** Queues where something runs, or waits and is due within moments. By the index that keeps one job for each key. */
const findDue = Prisma.sql`
  SELECT name, count(*) FILTER (WHERE state < 'active' AND start_after <= now()) AS "due" FROM jobs.job
  WHERE state <= 'active' AND policy = 'stately'
    AND (state = 'active' OR start_after < now() + interval '6 seconds')
  GROUP BY name`;

/**
 * Looks for all queues at once whether a job is due that nobody was woken for, so that not every worker has to.
 * `wake` is told how many are due of a queue; `supervise` is called more often while there are jobs.
 * @returns what stops it
 */
export function watchDueJobs(
  database: Database,
  log: Logger,
  act: { wake: (name: JobName, due: number) => void; supervise: () => Promise<void> },
): () => Promise<void> {
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let supervisedAt = 0;

  const look = async () => {
    const rows = await database.read<Due>(findDue);
    for (const { name, due } of rows) if (due > 0n) act.wake(name, Number(due));
    const isBusy = rows.length > 0;
    if (performance.now() - supervisedAt >= (isBusy ? busySuperviseMs : idleSuperviseMs)) {
      supervisedAt = performance.now();
      await act.supervise();
    }
    return isBusy;
  };
  const next = (afterMs: number) => {
    if (isStopped) return;
    timer = setTimeout(() => {
      running = look().then(
        (isBusy) => next(isBusy ? busyLookMs : idleLookMs),
        (err: unknown) => {
          if (!isStopped) log.warn({ err }, 'due jobs could not be looked up; it is tried again');
          next(busyLookMs);
        },
      );
    }, afterMs);
  };
  next(0);
  return async () => {
    isStopped = true;
    clearTimeout(timer);
    await running;
  };
}
