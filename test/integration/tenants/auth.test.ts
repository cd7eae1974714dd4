import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Caller } from '../../../src/domain/app.ts';
import { ForbiddenError, NotFoundError, ValidationError } from '../../../src/domain/errors.ts';
import {
  authenticate,
  createApiKey,
  getApiKey,
  listApiKeys,
  type NewApiKey,
  revokeApiKey,
} from '../../../src/domain/tenants/api-keys.ts';
import { readEvents, readLogBounds } from '../../../src/events/log.ts';
import { addTenant, eachDatabase, newTestKey, startGateway, type TestGateway } from '../../testkit/gateway.ts';

eachDatabase('API keys', (database) => {
  let gateway: TestGateway;
  let owner: Caller;
  beforeAll(async () => {
    gateway = await startGateway({ database });
    owner = await authenticate(gateway.app, gateway.apiKey, gateway.url);
  });
  afterAll(() => gateway.close());

  const ask = (headers: Record<string, string>) =>
    gateway.fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: '{"query":"{ __typename }"}',
    });
  const make = (input: Partial<NewApiKey> = {}) =>
    createApiKey(owner, { name: 'A key', scopes: ['conversations:read'], ...input });

  describe('asking with one', () => {
    test('Authorization and X-API-Key are both taken', async () => {
      expect((await ask({ authorization: `Bearer ${gateway.apiKey}` })).status).toBe(200);
      expect((await ask({ authorization: `bearer  ${gateway.apiKey}` })).status).toBe(200);
      expect((await ask({ 'x-api-key': gateway.apiKey })).status).toBe(200);
    });

    test('a missing, malformed, unknown, revoked and expired key get the same 401, to the byte', async () => {
      const revoked = await make();
      await revokeApiKey(owner, revoked.apiKey.id);
      const expired = await make({ expiresAt: new Date(Date.now() + 60_000) });
      await gateway.app.database.prisma.$executeRaw`
        UPDATE api_key SET expires_at = now() - interval '1 second' WHERE id = ${expired.apiKey.id}`;
      const tokens = ['', 'nonsense', 'ak_', newTestKey(), revoked.secret, expired.secret, `ak_${"' OR 1=1 --"}`];
      const answers = await Promise.all(
        tokens.map(async (token) => {
          const response = await ask(token === '' ? {} : { authorization: `Bearer ${token}` });
          return { status: response.status, body: await response.text() };
        }),
      );
      expect(answers[0]?.status).toBe(401);
      expect(JSON.parse(answers[0]?.body ?? '')).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHORIZED' } }] });
      for (const answer of answers) expect(answer).toEqual(answers[0]);
    });

    test('keys that are asked with at the same time are looked up together, and each gets its own answer', async () => {
      const { secret } = await make();
      const revoked = await make();
      await revokeApiKey(owner, revoked.apiKey.id);
      const keys = Array.from({ length: 30 }, (_, index) => [gateway.apiKey, secret, revoked.secret][index % 3] ?? '');
      const isCounted = (sql: string) => sql.includes('FROM api_key') && sql.includes('JOIN tenant_state');
      const { count, result } = await gateway.countStatements(
        () => Promise.allSettled(keys.map((key) => authenticate(gateway.app, key, gateway.url))),
        // A request of before may still ask.
        { isCounted, tries: 3 },
      );
      expect(result.map(({ status }) => status)).toEqual(
        keys.map((key) => (key === revoked.secret ? 'rejected' : 'fulfilled')),
      );
      expect(count).toBe(1);
    });

    test('a key that is revoked while others are being looked up opens nothing afterwards', async () => {
      for (let turn = 0; turn < 10; turn++) {
        const { apiKey, secret } = await make();
        const others = Promise.all(Array.from({ length: 20 }, () => ask({ 'x-api-key': gateway.apiKey })));
        await revokeApiKey(owner, apiKey.id);
        expect((await ask({ 'x-api-key': secret })).status).toBe(401);
        await others;
      }
    });

    test('a key is asked for by one statement', async () => {
      const { count } = await gateway.countStatements(() => gateway.graphql('{ __typename }'), { tries: 3 });
      expect(count).toBe(1);
    });

    test('its last use is noted, once a minute at most', async () => {
      const { apiKey, secret } = await make();
      await authenticate(gateway.app, secret, '');
      await gateway.app.usage.flush();
      const { lastUsedAt } = await getApiKey(owner, apiKey.id);
      expect(lastUsedAt).toBeInstanceOf(Date);
      await authenticate(gateway.app, secret, '');
      await gateway.app.usage.flush();
      expect((await getApiKey(owner, apiKey.id)).lastUsedAt).toEqual(lastUsedAt);
    });
  });

  describe('making one', () => {
    test('the secret opens the tenant with the scopes given, and is kept nowhere', async () => {
      const { apiKey, secret } = await make({ name: '  Reader ', scopes: ['read', 'conversations:read'] });
      expect(secret).toMatch(/^ak_[A-Za-z0-9_]{32,80}$/);
      expect(apiKey).toMatchObject({ name: 'Reader', prefix: secret.slice(0, 10), scopes: ['conversations:read'] });
      const caller = await authenticate(gateway.app, secret, '');
      expect({ tenantId: caller.tenantId, scopes: [...caller.scopes] }).toEqual({
        tenantId: gateway.tenantId,
        scopes: ['conversations:read'],
      });
      const rows = await gateway.app.database.prisma.$queryRaw`SELECT api_key::text AS row FROM api_key`;
      expect(JSON.stringify(rows)).not.toContain(secret);
    });

    test.each<[string, Partial<NewApiKey>]>([
      ['name', { name: ' ' }],
      ['name', { name: 'x'.repeat(101) }],
      ['name', { name: 'a\0b' }],
      ['scopes', { scopes: [] }],
      ['scopes', { scopes: ['conversations:read', 'everything'] }],
      ['expiresAt', { expiresAt: new Date(Date.now() - 1) }],
    ])('a bad %s is told on that field', async (field, input) => {
      const refusal = await make(input).catch((err) => err);
      expect(refusal).toBeInstanceOf(ValidationError);
      expect(Object.keys(refusal.fields)).toEqual([field]);
    });

    test('it takes the scope admin', async () => {
      const { secret } = await make({ scopes: ['write'] });
      const caller = await authenticate(gateway.app, secret, '');
      await expect(createApiKey(caller, { name: 'x', scopes: ['*'] })).rejects.toBeInstanceOf(ForbiddenError);
      await expect(listApiKeys(caller)).rejects.toBeInstanceOf(ForbiddenError);
      await expect(revokeApiKey(caller, 'key_x')).rejects.toBeInstanceOf(ForbiddenError);
      expect((await getApiKey(caller, caller.apiKeyId ?? '')).scopes).toEqual(['conversations:write']);
    });
  });

  describe('revoking one', () => {
    test('it is useless at once, and that and its making are in the event log', async () => {
      const { head: before } = await readLogBounds(gateway.app.database, gateway.tenantId);
      const { apiKey, secret } = await make();
      const revoked = await revokeApiKey(owner, apiKey.id);
      expect(revoked.revokedAt).toBeInstanceOf(Date);
      expect((await ask({ authorization: `Bearer ${secret}` })).status).toBe(401);
      expect(await revokeApiKey(owner, apiKey.id)).toEqual(revoked);
      const events = await readEvents(gateway.app.database, gateway.tenantId, before, 10);
      expect(events.map(({ type, subjectId }) => [type, subjectId])).toEqual([
        ['api_key.created', apiKey.id],
        ['api_key.revoked', apiKey.id],
      ]);
    });

    test("another tenant's key is as unknown as one that is not there", async () => {
      const other = await addTenant(gateway, `other-${database}`);
      const stranger = await authenticate(gateway.app, other.apiKey, '');
      const { apiKey } = await make();
      await expect(revokeApiKey(stranger, apiKey.id)).rejects.toBeInstanceOf(NotFoundError);
      await expect(getApiKey(stranger, apiKey.id)).rejects.toBeInstanceOf(NotFoundError);
      expect((await listApiKeys(stranger)).map((key) => key.id)).toEqual([stranger.apiKeyId]);
      expect((await getApiKey(owner, apiKey.id)).revokedAt).toBeNull();
    });
  });
});
