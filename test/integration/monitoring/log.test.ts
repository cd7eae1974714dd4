import { pino } from 'pino';
import { expect, test } from 'vitest';
import { eachDatabase, startGateway } from '../../testkit/gateway.ts';
import { startWebhookReceiver } from '../../testkit/servers/webhook-receiver.ts';
import { startAiMyChats } from '../../testkit/upstreams/ai-my-chats/ai-my-chats.ts';

/** Said in a conversation, asked for, or sent along: none of it is the log's. */
const said = 'zanzibar-canary';
const webhookSecret = 'whsec_canary_of_the_log_0123456789';

eachDatabase('the log', (database) => {
  test('has a line for each sync, status, export and slow statement, and neither secrets nor content', async () => {
    const lines: string[] = [];
    const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
    await using gateway = await startGateway({ database, log, env: { SLOW_STATEMENT_MS: '1' } });
    await using api = await startAiMyChats();
    await using receiver = await startWebhookReceiver();
    const has = (message: string, more: Record<string, unknown> = {}) =>
      lines.some((line) => {
        const fields = JSON.parse(line) as Record<string, unknown>;
        return fields['msg'] === message && Object.entries(more).every(([name, value]) => fields[name] === value);
      });

    const connected = await gateway.graphql<{ connectUpstream: { upstream: { id: string } } }>(
      `mutation ($input: ConnectUpstreamInput!) {
        connectUpstream(input: $input) { ... on ConnectUpstreamPayload { upstream { id } } }
      }`,
      { input: { provider: 'AI_MY_CHATS', baseUrl: api.url, apiKey: api.apiKey, webhookSecret } },
    );
    const upstreamId = connected.body.data?.connectUpstream.upstream.id;
    await gateway.graphql(
      'mutation ($url: String!) { createWebhook(input: { url: $url, events: ["conversation.created"] }) { __typename } }',
      { url: `${receiver.url}/${said}` },
    );
    const { body } = await gateway.graphql<{ createApiKey: { key: string } }>(
      'mutation { createApiKey(input: { name: "one", scopes: ["admin"] }) { ... on CreateApiKeyPayload { key } } }',
    );
    const apiKey = body.data?.createApiKey.key;
    for (let turn = 0; turn < 3; turn++) {
      await gateway.graphql(
        'mutation ($input: CreateConversationInput!) { createConversation(input: $input) { __typename } }',
        { input: { title: said, content: `${said}. ${said}!`, source: 'WEB', metadata: { [said]: said } } },
      );
      await gateway.graphql(`query { search(query: "${said}", first: 5) { nodes { score } } }`);
      await gateway.graphql(`query { conversation(id: "${said}") { id } ${said.replace('-', '_')} }`);
      await gateway.graphql('{ apiKeys { id } }', {}, { apiKey: apiKey ?? '' });
      await gateway.graphql('{ apiKeys { id } }', {}, { apiKey: `ak_live_${said.replace('-', '_')}_0123456789` });
      await gateway.fetch(`/v1/search?q=${said}`, { headers: { authorization: `Bearer ${gateway.apiKey}` } });
      await gateway.fetch('/graphql', {
        method: 'POST',
        body: `{"query": "${said}`,
        headers: { 'content-type': 'application/json' },
      });
    }
    await gateway.graphql('mutation { createExport(input: { format: JSONL }) { __typename } }');

    await expect.poll(() => has('a sync ended', { upstreamId, outcome: 'DONE' })).toBe(true);
    await expect.poll(() => has("an upstream's status changed", { upstreamId, status: 'HEALTHY' })).toBe(true);
    await expect.poll(() => has('an export ended', { status: 'COMPLETED' })).toBe(true);
    await expect.poll(() => has('a slow statement')).toBe(true);
    await expect.poll(() => receiver.received.length).toBeGreaterThan(0);

    const secrets = [said, said.replace('-', '_'), webhookSecret, api.apiKey, gateway.apiKey, apiKey ?? said];
    for (const secret of secrets) expect(lines.filter((line) => line.includes(secret))).toEqual([]);
    const requests = lines.map((line) => JSON.parse(line) as { msg: string; requestId?: string });
    for (const line of requests.filter(({ msg }) => msg === 'answered')) expect(line.requestId).toMatch(/^.{8,}$/);
  });
});
