import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gql } from '@apollo/client';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { createApolloClient } from '../../docs/clients/apollo-client.ts';
import { listenToEvents } from '../../docs/clients/event-source.ts';
import { createResumingClient } from '../../docs/clients/graphql-ws.ts';
import { createUrqlClient } from '../../docs/clients/urql.ts';
import { newTestKey } from '../testkit/gateway.ts';
import { type GatewayProcess, spawnGateway } from '../testkit/servers/process.ts';
import { copyTemplate } from '../testkit/template.ts';

const query = `subscription Changes($after: String) {
  conversationChanged(after: $after) { ... on ConversationChange { cursor kind conversationId } ... on StreamGap { cursor } }
}`;
type Change = { cursor: string; kind: string; conversationId: string };
type Data = { conversationChanged: Change };

const kills = 2;
const writesBetween = 4;

test('the recipes lose nothing and tell nothing twice, with the server killed twice while they listen', {
  timeout: 120_000,
}, async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'convograph-clients-'));
  await copyTemplate(path.join(folder, 'db'));
  const apiKey = newTestKey();
  const env: Record<string, string> = { BOOTSTRAP_API_KEY: apiKey };
  let gateway: GatewayProcess = spawnGateway(folder, env);
  const address = await gateway.ready();
  // The same address after each kill.
  env['PORT'] = new URL(address).port;
  const heard: Record<string, Change[]> = { 'graphql-ws': [], urql: [], 'apollo-client': [], 'event-source': [] };
  const errors: unknown[] = [];
  const take = (name: string) => (data: Data | null | undefined) => {
    if (data != null) heard[name]?.push(data.conversationChanged);
  };
  const webSocketImpl = WebSocket;

  const sockets = createResumingClient({
    url: `${address.replace('http', 'ws')}/graphql`,
    connectionParams: { authorization: `Bearer ${apiKey}` },
    webSocketImpl,
  });
  const stops = [
    sockets.subscribe<Data>(
      { query },
      { next: ({ data }) => take('graphql-ws')(data), error: (err) => errors.push(err), complete: () => {} },
    ),
    createUrqlClient(address, apiKey, { webSocketImpl })
      .subscription<Data>(query, {})
      .subscribe(({ data, error }) => {
        take('urql')(data);
        if (error !== undefined) errors.push(error);
      }).unsubscribe,
    (() => {
      const changes = createApolloClient(address, apiKey, { webSocketImpl }).subscribe<Data>({ query: gql(query) });
      const subscription = changes.subscribe(({ data, error }) => {
        take('apollo-client')(data);
        if (error !== undefined) errors.push(error);
      });
      return () => subscription.unsubscribe();
    })(),
    listenToEvents<Data>({
      address,
      apiKey,
      query,
      onEvent: take('event-source'),
      onError: (err) => errors.push(err),
    }),
  ];

  const created: string[] = [];
  const create = async () => {
    const response = await fetch(`${address}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        query: `mutation { createConversation(input: { title: "One", content: "When? On Friday." }) {
          ... on CreateConversationPayload { conversation { id } } } }`,
      }),
    });
    created.push((await response.json()).data.createConversation.conversation.id);
  };
  const createdHeard = (name: string) =>
    (heard[name] ?? []).flatMap(({ kind, conversationId }) => (kind === 'CREATED' ? [conversationId] : []));

  try {
    // All listen, before anything is counted on.
    await expect
      .poll(
        async () => {
          if (created.length === 0 || !Object.keys(heard).every((name) => createdHeard(name).length > 0))
            await create();
          return Object.keys(heard).every((name) => createdHeard(name).length > 0);
        },
        { timeout: 20_000, interval: 200 },
      )
      .toBe(true);
    const firstOf = Object.fromEntries(Object.keys(heard).map((name) => [name, createdHeard(name)[0] ?? '']));
    for (let kill = 0; kill < kills; kill++) {
      for (let write = 0; write < writesBetween; write++) await create();
      gateway.child.kill('SIGKILL');
      await gateway.ended;
      gateway = spawnGateway(folder, env);
      await gateway.ready();
      // Most likely before they are back.
      for (let write = 0; write < writesBetween; write++) await create();
    }
    for (const name of Object.keys(heard)) {
      const expected = () => created.slice(created.indexOf(firstOf[name] ?? ''));
      await expect.poll(() => createdHeard(name), { timeout: 30_000 }).toEqual(expected());
      const cursors = (heard[name] ?? []).map(({ cursor }) => cursor);
      expect(new Set(cursors).size).toBe(cursors.length);
    }
    expect(errors).toEqual([]);
  } finally {
    for (const stop of stops) stop();
    await sockets.dispose();
    await gateway[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  }
});
