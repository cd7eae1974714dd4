import { randomUUID } from 'node:crypto';
import { statfs } from 'node:fs/promises';
import { countLocked } from '../domain/upstreams/credentials.ts';
import { inTime } from '../lib/time/in-time.ts';
import { StorageFullError } from '../storage/errors.ts';
import type { Command, Desk } from './command.ts';

/** One thing that was looked at, in words. `advice` says what to do where it is not well. */
export type Finding = { part: string; isWell: boolean; words: string; advice?: string };

const minFreeBytes = 512 * 2 ** 20;
const mebibyte = 2 ** 20;
/** Clocks further apart than this make keys expire and signed addresses end at the wrong time. */
const maxClockDriftMs = 30_000;
const maxWaitingJobs = 1_000;
/** A job that has waited so long, and is due, is not being worked off. */
const maxJobAgeMs = 600_000;
/** Whoever was woken waits no longer for one part, which may take connections and never answer. */
const lookTimeoutMs = 8_000;

type Look = (desk: Desk, signal: AbortSignal) => Promise<Finding[]>;

const well = (part: string, words: string): Finding => ({ part, isWell: true, words });
const unwell = (part: string, words: string, advice: string): Finding => ({ part, isWell: false, words, advice });
const reasonOf = (err: unknown) => (err instanceof Error ? err.message.trim().split('\n').at(-1) : String(err)) ?? '';

const looks: [part: string, look: Look, advice: string][] = [
  ['database', lookAtDatabase, 'Check DATABASE_URL and that the server answers, or that DATA_DIR can be written'],
  ['storage', lookAtStorage, 'Check STORAGE_URL, its credentials and region, or that DATA_DIR/files can be written'],
  [
    'redis',
    lookAtRedis,
    'Check REDIS_URL; without Redis wake-ups come a few seconds later, and limits are counted by the database',
  ],
  ['jobs', lookAtJobs, 'Check that a process with ROLE=all or ROLE=worker runs, and its log for "job failed"'],
  ['secret', lookAtSecret, 'Start with the SECRET_KEY that the accounts were connected with, or connect them anew'],
  ['upstreams', lookAtUpstreams, 'Check the network between this machine and the upstream'],
  ['keys', lookAtKeys, 'npm run admin -- key add TENANT'],
  ['disk', lookAtDisk, 'Make room, or give DATA_DIR a larger disk'],
];

/** Looks at every part, whatever the others say, or do not say. */
export async function examine(desk: Desk): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [part, look, advice] of looks) {
    const stop = new AbortController();
    try {
      findings.push(...(await inTime(look(desk, stop.signal), lookTimeoutMs)));
    } catch (err) {
      findings.push(unwell(part, reasonOf(err), advice));
    } finally {
      stop.abort();
    }
  }
  return findings;
}

async function lookAtDatabase({ app }: Desk): Promise<Finding[]> {
  const before = Date.now();
  const [row] = await app.database.prisma.$queryRaw<{ version: string; now: Date; migrations: number }[]>`
    SELECT current_setting('server_version') AS "version", clock_timestamp() AS "now",
      (SELECT count(*)::int FROM _prisma_migrations WHERE finished_at IS NOT NULL) AS "migrations"`;
  if (row === undefined) throw new Error('it gives no answer');
  const kind = app.database.kind === 'pglite' ? 'embedded' : 'PostgreSQL';
  const driftMs = row.now.getTime() - (before + Date.now()) / 2;
  const clock =
    Math.abs(driftMs) <= maxClockDriftMs
      ? []
      : [
          unwell(
            'clock',
            `this machine's clock and the database's are ${Math.round(Math.abs(driftMs) / 1_000)} s apart`,
            'Have both machines keep time (NTP)',
          ),
        ];
  return [well('database', `${kind}, version ${row.version}, ${row.migrations} migrations applied`), ...clock];
}

/** Writes a small file, reads it and takes it back. */
async function lookAtStorage({ app }: Desk, signal: AbortSignal): Promise<Finding[]> {
  const key = `doctor/${randomUUID()}`;
  const bytes = new TextEncoder().encode('written by doctor');
  try {
    await app.storage.put(
      key,
      (async function* () {
        yield bytes;
      })(),
      { signal },
    );
  } catch (err) {
    if (err instanceof StorageFullError) return [unwell('storage', 'it is full', 'Make room for files')];
    throw err;
  }
  const { stream, sizeBytes } = await app.storage.open(key, { signal });
  await stream.cancel();
  await app.storage.remove(key, { signal });
  if (sizeBytes !== bytes.byteLength) throw new Error('a file is not given back as it was written');
  return [well('storage', 'a file was written, read and removed')];
}

async function lookAtRedis({ redis }: Desk): Promise<Finding[]> {
  if (redis === null) return [well('redis', 'none is configured, and one server needs none')];
  await redis.ping();
  return [well('redis', 'it answers')];
}

async function lookAtJobs({ app, queue }: Desk): Promise<Finding[]> {
  await queue.ping();
  const counts = await queue.counts();
  const waiting = counts.reduce((sum, each) => sum + each.waiting, 0);
  const [oldest] = await app.database.prisma.$queryRaw<{ name: string; since: Date }[]>`
    SELECT name, start_after AS "since" FROM jobs.job
    WHERE state = 'created' AND start_after < now() ORDER BY start_after LIMIT 1`;
  const ageMs = oldest === undefined ? 0 : Date.now() - oldest.since.getTime();
  const words = `${waiting} waiting, ${counts.reduce((sum, each) => sum + each.active, 0)} running`;
  if (ageMs > maxJobAgeMs || waiting > maxWaitingJobs) {
    const age = oldest === undefined ? '' : `; the oldest (${oldest.name}) is due since ${oldest.since.toISOString()}`;
    return [
      unwell(
        'jobs',
        `${words}${age}`,
        'Check that a process with ROLE=all or ROLE=worker runs, or start more of them; its log says which jobs fail',
      ),
    ];
  }
  return [well('jobs', words)];
}

/** Whether what was encrypted can still be read. */
async function lookAtSecret({ app }: Desk): Promise<Finding[]> {
  const { accounts, locked } = await countLocked(app);
  if (locked === 0) return [well('secret', `it opens the keys of all ${accounts} accounts`)];
  return [
    unwell(
      'secret',
      `it does not open the keys of ${locked} of ${accounts} accounts: they were kept with another`,
      'Start with the SECRET_KEY that they were connected with, or give each its key anew (updateUpstream)',
    ),
  ];
}

const upstreamAdvice: Record<string, string> = {
  UNAUTHORIZED: 'Its key is refused: give it a new one (updateUpstream, or the console)',
  DEGRADED: 'It is tried again by itself; what was mirrored is served meanwhile',
};

async function lookAtUpstreams({ app }: Desk): Promise<Finding[]> {
  const rows = await app.database.prisma.upstream.findMany({
    where: { isDisconnecting: false },
    include: { tenant: { select: { slug: true } } },
    orderBy: [{ tenantId: 'asc' }, { createdAt: 'asc' }],
  });
  if (rows.length === 0) return [well('upstreams', 'none is connected')];
  return rows.map((row) => {
    const name = `${row.tenant.slug}/${row.name}`;
    const synced = row.lastSyncedAt === null ? 'never synced' : `last synced ${row.lastSyncedAt.toISOString()}`;
    const advice = upstreamAdvice[row.status];
    if (advice === undefined) return well('upstream', `${name}: ${row.status}, ${synced}`);
    const retry = row.retryAt === null ? '' : `, next try ${row.retryAt.toISOString()}`;
    return unwell('upstream', `${name}: ${row.status}, ${synced}${retry}: ${row.errorMessage ?? ''}`, advice);
  });
}

async function lookAtKeys({ app }: Desk): Promise<Finding[]> {
  const rows = await app.database.prisma.$queryRaw<{ slug: string }[]>`
    SELECT slug FROM tenant WHERE NOT EXISTS (
      SELECT 1 FROM api_key WHERE api_key.tenant_id = tenant.id AND revoked_at IS NULL
        AND coalesce(expires_at > now(), true))
    ORDER BY slug`;
  if (rows.length === 0) return [well('keys', 'every tenant has a valid one')];
  return rows.map(({ slug }) =>
    unwell('keys', `tenant "${slug}" has no valid key`, `npm run admin -- key add ${slug}`),
  );
}

async function lookAtDisk({ dataDir }: Desk): Promise<Finding[]> {
  const { bavail, bsize } = await statfs(dataDir);
  const freeBytes = bavail * bsize;
  const words = `${Math.floor(freeBytes / mebibyte)} MB are free at ${dataDir}`;
  return [freeBytes >= minFreeBytes ? well('disk', words) : unwell('disk', words, 'Make room, or move DATA_DIR')];
}

export const doctorCommand: Command = {
  name: 'doctor',
  summary: 'Says in words what is wrong with database, storage, Redis, jobs, secret, upstreams, keys and disk',
  positionals: [],
  options: {},
  run: async (desk) => {
    const findings = await examine(desk);
    const ill = findings.filter(({ isWell }) => !isWell).length;
    const lines = findings.map(
      ({ part, isWell, words, advice }) =>
        `${isWell ? '✓' : '✗'} ${part}: ${words}${advice ? `\n    → ${advice}` : ''}`,
    );
    const verdict = ill === 0 ? 'All is well.' : `${ill} of ${findings.length} need somebody.`;
    return { data: { findings }, text: [...lines, '', verdict].join('\n'), hasFailed: ill > 0 };
  },
};
