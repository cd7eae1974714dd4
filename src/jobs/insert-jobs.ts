import type { Tx } from '../database/database.ts';
import { Prisma } from '../database/generated/client.ts';
import type { JobName, JobRequest } from '../domain/jobs.ts';

/**
 * Jobs as rows of pg-boss's table, by its queues' settings: the rows that its own `insert` writes, by a statement that
 * can be part of another one.
 */

type KeyedRequest = JobRequest & { key: string };
/** A job goes on with the trace that asked for it; one that waits already, with that of whoever asked first. */
export type Traced = { traceparent?: string };

/** pg-boss's channel, on which its workers hear of jobs that may begin. */
const channel = Prisma.sql`'pgboss_' || left(encode(sha224('jobs'), 'hex'), 24)`;

/**
 * Each with a run that begins after `tx` has committed: a job that waits already is kept from beginning before that,
 * since it would not see what `tx` writes; and where it has just begun, another one waits.
 */
export async function insertJobs(tx: Tx, requests: readonly JobRequest[], traceparent: string | null): Promise<void> {
  let missing = withKeys(requests);
  while (missing.length > 0) {
    const inserted = await tx.$queryRaw<{ name: JobName; key: string }[]>`
      WITH ${partsOf(missing, traceparent, Prisma.empty)}
      SELECT name, singleton_key AS key FROM queued WHERE (SELECT count(*) FROM woken) >= 0`;
    const isThere = new Set(inserted.map(placeOf));
    missing = missing.filter((request) => !isThere.has(placeOf(request)));
    const held = new Set<string>();
    for (const [name, group] of Map.groupBy(missing, (request) => request.name)) {
      for (const key of await holdWaiting(tx, name, [...new Set(group.map(({ key }) => key))])) {
        held.add(placeOf({ name, key }));
      }
    }
    missing = missing.filter((request) => !held.has(placeOf(request)));
  }
}

/**
 * The parts of a WITH that put jobs there whose keys nobody else can have: none of them waits. `from`: a part of the
 * same WITH; where it has no row, no job is put there. What stands behind the WITH is to read `woken`.
 */
export function partsOfNewJobs(
  requests: readonly JobRequest[],
  traceparent: string | null,
  from: Prisma.Sql,
): Prisma.Sql {
  return partsOf(withKeys(requests), traceparent, from);
}

/** Of several with one key, the first. */
function withKeys(requests: readonly JobRequest[]): KeyedRequest[] {
  const keyed = new Map<string, KeyedRequest>();
  for (const request of requests) {
    const each = { ...request, key: request.key ?? crypto.randomUUID() };
    if (!keyed.has(placeOf(each))) keyed.set(placeOf(each), each);
  }
  return [...keyed.values()];
}

const placeOf = ({ name, key }: { name: JobName; key: string }) => `${name} ${key}`;

/** `queued`: the jobs that were put there; those whose key waits already are not. `woken`: their workers. */
function partsOf(requests: readonly KeyedRequest[], traceparent: string | null, from: Prisma.Sql): Prisma.Sql {
  const traced: Traced = traceparent === null ? {} : { traceparent };
  const rows = requests.map(({ name, key, data, startAfter, priority = 0 }) => ({
    name,
    key,
    data: { ...data, ...traced },
    start_after: startAfter?.toISOString() ?? null,
    priority,
  }));
  const among = from === Prisma.empty ? from : Prisma.sql`${from},`;
  return Prisma.sql`queued AS (
      INSERT INTO jobs.job (name, data, priority, start_after, singleton_key, expire_seconds, deletion_seconds,
        keep_until, retry_limit, retry_delay, retry_backoff, retry_delay_max, policy, dead_letter, heartbeat_seconds)
      SELECT given.name, given.data, given.priority, coalesce(given.start_after, now()), given.key,
        queue.expire_seconds, queue.deletion_seconds,
        coalesce(given.start_after, now()) + queue.retention_seconds * interval '1 second', queue.retry_limit,
        queue.retry_delay, queue.retry_backoff, queue.retry_delay_max, queue.policy, queue.dead_letter,
        queue.heartbeat_seconds
      FROM ${among} jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
          AS given (name text, key text, data jsonb, start_after timestamptz, priority int)
        -- Where there is no such queue, what may not be null is, and the statement fails.
        LEFT JOIN jobs.queue ON queue.name = given.name
      ON CONFLICT DO NOTHING
      RETURNING name, singleton_key, start_after
    ), woken AS (
      SELECT pg_notify(${channel}, due.name)
      FROM (SELECT DISTINCT name FROM queued WHERE start_after <= now()) due
    )`;
}

/** Keeps waiting jobs from being fetched until `tx` ends, and wakes the workers then. @returns the keys of those held */
async function holdWaiting(tx: Tx, name: JobName, keys: readonly string[]): Promise<string[]> {
  const waiting = await tx.$queryRaw<{ key: string }[]>`
    SELECT singleton_key AS key FROM jobs.job
    WHERE name = ${name} AND state = 'created' AND singleton_key = ANY(${keys}) FOR SHARE`;
  // Who was told of the job before, and passed it over since it is held, looks again.
  await tx.$executeRaw`SELECT pg_notify(${channel}, ${name})`;
  return waiting.map(({ key }) => key);
}
