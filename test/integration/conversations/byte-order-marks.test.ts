import { afterAll, beforeAll, expect, test } from 'vitest';
import { completedExport, download } from '../../testkit/files/exports.ts';
import { eachDatabase } from '../../testkit/gateway.ts';
import { type Connected, create, startConnected, until } from '../upstreams/connected.ts';

/** U+FEFF is a character like any other: what begins with it comes back byte for byte, on both databases. */
const mark = '\ufeff';
const title = `${mark}=1+1`;
const content = `${mark}A dull pelican ${mark}`;
const metadata = { [`${mark}key`]: mark, list: [`${mark}a`] };

eachDatabase('a leading U+FEFF', (database) => {
  let connected: Connected;
  beforeAll(async () => {
    const conversations = [{ id: 'conv_mark', title, content }];
    connected = await startConnected({ gateway: { database }, api: { conversations } });
  });
  afterAll(() => connected?.close());

  test('stays in what is mirrored', async () => {
    const row = await connected.gateway.app.database.prisma.conversation.findFirst({
      where: { externalId: 'conv_mark' },
    });
    expect(row).toMatchObject({ title, content });
  });

  test('stays in what is made here, through the graph, the REST API, search and exports', async () => {
    const { gateway } = connected;
    const messages = [
      { role: 'USER', content: mark },
      { role: 'ASSISTANT', content },
    ];
    const made = await create(gateway, { title, messages, metadata });
    const id = made.conversation?.id ?? '';
    expect(made.conversation).toMatchObject({ title, metadata });

    const { body } = await gateway.graphql<{ conversation: { messages: { nodes: { content: string }[] } } }>(
      'query ($id: ID!) { conversation(id: $id) { messages(first: 5) { nodes { content } } } }',
      { id },
    );
    expect(body.data?.conversation.messages.nodes.map((message) => message.content)).toEqual([mark, content]);

    const rest = await gateway.fetch(`/tenants/${gateway.tenantSlug}/conversations/${id}`, {
      headers: { authorization: `Bearer ${gateway.apiKey}` },
    });
    expect(await rest.json()).toMatchObject({ messages: [{ content: mark }, { content }] });

    const found = await gateway.graphql<{
      searchConversations: { edges: { node: { id: string; title: string } }[] };
    }>('{ searchConversations(query: "dull pelican", first: 10) { edges { node { id title } } } }');
    expect(found.body.data?.searchConversations.edges.map(({ node }) => node)).toContainEqual({ id, title });

    const { bytes } = await download(await completedExport(gateway, { format: 'JSONL' }));
    const lines = bytes.toString().trim().split('\n');
    const told = lines.map((line) => JSON.parse(line)).find((line) => line.id === id);
    expect(told).toMatchObject({ title, metadata, messages: [{ content: mark }, { content }] });
    await until('its summary is made', async () => {
      const row = await gateway.app.database.prisma.conversation.findFirst({ where: { id } });
      return row?.status !== 'PROCESSING';
    });
  });
});
