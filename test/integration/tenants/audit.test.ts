import { expect, test } from 'vitest';
import { createCleanUpHandler } from '../../../src/jobs/clean-up.ts';
import { askAdmin, runAdmin } from '../../testkit/admin.ts';
import { createConversation } from '../../testkit/conversations.ts';
import { addTenant, eachDatabase, startGateway, type TestGateway } from '../../testkit/gateway.ts';

const entries = `query Audit($first: Int, $after: String, $last: Int, $before: String, $filter: AuditFilter) {
  auditLog(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
    totalCount
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    nodes { id at way action targetId outcome reason address forwardedFor requestId apiKey { id name prefix } }
  }
}`;
type Entry = {
  id: string;
  at: string;
  way: string;
  action: string;
  targetId: string | null;
  outcome: string;
  reason: string | null;
  address: string | null;
  forwardedFor: string | null;
  requestId: string | null;
  apiKey: { id: string; name: string; prefix: string } | null;
};
type Page = {
  totalCount: number;
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null };
  nodes: Entry[];
};

/** The newest first; keys' uses are left out, which are written some seconds later. */
async function readLog(gateway: TestGateway, filter: object | null = null, apiKey = gateway.apiKey): Promise<Entry[]> {
  const { body } = await gateway.graphql<{ auditLog: Page }>(entries, { first: 100, filter }, { apiKey });
  expect(body.errors).toBeUndefined();
  return (body.data?.auditLog.nodes ?? []).filter(({ action }) => action !== 'key used');
}

const short = ({ way, action, outcome, reason, targetId }: Entry) => ({ way, action, outcome, reason, targetId });

async function newKey(gateway: TestGateway, scopes: string[]): Promise<{ secret: string; id: string }> {
  const { body } = await gateway.graphql<{ createApiKey: { secret: string; apiKey: { id: string } } }>(
    `mutation ($scopes: [String!]!) { createApiKey(input: { name: "another", scopes: $scopes }) {
      ... on CreateApiKeyPayload { secret apiKey { id } } } }`,
    { scopes },
  );
  const made = body.data?.createApiKey;
  return { secret: made?.secret ?? '', id: made?.apiKey.id ?? '' };
}

function environmentOf({ databaseUrl, secretKey }: TestGateway): Record<string, string> {
  return databaseUrl === null ? {} : { DATABASE_URL: databaseUrl, SECRET_KEY: secretKey };
}

eachDatabase('the audit log', (database) => {
  test('tells of each mutation who, what, whose, when, from where and what became of it, and nothing that was written', async () => {
    await using gateway = await startGateway({ database });
    const secret = 'zquorvexaudit';
    const reader = await newKey(gateway, ['conversations:read']);
    const create = `mutation ($input: CreateConversationInput!) { createConversation(input: $input) { __typename ... on CreateConversationPayload { conversation { id } } } }`;
    const input = { title: secret, content: secret, segment: secret, metadata: { secret } };
    const made = await gateway.graphql<{ createConversation: { conversation: { id: string } } }>(
      create,
      { input },
      { headers: { 'x-forwarded-for': '198.51.100.1, 203.0.113.7' } },
    );
    const id = made.body.data?.createConversation.conversation.id ?? '';
    await gateway.graphql(create, { input: { ...input, title: '' } });
    const remove = 'mutation ($id: ID!) { deleteConversation(input: { id: $id }) { __typename } }';
    await gateway.graphql(remove, { id }, { apiKey: reader.secret });
    await gateway.graphql(remove, { id: secret });
    await gateway.graphql(remove, { id: 'conv_01h455vb4pex5vsknk084sn02q' });
    const forwarded = { 'x-forwarded-for': `${secret}, ${secret}` };
    const removed = await gateway.graphql(remove, { id }, { headers: forwarded });

    const log = await readLog(gateway);
    const graph = (action: string, outcome: string, reason: string | null, targetId: string | null) => ({
      ...{ way: 'GRAPHQL', action, outcome, reason, targetId },
    });
    expect(log.map(short)).toEqual([
      graph('deleteConversation', 'DONE', null, id),
      graph('deleteConversation', 'REFUSED', 'NotFoundError', 'conv_01h455vb4pex5vsknk084sn02q'),
      graph('deleteConversation', 'REFUSED', 'NotFoundError', null),
      graph('deleteConversation', 'REFUSED', 'ForbiddenError', id),
      graph('createConversation', 'REFUSED', 'ValidationError', null),
      graph('createConversation', 'DONE', null, id),
      graph('createApiKey', 'DONE', null, reader.id),
    ]);
    expect(log[0]).toMatchObject({
      requestId: removed.headers.get('x-request-id'),
      address: expect.stringContaining('127.0.0.1'),
      forwardedFor: null,
      apiKey: { prefix: gateway.apiKey.slice(0, 10) },
    });
    expect(log[3]?.apiKey).toEqual({ id: reader.id, name: 'another', prefix: reader.secret.slice(0, 10) });
    expect(log[5]?.forwardedFor).toBe('203.0.113.7');
    expect(Math.abs(Date.parse(log[0]?.at ?? '') - Date.now())).toBeLessThan(60_000);
    const rows = await gateway.app.database.prisma.$queryRaw<
      { row: string }[]
    >`SELECT t::text AS row FROM audit_entry t`;
    for (const { row } of rows) {
      expect(row).not.toContain(secret);
      expect(row).not.toContain(gateway.apiKey);
      expect(row).not.toContain(reader.secret);
    }
  });

  test('is written with what it tells of, in the statement that counts it, and not at all where it is switched off', async () => {
    await using gateway = await startGateway({ database });
    await using without = await startGateway({ database, env: { AUDIT_RETENTION_DAYS: '0' } });
    for (const each of [gateway, without]) {
      await createConversation(each);
      const { statements } = await each.countStatements(() => createConversation(each), { tries: 3 });
      // Of the write, and of jobs that end meanwhile.
      const ends = statements.filter((sql) => sql.includes('INSERT INTO event'));
      expect(ends.length).toBeGreaterThan(0);
      expect(ends.some((sql) => sql.includes('INSERT INTO audit_entry'))).toBe(each === gateway);
    }
    expect(await readLog(without)).toEqual([]);

    // What is rolled back takes its line along: what remains is that it failed.
    const { prisma } = gateway.app.database;
    await prisma.$executeRaw`ALTER TABLE conversation ADD CONSTRAINT no_more CHECK (title <> 'Refused late')`;
    const failed = await gateway.graphql(
      'mutation { createConversation(input: { title: "Refused late", content: "x" }) { __typename } }',
    );
    expect(failed.body.errors?.[0]?.extensions['code']).toBe('INTERNAL_ERROR');
    const [newest] = await readLog(gateway);
    expect(newest).toMatchObject({
      ...{ action: 'createConversation', outcome: 'FAILED', reason: 'InternalError', targetId: null },
      requestId: failed.body.errors?.[0]?.extensions['requestId'],
    });
  });

  test('tells of writes over REST by their paths, and of no reads', async () => {
    await using gateway = await startGateway({ database });
    const ask = async (method: string, path: string, body?: unknown) => {
      const response = await gateway.fetch(path, {
        method,
        headers: { authorization: `Bearer ${gateway.apiKey}`, 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      return response.status === 204 ? null : ((await response.json()) as { id: string });
    };
    const made = await ask('POST', '/v1/conversations', { title: 'One', content: 'Hello' });
    await ask('PATCH', `/v1/conversations/${made?.id}`, { title: 'Two' });
    await ask('POST', '/v1/conversations', { title: '' });
    await ask('GET', '/v1/conversations');
    await ask('POST', '/v1/conversations/search', { query: 'One' });
    await ask('DELETE', `/v1/conversations/${made?.id}`);
    await ask('DELETE', `/v1/conversations/${made?.id}`);
    const rest = (action: string, outcome: string, reason: string | null, targetId: string | null) => ({
      ...{ way: 'REST', action, outcome, reason, targetId },
    });
    const id = made?.id ?? '';
    expect((await readLog(gateway)).map(short)).toEqual([
      rest('DELETE /v1/conversations/{id}', 'REFUSED', 'NotFoundError', id),
      rest('DELETE /v1/conversations/{id}', 'DONE', null, id),
      rest('POST /v1/conversations', 'REFUSED', 'ValidationError', null),
      rest('PATCH /v1/conversations/{id}', 'DONE', null, id),
      rest('POST /v1/conversations', 'DONE', null, id),
    ]);
  });

  test("tells of operators' commands", async () => {
    await using gateway = await startGateway({ database });
    const { dataDir, tenantSlug: slug, tenantId } = gateway;
    const env = environmentOf(gateway);
    const made = await askAdmin<{ apiKey: { id: string } }>(dataDir, ['key', 'add', slug], env);
    const { id } = made.apiKey;
    await askAdmin(dataDir, ['key', 'rename', id, 'Another name'], env);
    await runAdmin(dataDir, ['key', 'rename', id, ''], env);
    await askAdmin(dataDir, ['key', 'revoke', id], env);
    await askAdmin(dataDir, ['tenant', 'set', slug, '--plan', 'gold'], env);
    await askAdmin(dataDir, ['tenant', 'list'], env);
    const admin = (action: string, targetId: string, reason: string | null = null) => ({
      ...{ way: 'ADMIN', action, outcome: reason === null ? 'DONE' : 'REFUSED', reason, targetId },
    });
    const log = await readLog(gateway);
    expect(log.map(short)).toEqual([
      admin('tenant set', tenantId),
      admin('key revoke', id),
      admin('key rename', id, 'ValidationError'),
      admin('key rename', id),
      admin('key add', id),
    ]);
    for (const { apiKey, address } of log) expect({ apiKey, address }).toEqual({ apiKey: null, address: null });
  });

  test('reads write nothing to it but the first use of a key, and its refusals, once a day', async () => {
    await using gateway = await startGateway({ database });
    const { app } = gateway;
    const reader = await newKey(gateway, ['conversations:read']);
    const revoked = await newKey(gateway, ['conversations:read']);
    await gateway.graphql('mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { __typename } }', {
      id: revoked.id,
    });
    const written: string[] = [];
    const { statements } = await gateway.countStatements(async () => {
      for (let time = 0; time < 10; time++) {
        await gateway.graphql('{ conversations { totalCount } apiKeys { id } }', {}, { apiKey: reader.secret });
        await gateway.graphql('{ conversations { totalCount } }', {}, { apiKey: revoked.secret });
        await gateway.fetch('/v1/account', { headers: { authorization: `Bearer ${reader.secret}` } });
      }
      await Promise.all([app.usage.flush(), app.refusals.flush()]);
    });
    written.push(...statements.filter((sql) => sql.includes('audit_entry')));
    // The timers of both may have come before.
    expect(written.length).toBeLessThanOrEqual(4);
    const { body } = await gateway.graphql<{ auditLog: Page }>(entries, { first: 100 });
    const told = (body.data?.auditLog.nodes ?? []).filter(({ action }) => /^(key|scope) /.test(action));
    const ids = { [reader.id]: 'reader', [revoked.id]: 'revoked' };
    const lines = told.map(
      ({ action, outcome, apiKey }) => `${ids[apiKey?.id ?? ''] ?? 'owner'}: ${action}, ${outcome}`,
    );
    expect(lines.sort()).toEqual([
      'owner: key used, DONE',
      'reader: key used, DONE',
      'reader: scope admin refused, REFUSED',
      'revoked: key refused, REFUSED',
    ]);
    // Whatever a process knows: another one writes no second line that day.
    const { prisma } = app.database;
    await prisma.apiKey.updateMany({ data: { lastUsedAt: null } });
    await gateway.graphql('{ conversations { totalCount } }', {}, { apiKey: reader.secret });
    await app.usage.flush();
    expect(await prisma.auditEntry.count({ where: { action: 'key used', apiKeyId: reader.id } })).toBe(1);
  });

  test('is a list for admins alone, by pages both ways and filters, at the same cost however long the page', async () => {
    await using gateway = await startGateway({ database });
    const { apiKey: stranger } = await addTenant(gateway, 'stranger');
    const reader = await newKey(gateway, ['conversations:read']);
    const ids: string[] = [];
    for (let index = 0; index < 8; index++) ids.push((await createConversation(gateway, { title: `${index}` })).id);
    const filter = {
      outcome: 'DONE',
      apiKeyId: (await readLog(gateway))[0]?.apiKey?.id,
      since: '2020-01-01T00:00:00Z',
    };
    const { app } = gateway;
    await app.usage.flush();
    const all = (await readLog(gateway, filter)).map(({ id }) => id);
    expect(all.length).toBe(9);
    const page = async (args: object) => {
      const { body } = await gateway.graphql<{ auditLog: Page }>(entries, { ...args, filter });
      expect(body.errors).toBeUndefined();
      return body.data?.auditLog;
    };
    const whole = (await page({ first: 100 }))?.nodes.map(({ id }) => id) ?? [];
    for (const isForward of [true, false]) {
      const seen: string[] = [];
      let cursor: string | null | undefined;
      for (;;) {
        const got = await page(isForward ? { first: 4, after: cursor } : { last: 4, before: cursor });
        const found = got?.nodes.map(({ id }) => id) ?? [];
        expect(got?.totalCount).toBe(whole.length);
        if (isForward) seen.push(...found);
        else seen.unshift(...found);
        cursor = isForward ? got?.pageInfo.endCursor : got?.pageInfo.startCursor;
        if (!(isForward ? got?.pageInfo.hasNextPage : got?.pageInfo.hasPreviousPage)) break;
      }
      expect(seen).toEqual(whole);
    }
    expect((await readLog(gateway, { targetId: ids[3] })).map(({ targetId }) => targetId)).toEqual([ids[3]]);
    expect(await readLog(gateway, { until: '2020-01-01T00:00:00Z' })).toEqual([]);
    expect(await readLog(gateway, { targetId: 'a\u0000b' })).toEqual([]);
    expect(await readLog(gateway, null, stranger)).toEqual([]);
    const refused = await gateway.graphql(entries, {}, { apiKey: reader.secret });
    expect(refused.body).toMatchObject({ data: { auditLog: null }, errors: [{ extensions: { code: 'FORBIDDEN' } }] });
    const bad = await gateway.graphql(entries, { after: 'nonsense' });
    expect(bad.body.errors?.[0]?.extensions['code']).toBe('BAD_REQUEST');
    const cost = async (first: number) =>
      (await gateway.countStatements(() => gateway.graphql(entries, { first }), { tries: 5 })).count;
    expect(await cost(8)).toBe(await cost(2));
  });

  test('is kept for as many days as are set, and emptied where none are', async () => {
    await using gateway = await startGateway({ database, env: { AUDIT_RETENTION_DAYS: '30' } });
    const { prisma } = gateway.app.database;
    await createConversation(gateway, { title: 'Old' });
    await prisma.auditEntry.updateMany({ data: { at: new Date(Date.now() - 31 * 86_400_000) } });
    const kept = await createConversation(gateway, { title: 'New' });
    const cleanUp = (app: TestGateway['app']) => createCleanUpHandler(app)({}, new AbortController().signal);
    await cleanUp(gateway.app);
    expect((await readLog(gateway)).map(({ targetId }) => targetId)).toEqual([kept.id]);
    await cleanUp({ ...gateway.app, settings: { ...gateway.app.settings, auditRetentionDays: 0 } });
    expect(await readLog(gateway)).toEqual([]);
  });
});
