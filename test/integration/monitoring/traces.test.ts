import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createClient } from 'graphql-ws';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { createConversation } from '../../testkit/conversations.ts';
import { eachDatabase, startGateway } from '../../testkit/gateway.ts';
import { type CollectedSpan, startOtlpCollector } from '../../testkit/servers/otlp-collector.ts';
import { spawnGateway } from '../../testkit/servers/process.ts';
import { startConnected, until } from '../upstreams/connected.ts';

const secret = 'zquorvextrace';
/** Long enough that nothing happens by itself. */
const rarely = 86_400;

/** The span with the name, and what it happened within, up to what came from outside. */
function wayTo(spans: readonly CollectedSpan[], name: string): string[] {
  const way: string[] = [];
  let span = spans.find((each) => each.name === name);
  while (span !== undefined) {
    way.unshift(span.name);
    const { parentSpanId } = span;
    span = spans.find(({ spanId }) => spanId === parentSpanId);
  }
  return way;
}

eachDatabase('traces', (database) => {
  test('one goes from a request through its operation, fields, loaders and statements to the job and what that asks of an upstream', async () => {
    await using collector = await startOtlpCollector();
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-team=chats',
      OTEL_SERVICE_NAME: 'chats-of-the-test',
    };
    await using connected = await startConnected({ gateway: { database, env } });
    const { gateway, api, upstreamId } = connected;
    const { prisma } = gateway.app.database;
    const where = { tenantId: gateway.tenantId, id: upstreamId };
    const isSynced = (before: Date | null) => async () => {
      const { lastSyncedAt } = await prisma.upstream.findFirstOrThrow({ where });
      return lastSyncedAt !== null && lastSyncedAt.getTime() !== before?.getTime();
    };
    await until('it is synced', isSynced(null));
    await prisma.upstream.updateMany({ where, data: { syncIntervalSeconds: rarely, nextSyncAt: null } });
    api.conversations.add({ title: secret, content: secret });

    const traceId = 'a'.repeat(32);
    const { lastSyncedAt } = await prisma.upstream.findFirstOrThrow({ where });
    const asked = await gateway.graphql(
      'mutation Traced($id: ID!) { syncUpstream(input: { id: $id }) { ... on SyncUpstreamPayload { upstream { id conversationCount } } } }',
      { id: upstreamId },
      { headers: { traceparent: `00-${traceId}-${'b'.repeat(16)}-01` } },
    );
    expect(asked.body.errors).toBeUndefined();
    await until('it is synced again', isSynced(lastSyncedAt));
    const host = new URL(api.url).host;
    const own = () => collector.spans.filter((span) => span.traceId === traceId);
    await until('all of it is told', () => own().some(({ name }) => name === `GET ${host}`));
    await until('the job is told', () => own().some(({ name }) => name === 'job sync-upstream'));
    await until('the request is told', () => own().some(({ name }) => name === 'POST /graphql'));

    const spans = own();
    const operation = ['POST /graphql', 'mutation Traced', 'Mutation.syncUpstream'];
    expect(wayTo(spans, 'Mutation.syncUpstream')).toEqual(operation);
    expect(spans.find(({ name }) => name === 'POST /graphql')?.parentSpanId).toBe('b'.repeat(16));
    const statements = spans.filter(({ attributes }) => attributes.some(({ key }) => key === 'db.query.text'));
    expect(
      statements.some(({ name, parentSpanId }) => name === 'UPDATE' && isWithin(spans, parentSpanId, operation)),
    ).toBe(true);
    expect(wayTo(spans, 'job sync-upstream').slice(0, 3)).toEqual(operation);
    expect(wayTo(spans, `GET ${host}`)).toEqual([...wayTo(spans, 'job sync-upstream'), `GET ${host}`]);
    expect(
      statements.some(({ parentSpanId }) => isWithin(spans, parentSpanId, wayTo(spans, 'job sync-upstream'))),
    ).toBe(true);
    const request = spans.find(({ name }) => name === 'POST /graphql');
    expect(request?.attributes).toContainEqual({
      key: 'convograph.request_id',
      value: { stringValue: asked.headers.get('x-request-id') },
    });

    const everything = collector.received.join('\n');
    expect(everything).toContain('chats-of-the-test');
    expect(everything).toContain('"x-team":"chats"');
    for (const word of [secret, gateway.apiKey, api.apiKey]) expect(everything).not.toContain(word);
    // The trace is none of the upstream's.
    expect(api.requests.filter(({ headers }) => headers['traceparent'] !== undefined)).toEqual([]);
  });

  test('loaders are told, and failures by their kind alone; a collector that takes nothing holds up nobody', async () => {
    await using collector = await startOtlpCollector();
    await using gateway = await startGateway({
      database,
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/` },
    });
    const { id } = await createConversation(gateway, { title: secret });
    await gateway.graphql('query Nodes($ids: [ID!]!) { nodes(ids: $ids) { ... on Conversation { title } } }', {
      ids: [id],
    });
    const { prisma } = gateway.app.database;
    await prisma.$executeRawUnsafe(`ALTER TABLE conversation ADD CONSTRAINT no_more CHECK (title <> '${secret} late')`);
    const failed = await gateway.graphql(
      'mutation Failing($title: String!) { createConversation(input: { title: $title, content: "x" }) { __typename } }',
      { title: `${secret} late` },
    );
    expect(failed.body.errors?.[0]?.extensions['code']).toBe('INTERNAL_ERROR');
    const client = createClient({
      url: gateway.wsUrl,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${gateway.apiKey}` },
    });
    for await (const _ of client.iterate({ query: 'query OverSocket { conversations { totalCount } }' })) break;
    await client.dispose();
    await until('all is told', () => collector.spans.some(({ name }) => name === 'query OverSocket'));
    expect(wayTo(collector.spans, 'load conversations')).toEqual([
      'POST /graphql',
      'query Nodes',
      'Query.nodes',
      'load conversations',
    ]);
    const failing = collector.spans.filter(
      ({ name, status }) => name === 'Mutation.createConversation' && status.code === 2,
    );
    expect(failing.map(({ attributes }) => attributes.map(({ key }) => key))).toEqual([['error.type']]);
    const told = collector.received.join('\n').replaceAll(`no_more CHECK (title <> '${secret} late')`, '');
    expect(told).not.toContain(secret);
    collector.refuse();
    const { status } = await gateway.graphql('{ conversations { totalCount } }');
    expect(status).toBe(200);
    const startedAt = performance.now();
    await gateway.stop();
    expect(performance.now() - startedAt).toBeLessThan(9_000);
  });
});

/** Whether a span, or one that it is within, is the last of a way. */
function isWithin(spans: readonly CollectedSpan[], spanId: string | undefined, way: readonly string[]): boolean {
  const span = spans.find((each) => each.spanId === spanId);
  if (span === undefined) return false;
  return span.name === way.at(-1) || isWithin(spans, span.parentSpanId, way);
}

test('without an address for them nothing of it is loaded', async () => {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'convograph-traces-'));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  const spy = path.join(dataDir, 'spy.mjs');
  await writeFile(
    spy,
    `import { registerHooks } from 'node:module';
    registerHooks({ load: (url, context, next) => {
      const name = /node_modules\\/(@opentelemetry\\/[\\w-]+)/.exec(url)?.[1];
      if (name) process.stderr.write('loaded ' + name + '\\n');
      return next(url, context);
    } });`,
  );
  await using idle = spawnGateway(dataDir, { NODE_OPTIONS: `--import=${spy}` });
  await idle.ready();
  idle.child.kill('SIGTERM');
  await idle.ended;
  // prom-client brings the interfaces along, which do nothing.
  const loaded = new Set([...idle.stderr.matchAll(/^loaded (.+)$/gm)].map(([, name]) => name));
  loaded.delete('@opentelemetry/api');
  expect([...loaded]).toEqual([]);

  await using collector = await startOtlpCollector();
  const env = { NODE_OPTIONS: `--import=${spy}`, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
  await using telling = spawnGateway(dataDir, env);
  await fetch(`${await telling.ready()}/healthz`);
  telling.child.kill('SIGTERM');
  await telling.ended;
  expect(telling.stderr).toContain('loaded @opentelemetry/sdk-trace');
  // What there was when it closed was sent.
  expect(collector.spans.map(({ name }) => name)).toContain('GET /healthz');
});
