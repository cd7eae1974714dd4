import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Scope, scopes } from '../../../src/domain/app.ts';
import { systemCaller } from '../../../src/domain/caller.ts';
import { createApiKey } from '../../../src/domain/tenants/api-keys.ts';
import { schema } from '../../../src/graphql/schema.ts';
import { type OpenApiDocument, restCallsOf } from '../../testkit/calls/rest-calls.ts';
import { callsOf, type SchemaCall } from '../../testkit/calls/schema-calls.ts';
import { importFile } from '../../testkit/files/imports.ts';
import { uploadForm } from '../../testkit/files/uploads.ts';
import { addTenant, eachDatabase } from '../../testkit/gateway.ts';
import { type Connected, startConnected, until } from '../upstreams/connected.ts';

/** Stands in everything that the owner has. */
const canary = 'canaryofanother';
const tables = [
  'conversation',
  'message',
  'summary',
  'attachment',
  'export',
  'import',
  'upstream',
  'webhook',
  'webhook_delivery',
  'api_key',
  'audit_entry',
  'tenant_state',
  'event',
] as const;

eachDatabase('what is another tenant’s', (database) => {
  let world: Connected;
  let ids: string[];
  const intruders = new Map<Scope, string>();

  const post = async (call: SchemaCall, apiKey: string) => {
    const { gateway } = world;
    const headers = { authorization: `Bearer ${apiKey}`, accept: 'application/json', 'graphql-require-preflight': '1' };
    const operation = JSON.stringify({ query: call.query, variables: call.variables });
    if (call.filePaths.length === 0) {
      const init = { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body: operation };
      return (await gateway.fetch('/graphql', init)).text();
    }
    const body = new FormData();
    body.set('operations', operation);
    body.set('map', JSON.stringify({ file: call.filePaths }));
    body.set('file', new File(['text'], 'intruder.txt'));
    return (await gateway.fetch('/graphql', { method: 'POST', headers, body })).text();
  };

  const owned = async (table: (typeof tables)[number]) =>
    world.gateway.app.database.prisma.$queryRawUnsafe<{ id: string; row: string }[]>(
      `SELECT ${table === 'tenant_state' ? 'tenant_id' : table === 'event' ? 'seq::text' : 'id'} AS id,
        (to_jsonb(t) - 'last_used_at')::text AS row FROM ${table} t WHERE tenant_id = $1 ORDER BY 1`,
      world.gateway.tenantId,
    );
  const everything = async () =>
    Object.fromEntries(await Promise.all(tables.map(async (name) => [name, await owned(name)])));

  beforeAll(async () => {
    world = await startConnected({
      gateway: { database, env: { REQUESTS_PER_MINUTE: '0', REQUESTS_PER_DAY: '0' } },
      api: { conversations: [{ title: `Mirrored ${canary}`, summary: {} }] },
    });
    const { gateway, upstreamId } = world;
    const ask = async (query: string, variables: Record<string, unknown> = {}) => {
      const { body } = await gateway.graphql<Record<string, Record<string, { id: string }>>>(query, variables);
      expect(body.errors).toBeUndefined();
      return body.data ?? {};
    };
    await ask(`mutation { updateUpstream(input: { id: "${upstreamId}", name: "${canary}" }) { __typename } }`);
    const hook = await ask(
      'mutation ($i: CreateWebhookInput!) { createWebhook(input: $i) { ... on CreateWebhookPayload { webhook { id } } } }',
      { i: { url: `http://127.0.0.1:9/${canary}`, events: ['conversation.created'] } },
    );
    const made = await ask(
      'mutation ($i: CreateConversationInput!) { createConversation(input: $i) { ... on CreateConversationPayload { conversation { id } } } }',
      { i: { title: canary, messages: [{ role: 'USER', content: `${canary} is said here.` }], segment: canary } },
    );
    const conversationId = made['createConversation']?.['conversation']?.id ?? '';
    const form = uploadForm(conversationId, Buffer.from(canary), { filename: `${canary}.txt` });
    const headers = { authorization: `Bearer ${gateway.apiKey}`, 'graphql-require-preflight': '1' };
    expect(await (await gateway.fetch('/graphql', { method: 'POST', headers, body: form })).text()).toContain(canary);
    await createApiKey(world.caller, { name: canary, scopes: ['admin'] });
    await ask('mutation { createExport(input: { format: JSONL }) { __typename } }');
    await importFile(gateway, `${canary}.jsonl`, `{"title": "${canary}", "content": "Hello"}\n${canary}\n`);
    const { prisma } = gateway.app.database;
    const { tenantId } = gateway;
    // Nothing of the owner's moves by itself from here on: what changes is an intruder's doing.
    await until(
      'its export is made',
      async () => !(await prisma.export.count({ where: { tenantId, status: 'PROCESSING' } })),
    );
    await until(
      'its summaries are made',
      async () => !(await prisma.summary.count({ where: { tenantId, status: 'PROCESSING' } })),
    );
    await until(
      'its webhook is tried',
      async () => (await prisma.webhookDelivery.count({ where: { tenantId, attempts: { gt: 0 } } })) > 0,
    );
    await prisma.webhook.updateMany({ where: { tenantId }, data: { active: false } });
    await prisma.webhookDelivery.updateMany({ where: { tenantId }, data: { nextAttemptAt: null } });
    expect(hook['createWebhook']?.['webhook']?.id).toMatch(/./);

    // The first use of the owner's key is in its audit log from here on.
    await gateway.app.usage.flush();
    ids = [];
    for (const name of tables) {
      // Nothing is asked for by these.
      if (name === 'event' || name === 'tenant_state' || name === 'audit_entry') continue;
      const rows = await owned(name);
      const own = rows.find(({ row }) => row.includes(canary)) ?? rows[0];
      expect(own, name).toBeDefined();
      ids.push(own?.id ?? '');
    }
    const other = await addTenant(gateway, 'intruder');
    for (const scope of scopes) {
      const caller = systemCaller(gateway.app, other.tenantId);
      intruders.set(scope, (await createApiKey(caller, { name: scope, scopes: [scope] })).secret);
    }
  });
  afterAll(() => world?.close());

  const fieldsOf = (operation: 'query' | 'mutation') =>
    Object.values((operation === 'query' ? schema.getQueryType() : schema.getMutationType())?.getFields() ?? {});

  test('is shown to its owner by the very calls that an intruder makes', async () => {
    const blind: string[] = [];
    for (const field of fieldsOf('query')) {
      const answers = await Promise.all(
        callsOf(schema, 'query', field, ids).map((call) => post(call, world.gateway.apiKey)),
      );
      for (const answer of answers) expect(answer).not.toContain('GRAPHQL_VALIDATION_FAILED');
      if (!answers.some((answer) => answer.includes(canary))) blind.push(field.name);
    }
    // Figures and cursors alone, or looked up by what these calls do not know.
    expect(blind.toSorted()).toEqual(
      [
        'account',
        'auditLog',
        'conversationByExternalId',
        'eventCursor',
        'export',
        'exports',
        'usage',
        'viewer',
      ].toSorted(),
    );
  });

  test.each(scopes)('is neither shown nor changed by any call of the graph with the scope %s', async (scope) => {
    const before = await everything();
    const apiKey = intruders.get(scope) ?? '';
    for (const operation of ['query', 'mutation'] as const) {
      for (const field of fieldsOf(operation)) {
        for (const call of callsOf(schema, operation, field, ids)) {
          const answer = await post(call, apiKey);
          expect(answer, call.query).not.toContain(canary);
          expect(answer, call.query).not.toMatch(/INTERNAL_ERROR|GRAPHQL_VALIDATION_FAILED|Variable \\"\$/);
        }
      }
    }
    expect(await everything()).toEqual(before);
  });

  test.each(scopes)('is neither shown nor changed by any call of REST with the scope %s', async (scope) => {
    const { gateway } = world;
    const before = await everything();
    const apiKey = intruders.get(scope) ?? '';
    const document = (await (await gateway.fetch('/openapi.json')).json()) as OpenApiDocument;
    let count = 0;
    for (const call of restCallsOf(document, { ids, tenants: [gateway.tenantSlug, 'intruder'] })) {
      const { contentType, body } = call;
      const headers = {
        authorization: `Bearer ${apiKey}`,
        ...(contentType !== null && { 'content-type': contentType }),
      };
      const response = await gateway.fetch(call.path, { method: call.method, headers, ...(body !== null && { body }) });
      const answer = await response.text();
      expect(answer, `${call.method} ${call.path}`).not.toContain(canary);
      expect(response.status, `${call.method} ${call.path}: ${answer}`).toBeLessThan(500);
      count++;
    }
    expect(count).toBeGreaterThan(50);
    expect(await everything()).toEqual(before);
  });

  // Last: here the owner changes things itself.
  test('is told by no subscription', async () => {
    const { gateway, upstreamId } = world;
    const fields = Object.values(schema.getSubscriptionType()?.getFields() ?? {});
    expect(fields.length).toBeGreaterThan(3);
    await using streams = new AsyncDisposableStack();
    const listen = async (call: SchemaCall, apiKey: string) => {
      const stream = await listenTo(gateway.url, call, apiKey);
      streams.defer(() => stream.stop());
      return stream;
    };
    const own = new Map<string, Listening[]>();
    const others: { scope: Scope; call: SchemaCall; stream: Listening }[] = [];
    for (const field of fields) {
      for (const call of callsOf(schema, 'subscription', field, ids)) {
        own.set(field.name, [...(own.get(field.name) ?? []), await listen(call, gateway.apiKey)]);
        for (const [scope, key] of intruders) others.push({ scope, call, stream: await listen(call, key) });
      }
    }
    const ask = async (query: string, apiKey = gateway.apiKey) => {
      const { body } = await gateway.graphql(query, {}, { apiKey });
      expect(body.errors, query).toBeUndefined();
    };
    await ask(`mutation { updateConversation(input: { id: "${ids[0]}", title: "${canary} again" }) { __typename } }`);
    await ask(`mutation { regenerateSummary(input: { conversationId: "${ids[0]}" }) { __typename } }`);
    await ask('mutation { createExport(input: { format: CSV }) { __typename } }');
    await importFile(gateway, 'later.jsonl', 'no JSON\n');
    await ask(`mutation { syncUpstream(input: { id: "${upstreamId}" }) { __typename } }`);
    for (const [name, listening] of own) {
      await until(`the owner hears of ${name}`, () => listening.some((each) => each.text().includes('event: next')));
    }
    // What an intruder is told after all of that: its own.
    await ask(
      'mutation { createConversation(input: { title: "Its own", content: "text" }) { __typename } }',
      intruders.get('*'),
    );
    await until('the intruder hears of its own', () =>
      others.some(({ scope, stream }) => scope === '*' && stream.text().includes('Its own')),
    );
    for (const { scope, call, stream } of others) {
      for (const secret of [canary, ...ids]) expect(stream.text(), `${scope}: ${call.query}`).not.toContain(secret);
    }
  });
});

type Listening = { text(): string; stop(): Promise<void> };

/** Server-sent events, as they come. */
async function listenTo(url: string, { query, variables }: SchemaCall, apiKey: string): Promise<Listening> {
  const stopping = new AbortController();
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query, variables }),
    signal: stopping.signal,
  });
  let text = '';
  const reading = (async () => {
    for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString();
  })().catch((err: unknown) => {
    if (!stopping.signal.aborted) throw err;
  });
  return {
    text: () => text,
    stop: async () => {
      stopping.abort();
      await reading;
    },
  };
}
