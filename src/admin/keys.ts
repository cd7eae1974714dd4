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
import { table } from './table.ts';
import { readDurationMs, readEnd } from './values.ts';

const defaultGrace = '24h';

async function ownerOf({ app }: Desk, slug: string): Promise<Caller> {
  return systemCaller(app, (await getTenant(app, slug)).id);
}

/** Whoever works for the tenant that a key belongs to. @throws NotFoundError */
async function ownerOfKey({ app }: Desk, id: string): Promise<Caller> {
  const row = /^key_[0-9a-z]+$/.test(id) ? await app.database.prisma.apiKey.findFirst({ where: { id } }) : null;
  if (row === null) throw new NotFoundError(`API key "${id}"`);
  return systemCaller(app, row.tenantId);
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
    run: async (desk, input) => {
      const [slug = ''] = input.positionals;
      const expires = input.text('expires');
      const { apiKey, secret } = await createApiKey(await ownerOf(desk, slug), {
        name: input.text('name') ?? 'Made by admin',
        scopes: (input.text('scopes') ?? '*').split(',').map((scope) => scope.trim()),
        expiresAt: expires === undefined ? null : readEnd('expires', expires),
      });
      return { data: { apiKey, secret }, text: `${showKeys([apiKey])}\n\nThe key, shown this once: ${secret}` };
    },
  },
  {
    name: 'key list',
    summary: "A tenant's keys, newest first, those that are no longer valid too",
    positionals: ['TENANT'],
    options: {},
    run: async (desk, input) => {
      const apiKeys = await listApiKeys(await ownerOf(desk, input.positionals[0] ?? ''));
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
      const apiKey = await updateApiKey(await ownerOfKey(desk, id), id, { name });
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
      const apiKey = await revokeApiKey(await ownerOfKey(desk, id), id);
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
      const { apiKey, secret, old } = await rotateApiKey(await ownerOfKey(desk, id), id, graceMs);
      return {
        data: { apiKey, secret, old },
        text: `${showKeys([apiKey, old])}\n\nThe new key, shown this once: ${secret}`,
      };
    },
  },
];
