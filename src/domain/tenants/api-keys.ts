import { createHash, randomBytes } from 'node:crypto';
import type { Database } from '../../database/database.ts';
import { Prisma } from '../../database/generated/client.ts';
import { anyText } from '../../database/planning.ts';
import { newId } from '../../lib/id.ts';
import { isBlank, isStorable, textProblem } from '../../lib/text.ts';
import type { App } from '../app.ts';
import { type Caller, scopes as knownScopes, type Scope } from '../app.ts';
import type { Sender } from '../audit/sender.ts';
import { requireScope } from '../caller.ts';
import { type FieldMessages, NotFoundError, UnauthorizedError, ValidationError } from '../errors.ts';
import type { Standing } from '../standing.ts';
import { transact } from '../unit-of-work.ts';

export type ApiKeyRow = {
  id: string;
  name: string;
  /** The key's first characters: enough to know it by, too few to use. */
  prefix: string;
  scopes: string[];
  createdAt: Date;
  lastUsedAt: Date | null;
  expiresAt: Date | null;
  revokedAt: Date | null;
};

export type NewApiKey = {
  name: string;
  /** Names of scopes; AI My Chats' `read`, `write` and `delete` are taken for the conversations' ones. */
  scopes: readonly string[];
  expiresAt?: Date | null;
};

/** What is to change of a key: what is not given stays. */
export type ApiKeyChange = {
  name?: string | null | undefined;
  /** From when on it is refused; null: never. */
  expiresAt?: Date | null | undefined;
};

const maxNameLength = 100;
const prefixLength = 10;
const aliases: Readonly<Record<string, Scope>> = {
  read: 'conversations:read',
  write: 'conversations:write',
  delete: 'conversations:delete',
};

const columns = Prisma.sql`
  id, name, prefix, scopes, created_at AS "createdAt", last_used_at AS "lastUsedAt", expires_at AS "expiresAt",
  revoked_at AS "revokedAt"`;

/** A new key: `ak_` and 43 characters of chance (256 bits). */
export function newKey(): string {
  return `ak_${randomBytes(32).toString('base64url').replaceAll('-', '_')}`;
}

export function hashKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

export function keyPrefix(key: string): string {
  return key.slice(0, prefixLength);
}

/** The key that a request bears, in `Authorization: Bearer …` or `X-API-Key`; null where there is none. */
export function tokenFrom(headers: Headers): string | null {
  return bearerToken(headers.get('authorization')) ?? headers.get('x-api-key')?.trim() ?? null;
}

export function bearerToken(authorization: string | null): string | null {
  return /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1] ?? null;
}

/** Who asks: see `identify`. */
export async function authenticate(app: App, token: string | null, baseUrl: string, sender?: Sender): Promise<Caller> {
  return (await identify(app, token, baseUrl, sender)).caller;
}

/**
 * Who a key belongs to and where the tenant stands, by one statement and read anew for each request: a revoked key opens
 * nothing from the next one on, whichever process is asked. `baseUrl` is the origin that the request came to; PUBLIC_URL wins
 * over it. `sender` is for the audit log, which tells nothing where there is none.
 * @throws UnauthorizedError where the key is missing, unknown, revoked or expired
 */
export async function identify(
  app: App,
  token: string | null,
  baseUrl: string,
  sender?: Sender,
): Promise<{ caller: Caller; standing: Standing }> {
  if (token === null || !/^ak_[A-Za-z0-9_]{8,120}$/.test(token)) throw new UnauthorizedError();
  const owner = await app.findKeyOwner(hashKey(token));
  if (owner === null) throw new UnauthorizedError();
  const { tenantId, id: apiKeyId } = owner;
  if (!owner.isValid) {
    const reason = 'UnauthorizedError';
    if (sender !== undefined) app.refusals.note({ tenantId, apiKeyId, action: 'key refused', reason, sender });
    throw new UnauthorizedError(true);
  }
  if (owner.isUseStale) app.usage.touchKey(tenantId, apiKeyId, sender);
  const { settings } = app;
  const caller: Caller = {
    app,
    tenantId,
    apiKeyId,
    scopes: new Set(owner.scopes.filter(isScope)),
    limits: {
      requestsPerMinute: owner.requestsPerMinute ?? settings.requestsPerMinute,
      requestsPerDay: owner.requestsPerDay ?? settings.requestsPerDay,
    },
    baseUrl: settings.publicUrl ?? baseUrl,
    ...(sender !== undefined && { sender }),
  };
  const upstreams = (owner.upstreams ?? []).map((state) => ({
    ...state,
    lastSyncedAt: state.lastSyncedAt === null ? null : new Date(state.lastSyncedAt),
  }));
  return { caller, standing: { logHead: owner.logHead, upstreams } };
}

/** Which of these keys, as `tenantId/id`, are still valid. */
export async function findValidKeys(
  database: Database,
  keys: readonly { tenantId: string; apiKeyId: string }[],
): Promise<Set<string>> {
  const rows = await database.read<{ tenantId: string; id: string }>(Prisma.sql`
    SELECT api_key.tenant_id AS "tenantId", api_key.id
    FROM unnest(${keys.map((key) => key.tenantId)}::text[], ${keys.map((key) => key.apiKeyId)}::text[])
      wanted(tenant_id, id)
    JOIN api_key ON api_key.tenant_id = wanted.tenant_id AND api_key.id = wanted.id
    WHERE api_key.revoked_at IS NULL AND coalesce(api_key.expires_at > now(), true)`);
  return new Set(rows.map((row) => `${row.tenantId}/${row.id}`));
}

/** @throws ForbiddenError, ValidationError */
export async function createApiKey(caller: Caller, input: NewApiKey): Promise<{ apiKey: ApiKeyRow; secret: string }> {
  requireScope(caller, 'admin');
  const { name, scopes } = readInput(input);
  const secret = newKey();
  const apiKey = await transact(caller, async ({ tx, now, emit }) => {
    const row: ApiKeyRow = {
      id: newId('apiKey'),
      name,
      prefix: keyPrefix(secret),
      scopes,
      createdAt: now,
      lastUsedAt: null,
      expiresAt: input.expiresAt ?? null,
      revokedAt: null,
    };
    await tx.apiKey.create({ data: { ...row, tenantId: caller.tenantId, hash: hashKey(secret) } });
    emit({ type: 'api_key.created', subjectId: row.id, data: { name } });
    return row;
  });
  return { apiKey, secret };
}

/**
 * Makes a key useless from now on; sockets and streams opened with it are closed within seconds. Again: no change.
 * @throws ForbiddenError, NotFoundError
 */
export async function revokeApiKey(caller: Caller, id: string): Promise<ApiKeyRow> {
  requireScope(caller, 'admin');
  if (!isStorable(id)) throw new NotFoundError('API key');
  return transact(caller, async ({ tx, now, emit }) => {
    const [row] = await tx.$queryRaw<ApiKeyRow[]>`
      UPDATE api_key SET revoked_at = ${now}
      WHERE tenant_id = ${caller.tenantId} AND id = ${id} AND revoked_at IS NULL RETURNING ${columns}`;
    if (row !== undefined) {
      emit({ type: 'api_key.revoked', subjectId: row.id, data: { name: row.name } });
      return row;
    }
    const [revoked] = await tx.$queryRaw<ApiKeyRow[]>`
      SELECT ${columns} FROM api_key WHERE tenant_id = ${caller.tenantId} AND id = ${id}`;
    if (revoked === undefined) throw new NotFoundError('API key');
    return revoked;
  });
}

/**
 * Renames a key, or moves its end: also of one that has expired, which then opens again. What was opened with a key
 * is closed within seconds after its end.
 * @throws ForbiddenError, NotFoundError; ValidationError also where the end of a revoked key is to move
 */
export async function updateApiKey(caller: Caller, id: string, change: ApiKeyChange): Promise<ApiKeyRow> {
  requireScope(caller, 'admin');
  if (!isStorable(id)) throw new NotFoundError('API key');
  const fields: FieldMessages = {};
  const name = change.name == null ? null : readName(fields, change.name);
  checkExpiry(fields, change.expiresAt);
  const hasNewEnd = change.expiresAt !== undefined;
  return transact(caller, async ({ tx }) => {
    const [row] = await tx.$queryRaw<ApiKeyRow[]>`
      SELECT ${columns} FROM api_key WHERE tenant_id = ${caller.tenantId} AND id = ${id} FOR UPDATE`;
    if (row === undefined) throw new NotFoundError('API key');
    if (hasNewEnd && row.revokedAt !== null) fields['expiresAt'] = ['The key is revoked for good: make a new one'];
    if (Object.keys(fields).length > 0) throw new ValidationError(fields);
    const changed = { name: name ?? row.name, expiresAt: hasNewEnd ? (change.expiresAt ?? null) : row.expiresAt };
    await tx.apiKey.update({ where: { tenantId_id: { tenantId: caller.tenantId, id } }, data: changed });
    return { ...row, ...changed };
  });
}

/**
 * A new key with the old one's name, scopes and end. The old one is valid for `graceMs` more, so that those who use it
 * can be changed over one by one; with 0 it is revoked at once.
 * @throws ForbiddenError, NotFoundError; ValidationError where the old one is not valid any more
 */
export async function rotateApiKey(
  caller: Caller,
  id: string,
  graceMs: number,
): Promise<{ apiKey: ApiKeyRow; secret: string; old: ApiKeyRow }> {
  const replaced = await getApiKey({ ...caller, apiKeyId: null }, id);
  const isOver = replaced.expiresAt !== null && replaced.expiresAt <= new Date();
  if (replaced.revokedAt !== null || isOver) {
    throw new ValidationError({ id: ['is not valid any more: make a new key instead of rotating it'] });
  }
  const made = await createApiKey(caller, replaced);
  if (graceMs <= 0) return { ...made, old: await revokeApiKey(caller, id) };
  const end = new Date(Date.now() + graceMs);
  const expiresAt = replaced.expiresAt !== null && replaced.expiresAt < end ? replaced.expiresAt : end;
  return { ...made, old: await updateApiKey(caller, id, { expiresAt }) };
}

/** The tenant's keys, revoked and expired ones included, newest first. @throws ForbiddenError */
export async function listApiKeys(caller: Caller): Promise<ApiKeyRow[]> {
  requireScope(caller, 'admin');
  return caller.app.database.read<ApiKeyRow>(Prisma.sql`
    SELECT ${columns} FROM api_key WHERE tenant_id = ${caller.tenantId} ORDER BY created_at DESC, id DESC`);
}

/** Keys by their ids, in no order; unknown ones are left out. Any caller sees its own. @throws ForbiddenError */
export async function loadApiKeys(caller: Caller, ids: readonly string[]): Promise<ApiKeyRow[]> {
  if (ids.some((id) => id !== caller.apiKeyId)) requireScope(caller, 'admin');
  return caller.app.database.read<ApiKeyRow>(Prisma.sql`
    SELECT ${columns} FROM api_key WHERE tenant_id = ${caller.tenantId} AND id = ${anyText(ids)}`);
}

/** @throws ForbiddenError, NotFoundError */
export async function getApiKey(caller: Caller, id: string): Promise<ApiKeyRow> {
  const [row] = await loadApiKeys(caller, [id]);
  if (row === undefined) throw new NotFoundError('API key');
  return row;
}

function isScope(name: string): name is Scope {
  return knownScopes.some((scope) => scope === name);
}

function readInput(input: NewApiKey): { name: string; scopes: Scope[] } {
  const fields: FieldMessages = {};
  const name = readName(fields, input.name);
  const scopes = new Set(input.scopes.map((scope) => aliases[scope] ?? scope));
  const known = [...scopes].filter(isScope);
  if (scopes.size === 0) fields['scopes'] = ['Scopes must name at least one scope'];
  else if (known.length < scopes.size) fields['scopes'] = [`Scopes must be of ${knownScopes.join(', ')}`];
  checkExpiry(fields, input.expiresAt);
  if (Object.keys(fields).length > 0) throw new ValidationError(fields);
  return { name, scopes: known };
}

function readName(fields: FieldMessages, given: string): string {
  const name = given.trim();
  if (isBlank(name)) fields['name'] = ['Name is required'];
  else if (name.length > maxNameLength) fields['name'] = [`Name must be at most ${maxNameLength} characters`];
  else if (!isStorable(name)) fields['name'] = [`Name ${textProblem(name)}`];
  return name;
}

function checkExpiry(fields: FieldMessages, expiresAt: Date | null | undefined): void {
  if (expiresAt != null && expiresAt.getTime() <= Date.now()) fields['expiresAt'] = ['Expiry must be in the future'];
}
