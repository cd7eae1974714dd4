import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse as parseDocument } from 'graphql';
import { expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { createDatabase, eachDatabase, startGateway, type TestGateway } from '../../testkit/gateway.ts';
import { listenOverSocket } from '../../testkit/live.ts';
import { startTcpProxy } from '../../testkit/servers/tcp-proxy.ts';
import { startWebhookReceiver } from '../../testkit/servers/webhook-receiver.ts';
import { create, startConnected } from '../upstreams/connected.ts';

const docs = path.join(import.meta.dirname, '../../../docs');

async function figuresOf(gateway: TestGateway): Promise<string> {
  const response = await gateway.fetch('/metrics');
  expect(response.status).toBe(200);
  return response.text();
}

/** Waits until a figure is told whose line matches. */
function told(gateway: TestGateway, line: RegExp): Promise<void> {
  return vi.waitFor(
    async () => {
      const text = await figuresOf(gateway);
      const name = /convograph_[a-z_]+/.exec(line.source)?.[0] ?? '';
      if (!line.test(text)) {
        const near = text.split('\n').filter((each) => each.includes(name));
        throw new Error(`${line} is not told; what is: ${near.join('\n')}`);
      }
    },
    { timeout: 40_000, interval: 200 },
  );
}

eachDatabase('figures', (database) => {
  test('tell of jobs, syncs, upstreams, budgets, summaries, webhooks, storage, statements and errors', async () => {
    await using world = await startConnected({ gateway: { database } });
    const { gateway, api, upstreamId } = world;
    await using receiver = await startWebhookReceiver();
    await gateway.graphql(
      'mutation ($url: String!) { createWebhook(input: { url: $url, events: ["conversation.created"] }) { __typename } }',
      { url: receiver.url },
    );
    await create(gateway, {
      title: 'Hello',
      content: 'The invoice is late. Ann will send it on Friday.',
      source: 'WEB',
    });
    await gateway.graphql('{ nothing }');
    await gateway.graphql('{ nothing }');
    expect(api.url).toContain('127.0.0.1');

    const labels = `upstream="${upstreamId}",provider="AI_MY_CHATS"`;
    await told(gateway, /^convograph_job_duration_seconds_count\{job="sync-upstream",outcome="done"\} [1-9]/m);
    await told(gateway, new RegExp(`^convograph_syncs_total\\{${labels},outcome="done"\\} [1-9]`, 'm'));
    await told(gateway, new RegExp(`^convograph_sync_requests_total\\{${labels}\\} [1-9]`, 'm'));
    await told(gateway, /^convograph_sync_duration_seconds_count\{provider="AI_MY_CHATS"\} [1-9]/m);
    await told(gateway, new RegExp(`^convograph_upstream_status\\{${labels},status="HEALTHY"\\} 1`, 'm'));
    await told(gateway, new RegExp(`^convograph_upstream_sync_lag_seconds\\{${labels}\\} \\d`, 'm'));
    await told(gateway, new RegExp(`^convograph_upstream_budget_left\\{${labels}\\} [1-9]`, 'm'));
    await told(gateway, /^convograph_upstreams\{provider="AI_MY_CHATS",status="HEALTHY"\} 1/m);
    await told(gateway, /^convograph_summary_duration_seconds_count\{outcome="made"\} [1-9]/m);
    await told(gateway, /^convograph_webhook_attempt_duration_seconds_count\{outcome="delivered"\} 1/m);
    await told(gateway, /^convograph_webhook_deliveries_pending 0/m);
    await told(gateway, /^convograph_event_lag_events 0/m);
    await told(gateway, /^convograph_storage_bytes\{kind="conversations"\} [1-9]/m);
    await told(gateway, /^convograph_database_statement_duration_seconds_count [1-9]/m);
    await told(gateway, /^convograph_graphql_errors_total\{code="GRAPHQL_VALIDATION_FAILED"\} 2/m);
    await told(gateway, /^convograph_jobs\{job="summarize",state="failed"\} 0/m);
    await told(gateway, /^convograph_job_oldest_waiting_seconds\{job="summarize"\} 0/m);
    await told(gateway, /^convograph_database_figures_read 1/m);
  });
});

test('the dashboard and the alerts name figures that exist, and each alert has its way out', async () => {
  await using gateway = await startGateway();
  await told(gateway, /^convograph_database_figures_read 1/m);
  const existing = new Set(
    [...(await figuresOf(gateway)).matchAll(/^# TYPE (\S+) (\S+)/gm)].flatMap(([, name = '', type]) =>
      type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ),
  );
  const alerts = parse(await readFile(path.join(docs, 'monitoring/alerts.yaml'), 'utf8')) as {
    groups: { rules: { alert: string; expr: string }[] }[];
  };
  const dashboard = JSON.parse(await readFile(path.join(docs, 'monitoring/dashboard.json'), 'utf8')) as {
    panels: { title: string; targets: { expr: string }[] }[];
  };
  const rules = alerts.groups.flatMap((group) => group.rules);
  const expressions = [
    ...rules.map(({ alert, expr }) => ({ where: alert, expr })),
    ...dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ where: title, expr }))),
  ];
  expect(expressions.length).toBeGreaterThan(30);
  for (const { where, expr } of expressions) {
    const named = expr.replaceAll(/"[^"]*"/g, '').match(/\b(?:convograph|process|nodejs)_[a-z0-9_]+/g) ?? [];
    if (!expr.startsWith('up{')) expect(named, where).not.toEqual([]);
    for (const name of named) expect(existing, `${where}: ${expr}`).toContain(name);
  }
  const guide = await readFile(path.join(docs, 'operate.md'), 'utf8');
  for (const { alert } of rules) expect(guide).toContain(`| \`${alert}\` |`);
});

test('tell of subscriptions, and of the groups that ask for the same', async () => {
  await using gateway = await startGateway();
  const changed = parseDocument(
    'subscription { conversationChanged { ... on ConversationChange { conversationId } } }',
  );
  const other = parseDocument('subscription { exportStatusChanged { __typename } }');
  {
    await using _one = listenOverSocket(gateway, changed, {});
    await using _same = listenOverSocket(gateway, changed, {});
    await using _other = listenOverSocket(gateway, other, {});
    await told(gateway, /^convograph_subscriptions_open\{transport="ws"\} 3/m);
    await told(gateway, /^convograph_sockets_open 3/m);
    await told(gateway, /^convograph_listener_groups 2/m);
  }
  await told(gateway, /^convograph_listener_groups 0/m);
});

const server = process.env['TEST_DATABASE_URL'];

test.skipIf(server === undefined)('the page is answered while the database is away, and says so', async () => {
  const database = await createDatabase();
  const url = new URL(database.url);
  await using proxy = await startTcpProxy(url.hostname, Number(url.port || 5432));
  url.hostname = '127.0.0.1';
  url.port = String(proxy.port);
  try {
    await using gateway = await startGateway({ database: 'postgres', databaseUrl: url.href });
    await told(gateway, /^convograph_jobs\{job="summarize",state="waiting"\} 0/m);
    await proxy.cut();
    await told(gateway, /^convograph_database_figures_read 0/m);
    const away = await figuresOf(gateway);
    expect(away).not.toMatch(/^convograph_jobs\{/m);
    expect(away).not.toMatch(/^convograph_event_lag_seconds /m);
    expect(away).toContain('convograph_http_requests_total');
    await proxy.restore();
    await told(gateway, /^convograph_database_figures_read 1/m);
    await told(gateway, /^convograph_event_lag_seconds 0/m);
  } finally {
    await database.drop();
  }
});
