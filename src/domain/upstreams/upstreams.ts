import { Prisma } from '../../database/generated/client.ts';
import type { UpstreamStatus } from '../../database/generated/enums.ts';
import { anyText } from '../../database/planning.ts';
import { newId } from '../../lib/id.ts';
import { isStorable } from '../../lib/text.ts';
import type { Caller } from '../app.ts';
import { requireScope } from '../caller.ts';
import { collectProblems } from '../conversations/input.ts';
import { NotFoundError } from '../errors.ts';
import { labelOf, listNames, type Provider } from '../providers.ts';
import { transact, type Unit } from '../unit-of-work.ts';
import { encryptFor, lockAccounts, refuseSecondTime } from './credentials.ts';
import { checkInterval, checkName, checkSecret, normaliseBaseUrl } from './input.ts';

/** An account at an API, mirrored into the graph. */
export type UpstreamRow = {
  id: string;
  provider: Provider;
  name: string;
  baseUrl: string;
  remoteTenant: string | null;
  syncIntervalSeconds: number;
  status: UpstreamStatus;
  lastSyncedAt: Date | null;
  /** Null where nothing is tried. */
  nextSyncAt: Date | null;
  errorMessage: string | null;
  errorHttpStatus: number | null;
  errorAt: Date | null;
  retryAt: Date | null;
  createdAt: Date;
};

export type SyncRunRow = {
  upstreamId: string;
  startedAt: Date;
  finishedAt: Date | null;
  full: boolean;
  requests: number;
  scanned: number;
  created: number;
  updated: number;
  deleted: number;
};

const upstreamColumns = Prisma.sql`
  upstream.id, upstream.provider, upstream.name, upstream.base_url AS "baseUrl",
  upstream.remote_tenant AS "remoteTenant", upstream.sync_interval_seconds AS "syncIntervalSeconds", upstream.status,
  upstream.last_synced_at AS "lastSyncedAt", upstream.next_sync_at AS "nextSyncAt", upstream.error_message AS "errorMessage",
  upstream.error_http_status AS "errorHttpStatus", upstream.error_at AS "errorAt", upstream.retry_at AS "retryAt",
  upstream.created_at AS "createdAt"`;

/**
 * All of the tenant's upstreams, oldest first; ones that are being disconnected are gone already. A key that may read
 * conversations may see where they come from.
 * @throws ForbiddenError
 */
export async function listUpstreams(caller: Caller): Promise<UpstreamRow[]> {
  requireScope(caller, 'conversations:read', 'admin');
  return loadAllUpstreams(caller);
}

/** The same, whoever asks: for what an answer tells of its sources. */
export function loadAllUpstreams(caller: Caller): Promise<UpstreamRow[]> {
  return caller.app.database.read<UpstreamRow>(Prisma.sql`
    SELECT ${upstreamColumns} FROM upstream
    WHERE upstream.tenant_id = ${caller.tenantId} AND NOT upstream.is_disconnecting
    ORDER BY upstream.created_at, upstream.id`);
}

/** By their ids, in no order; a key that may read conversations may see where they come from. */
export function loadUpstreams(caller: Caller, ids: readonly string[]): Promise<UpstreamRow[]> {
  return caller.app.database.read<UpstreamRow>(Prisma.sql`
    SELECT ${upstreamColumns} FROM upstream
    WHERE upstream.tenant_id = ${caller.tenantId} AND NOT upstream.is_disconnecting
      AND upstream.id = ${anyText(ids)}`);
}

async function getUpstream(caller: Caller, id: string): Promise<UpstreamRow> {
  const [row] = isStorable(id) ? await loadUpstreams(caller, [id]) : [];
  if (row === undefined) throw new NotFoundError('Upstream');
  return row;
}

/** How many conversations are mirrored from each upstream; 0 is left out. */
export async function countUpstreamConversations(
  caller: Caller,
  ids: readonly string[],
): Promise<{ upstreamId: string; count: number }[]> {
  const rows = await caller.app.database.prisma.conversation.groupBy({
    by: ['upstreamId'],
    where: { tenantId: caller.tenantId, upstreamId: { in: [...ids] } },
    _count: true,
  });
  return rows.flatMap((row) => (row.upstreamId === null ? [] : [{ upstreamId: row.upstreamId, count: row._count }]));
}

/** The newest sync of each upstream that had one. */
export function loadLastSyncs(caller: Caller, upstreamIds: readonly string[]): Promise<SyncRunRow[]> {
  return caller.app.database.read<SyncRunRow>(Prisma.sql`
    SELECT DISTINCT ON (run.upstream_id)
      run.upstream_id AS "upstreamId", run.started_at AS "startedAt", run.finished_at AS "finishedAt", run."full",
      run.requests, run.scanned, run.created, run.updated, run.deleted
    FROM sync_run run
    WHERE run.tenant_id = ${caller.tenantId} AND run.upstream_id = ${anyText(upstreamIds)}
    ORDER BY run.upstream_id, run.started_at DESC, run.id DESC`);
}

/** Where the upstream posts its webhooks. */
export function webhookUrlOf(caller: Caller, upstreamId: string): string {
  return `${caller.baseUrl}/webhooks/upstreams/${upstreamId}`;
}

type ConnectUpstreamInput = {
  provider: Provider;
  name?: string | null | undefined;
  baseUrl?: string | null | undefined;
  apiKey: string;
  remoteTenant?: string | null | undefined;
  webhookSecret?: string | null | undefined;
  syncIntervalSeconds?: number | null | undefined;
};

/**
 * Checks the account at its API, keeps it with its credentials encrypted, and begins its first sync.
 * @throws ValidationError, UpstreamError
 */
export async function connectUpstream(caller: Caller, input: ConnectUpstreamInput): Promise<UpstreamRow> {
  requireScope(caller, 'admin');
  const { provider } = input;
  const { providers } = caller.app;
  const described = providers.get(provider);
  const problems = collectProblems();
  if (described === undefined) problems.add('provider', `Provider must be ${listNames(providers)}`);
  checkName(problems, input.name);
  checkSecret(problems, 'apiKey', 'API key', input.apiKey);
  checkSecret(problems, 'webhookSecret', 'Webhook secret', input.webhookSecret);
  checkInterval(problems, input.syncIntervalSeconds);
  const address = input.baseUrl ?? described?.connection.baseUrl;
  const baseUrl = address === undefined ? '' : normaliseBaseUrl(problems, address);
  const tenantForm = described?.connection.remoteTenant ?? null;
  const remoteTenant = tenantForm === null ? null : (input.remoteTenant ?? '');
  if (tenantForm?.pattern.test(remoteTenant ?? '') === false) problems.add('remoteTenant', tenantForm.problem);
  problems.done();

  const account = { provider, baseUrl, remoteTenant, apiKey: input.apiKey };
  await refuseSecondTime(caller, caller.app.database.prisma, account);
  await caller.app.upstreams.verify(account);
  const id = newId('upstream');
  await transact(caller, async (unit) => {
    await lockAccounts(unit, caller);
    await refuseSecondTime(caller, unit.tx, account);
    await unit.tx.upstream.create({
      data: {
        tenantId: caller.tenantId,
        id,
        provider,
        name: input.name ?? [labelOf(providers, provider), remoteTenant].filter((part) => part !== null).join(' '),
        baseUrl,
        remoteTenant,
        apiKeyCipher: encryptFor(caller, id, 'apiKey', input.apiKey),
        webhookSecretCipher:
          input.webhookSecret == null ? null : encryptFor(caller, id, 'webhookSecret', input.webhookSecret),
        syncIntervalSeconds: input.syncIntervalSeconds ?? 60,
        status: 'SYNCING',
        nextSyncAt: unit.now,
        createdAt: unit.now,
      },
    });
    startSync(unit, caller.tenantId, id);
    emitUpstream(unit, id, 'SYNCING');
  });
  return getUpstream(caller, id);
}

type UpdateUpstreamInput = {
  name?: string | null | undefined;
  apiKey?: string | null | undefined;
  webhookSecret?: string | null | undefined;
  syncIntervalSeconds?: number | null | undefined;
  paused?: boolean | null | undefined;
};

/** Fields that are not given stay; a new key is checked at the API first. @throws ValidationError, NotFoundError, UpstreamError */
export async function updateUpstream(caller: Caller, id: string, input: UpdateUpstreamInput): Promise<UpstreamRow> {
  requireScope(caller, 'admin');
  const row = await getUpstream(caller, id);
  const problems = collectProblems();
  checkName(problems, input.name);
  checkSecret(problems, 'apiKey', 'API key', input.apiKey);
  checkSecret(problems, 'webhookSecret', 'Webhook secret', input.webhookSecret);
  checkInterval(problems, input.syncIntervalSeconds);
  problems.done();
  if (input.apiKey != null) await caller.app.upstreams.verify({ ...row, apiKey: input.apiKey });
  const isPaused = input.paused ?? row.status === 'PAUSED';
  const isResumed = (row.status === 'PAUSED' && !isPaused) || (input.apiKey != null && !isPaused);
  await transact(caller, async (unit) => {
    if (input.apiKey != null) {
      await lockAccounts(unit, caller);
      await refuseSecondTime(caller, unit.tx, { ...row, apiKey: input.apiKey });
    }
    await unit.tx.upstream.update({
      where: { tenantId_id: { tenantId: caller.tenantId, id } },
      data: {
        ...(input.name != null && { name: input.name }),
        ...(input.apiKey != null && { apiKeyCipher: encryptFor(caller, id, 'apiKey', input.apiKey) }),
        ...(input.webhookSecret != null && {
          webhookSecretCipher: encryptFor(caller, id, 'webhookSecret', input.webhookSecret),
        }),
        ...(input.syncIntervalSeconds != null && { syncIntervalSeconds: input.syncIntervalSeconds }),
        ...(isPaused && { status: 'PAUSED' as const, nextSyncAt: null }),
        ...(isResumed && { status: 'SYNCING' as const, nextSyncAt: unit.now, failures: 0, retryAt: null }),
      },
    });
    if (isResumed) startSync(unit, caller.tenantId, id);
    emitUpstream(unit, id, isPaused ? 'PAUSED' : isResumed ? 'SYNCING' : row.status);
  });
  return getUpstream(caller, id);
}

/**
 * Starts a sync and answers at once. One that is paused, or whose credentials are refused, stays as it is.
 * @throws NotFoundError
 */
export async function syncUpstream(caller: Caller, id: string, isFull: boolean): Promise<UpstreamRow> {
  requireScope(caller, 'admin');
  await getUpstream(caller, id);
  const { tenantId } = caller;
  await transact(caller, async (unit) => {
    const [row] = await unit.tx.$queryRaw<{ status: UpstreamStatus }[]>`
      SELECT status FROM upstream WHERE tenant_id = ${tenantId} AND id = ${id} FOR NO KEY UPDATE`;
    if (row === undefined || row.status === 'PAUSED' || row.status === 'UNAUTHORIZED') return;
    await unit.tx.upstream.update({
      where: { tenantId_id: { tenantId, id } },
      data: { status: 'SYNCING', nextSyncAt: unit.now, ...(isFull && { isFullSyncDue: true }) },
    });
    startSync(unit, tenantId, id);
    if (row.status !== 'SYNCING') emitUpstream(unit, id, 'SYNCING');
  });
  return getUpstream(caller, id);
}

/** Stops mirroring at once; a job deletes what was mirrored. @throws NotFoundError */
export async function disconnectUpstream(caller: Caller, id: string): Promise<void> {
  requireScope(caller, 'admin');
  await getUpstream(caller, id);
  const { tenantId } = caller;
  await transact(caller, async (unit) => {
    await unit.tx.upstream.update({
      where: { tenantId_id: { tenantId, id } },
      data: { isDisconnecting: true, nextSyncAt: null, status: 'PAUSED' },
    });
    unit.enqueue({ name: 'disconnect-upstream', key: id, data: { tenantId, upstreamId: id } });
  });
}

/** One waits and one runs for each upstream, at most. */
function startSync(unit: Unit, tenantId: string, upstreamId: string): void {
  unit.enqueue({ name: 'sync-upstream', key: upstreamId, data: { tenantId, upstreamId } });
}

export function emitUpstream(unit: Unit, upstreamId: string, status: UpstreamStatus): void {
  unit.emit({ type: 'upstream.changed', subjectId: upstreamId, data: { status } });
}
