import { type Caller, scopes as knownScopes } from '../domain/app.ts';
import { systemCaller } from '../domain/caller.ts';
import { NotFoundError } from '../domain/errors.ts';
import { getTenant } from '../domain/tenants/administration.ts';
import {
  type ApiKeyRow,
  createApiKey,
  listApiKeys,
  revokeApiKey,
  rotateApiKey,
  updateApiKey,
} from '../domain/tenants/api-keys.ts';
import type { Command, Desk } from './command.ts';
import { asOperator } from './operator.ts';
import { table } from './table.ts';
import { readDurationMs, readEnd } from './values.ts';

const defaultGrace = '24h';

/** Works on a key, for the tenant that it belongs to. @throws NotFoundError */
async function withKey<T>({ app }: Desk, action: string, id: string, run: (owner: Caller) => Promise<T>): Promise<T> {
  const row = /^key_[0-9a-z]+$/.test(id) ? await app.database.prisma.apiKey.findFirst({ where: { id } }) : null;
  if (row === null) throw new NotFoundError(`API key "${id}"`);
  return asOperator(app, row.tenantId, { action, targetId: id }, run);
}

function stateOf(key: ApiKeyRow): string {
  if (key.revokedAt !== null) return `revoked ${day(key.revokedAt)}`;
  if (key.expiresAt === null) return 'valid';
  return key.expiresAt <= new Date() ? `expired ${day(key.expiresAt)}` : `valid until ${key.expiresAt.toISOString()}`;
}

const day = (date: Date) => date.toISOString().slice(0, 10);

function showKeys(keys: readonly ApiKeyRow[]): string {
  return table(
    ['ID', 'NAME', 'BEGINS', 'SCOPES', 'STATE', 'LAST USED'],
    keys.map((key) => [
      key.id,
      key.name,
      key.prefix,
      key.scopes.join(','),
      stateOf(key),
      key.lastUsedAt === null ? 'never' : key.lastUsedAt.toISOString(),
    ]),
  );
}

export const keyCommands: readonly Command[] = [
  {
    name: 'key add',
    summary: 'Makes a key for a tenant, shown this once',
    positionals: ['TENANT'],
    options: {
      name: { value: 'NAME', help: 'what it is for; "Made by admin" where not given' },
      scopes: { value: 'A,B', help: `of ${knownScopes.join(', ')}; * where not given` },
      expires: { value: 'WHEN', help: 'a day like 2027-12-31, or a time from now like 90d; never where not given' },
    },
    run: async ({ app }, input) => {
      const [slug = ''] = input.positionals;
      const expires = input.text('expires');
      const asked = {
        name: input.text('name') ?? 'Made by admin',
        scopes: (input.text('scopes') ?? '*').split(',').map((scope) => scope.trim()),
        expiresAt: expires === undefined ? null : readEnd('expires', expires),
      };
      const { id } = await getTenant(app, slug);
      const { apiKey, secret } = await asOperator(app, id, { action: 'key add' }, (owner) =>
        createApiKey(owner, asked),
      );
      return { data: { apiKey, secret }, text: `${showKeys([apiKey])}\n\nThe key, shown this once: ${secret}` };
    },
  },
  {
    name: 'key list',
    summary: "A tenant's keys, newest first, those that are no longer valid too",
    positionals: ['TENANT'],
    options: {},
    run: async ({ app }, input) => {
      const { id } = await getTenant(app, input.positionals[0] ?? '');
      const apiKeys = await listApiKeys(systemCaller(app, id));
      return { data: { apiKeys }, text: apiKeys.length === 0 ? 'There are no keys.' : showKeys(apiKeys) };
    },
  },
  {
    name: 'key rename',
    summary: 'Gives a key another name',
    positionals: ['KEY_ID', 'NAME'],
    options: {},
    run: async (desk, input) => {
      const [id = '', name = ''] = input.positionals;
      const apiKey = await withKey(desk, 'key rename', id, (owner) => updateApiKey(owner, id, { name }));
      return { data: { apiKey }, text: showKeys([apiKey]) };
    },
  },
  {
    name: 'key revoke',
    summary: 'Makes a key useless from now on; what it opened is closed within seconds',
    positionals: ['KEY_ID'],
    options: {},
    run: async (desk, input) => {
      const [id = ''] = input.positionals;
      const apiKey = await withKey(desk, 'key revoke', id, (owner) => revokeApiKey(owner, id));
      return { data: { apiKey }, text: showKeys([apiKey]) };
    },
  },
  {
    name: 'key rotate',
    summary: 'Makes a new key in place of one, which stays valid for a while',
    positionals: ['KEY_ID'],
    options: { grace: { value: 'TIME', help: `30m, 24h, 7d, or 0 for at once; ${defaultGrace} where not given` } },
    run: async (desk, input) => {
      const [id = ''] = input.positionals;
      const graceMs = readDurationMs('grace', input.text('grace') ?? defaultGrace);
      const { apiKey, secret, old } = await withKey(desk, 'key rotate', id, (owner) =>
        rotateApiKey(owner, id, graceMs),
      );
      return {
        data: { apiKey, secret, old },
        text: `${showKeys([apiKey, old])}\n\nThe new key, shown this once: ${secret}`,
      };
    },
  },
];
