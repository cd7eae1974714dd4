import { extractText, getDocumentProxy } from 'unpdf';
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

  test('stays in CSV and in what both REST APIs answer of what is mirrored, and leaves no trace in what a PDF shows', async () => {
    const { gateway } = connected;
    const headers = { authorization: `Bearer ${gateway.apiKey}` };
    const text = async (path: string) => {
      const answer = await gateway.fetch(path, { headers });
      return new TextDecoder('utf-8', { ignoreBOM: true }).decode(await answer.arrayBuffer());
    };
    const { id } = await gateway.app.database.prisma.conversation.findFirstOrThrow({
      where: { externalId: 'conv_mark' },
    });
    expect(JSON.parse(await text(`/v1/conversations/${id}`))).toMatchObject({ title, content });

    const made = await create(gateway, { title, metadata, messages: [{ role: 'USER', content: title }] });
    const own = made.conversation?.id ?? '';
    expect(JSON.parse(await text(`/v1/conversations/${own}`))).toMatchObject({ title, metadata });
    const animam = `/tenants/${gateway.tenantSlug}/conversations/export?from=2020-01-01&to=9999-12-31`;
    expect(await text(`${animam}&raw=true`)).toMatch(new RegExp(`^${own},[^,]+,user,"\ufeff=1\\+1",`, 'm'));
    expect(await text(animam), 'made safe, and nothing else').toMatch(
      new RegExp(`^${own},[^,]+,user,"'\ufeff=1\\+1",`, 'm'),
    );
    expect(await text(`${animam}&format=json`)).toContain(JSON.stringify({ content: title }).slice(1, -1));

    const csv = await download(await completedExport(gateway, { format: 'CSV' }));
    const lines = csv.bytes.toString().split('\r\n');
    expect(lines.find((line) => line.startsWith(own))).toContain(`,'${title},`);
    expect(lines.find((line) => line.startsWith(id))).toContain(`,"${content}",`);

    const { bytes } = await download(await completedExport(gateway, { format: 'PDF' }));
    const pdf = await getDocumentProxy(new Uint8Array(bytes));
    const shown = (await extractText(pdf, { mergePages: true })).text;
    expect(shown).toContain('=1+1');
    expect(shown).toContain('A dull pelican');
    expect(shown).not.toContain(mark);
    const titles = ((await pdf.getOutline()) ?? []).flatMap(({ items }) => items.map((item) => item.title));
    expect(titles).toContain('=1+1');
  });
});
