import { getNamedType, isLeafType, isObjectType } from 'graphql';
import { expect, test } from 'vitest';
import { schema } from '../../../src/graphql/schema.ts';
import { createConversation as create, untilSummarised } from '../../testkit/conversations.ts';
import { eachDatabase, startGateway, type TestGateway } from '../../testkit/gateway.ts';

type Json = Record<string, unknown>;

/** Selections of a type's fields: those with values as they are, those with objects by what tells them. */
function selectionsOf(typeName: string): string[] {
  const type = schema.getType(typeName);
  if (!isObjectType(type)) throw new Error(`there is no ${typeName}`);
  // Signed for the moment that it is asked in.
  const fields = Object.values(type.getFields()).filter(({ name }) => name !== 'url');
  return fields.map(({ name, type: of }) => {
    const named = getNamedType(of);
    if (isLeafType(named)) return name;
    if (named.name.endsWith('Connection')) return `${name} { totalCount nodes { id } }`;
    if (named.name === 'Citation') return `${name} { quote startOffset message { id } }`;
    return named.name === 'ActionItem' ? `${name} { text }` : `${name} { id }`;
  });
}

const messages = [
  { role: 'USER', content: 'What does the Pro plan cost?', createdAt: '2024-02-29T23:59:59.123Z' },
  { role: 'ASSISTANT', content: 'It costs 19 euros "a month".\nI will send the price list.' },
  { role: 'USER', content: '\u{1F600} Thanks \\ bye' },
] as const;

async function seed(gateway: TestGateway): Promise<string> {
  const { id } = await create(gateway, {
    title: 'Prices',
    content: null,
    messages: messages.map((message) => ({ ...message })),
    segment: 'pricing',
    metadata: { b: [1, { c: null }], a: 'ü' },
  });
  await create(gateway, { title: 'Another' });
  await untilSummarised(gateway, 2);
  const { tenantId } = gateway;
  await gateway.app.database.prisma.attachment.createMany({
    data: ['first.pdf', 'second.pdf'].map((filename, index) => ({
      tenantId,
      id: `att_0000000000000000000000000${index}`,
      conversationId: id,
      filename,
      sizeBytes: 9_007_199_254_740_991n,
      mimeType: 'application/pdf',
      createdAt: new Date(Date.UTC(2024, 0, 1, 0, 0, index, 7)),
    })),
  });
  return id;
}

eachDatabase('what is read of conversations', (database) => {
  test('a page with everything takes one statement, beside the one that tells who asks', async () => {
    await using gateway = await startGateway({ database });
    await seed(gateway);
    const asks = [
      `{ conversations(first: 20) { nodes { id title status messages(first: 8) { nodes { id role content createdAt } }
        summary { id content topics } attachments { id filename size } } } }`,
      'fragment Of on Conversation { id m: messages { edges { cursor node { role } } totalCount } } { conversations { edges { node { ...Of } } } }',
      `query($id: ID = "conv_00000000000000000000000000") { conversation(id: $id) { title messages { nodes { content } } summary { title } } }`,
    ];
    for (const ask of asks) {
      const { statements, result } = await gateway.countStatements(() => gateway.graphql(ask), { tries: 5 });
      expect(result.body.errors).toBeUndefined();
      const [identifying, others] = [true, false].map((isIdentifying) =>
        statements.filter((sql) => sql.includes('FROM api_key') === isIdentifying),
      );
      expect(others, ask).toEqual([expect.stringContaining('FROM conversation')]);
      expect(identifying, ask).toHaveLength(1);
    }
  });

  test('any number of conversations asked for by their ids takes one statement', async () => {
    await using gateway = await startGateway({ database });
    const id = await seed(gateway);
    const fields = '{ title messages(first: 2) { nodes { content } } attachments { filename } }';
    const ask = `{ a: conversation(id: "${id}") ${fields} b: conversation(id: "conv_x") ${fields}
      c: node(id: "${id}") { ... on Conversation ${fields} } }`;
    const { statements, result } = await gateway.countStatements(() => gateway.graphql<Json>(ask), {
      tries: 5,
    });
    expect(statements.filter((sql) => !sql.includes('FROM api_key'))).toHaveLength(1);
    const { a, b, c } = result.body.data ?? {};
    expect(a).toMatchObject({ title: 'Prices', messages: { nodes: [{ content: messages[0].content }, {}] } });
    expect(b).toBeNull();
    expect(c).toEqual(a);
  });

  test.for([
    ['Conversation', 'conversations { nodes { id SELECTION } }'],
    ['Message', 'conversations { nodes { id messages { nodes { id SELECTION } } } }'],
    ['Summary', 'conversations { nodes { id summary { id SELECTION } } }'],
    ['Attachment', 'conversations { nodes { id attachments { id SELECTION } } }'],
  ] as const)('each field of %s tells the same alone as with all others, and by `node`', async ([type, list]) => {
    await using gateway = await startGateway({ database });
    await seed(gateway);
    const ask = async (document: string) => {
      const { body } = await gateway.graphql<Json>(document);
      expect(body.errors, document).toBeUndefined();
      return JSON.stringify(body.data);
    };
    const selections = selectionsOf(type);
    expect(selections.length).toBeGreaterThan(5);
    const whole = JSON.parse(await ask(`{ ${list.replace('SELECTION', selections.join(' '))} }`)) as Json;
    const found = (value: unknown): Json[] => {
      if (Array.isArray(value)) return value.flatMap(found);
      if (typeof value !== 'object' || value === null) return [];
      const row = value as Json;
      if (selections.every((each) => (each.split(' ')[0] ?? '') in row)) return [row];
      return Object.values(row).flatMap(found);
    };
    const rows = found(whole);
    expect(rows.length).toBeGreaterThan(0);
    for (const selection of selections) {
      const name = selection.split(' ')[0] ?? '';
      const alone = await ask(`{ ${list.replace('SELECTION', selection)} }`);
      for (const row of rows) {
        const { node } = JSON.parse(await ask(`{ node(id: "${row['id']}") { ... on ${type} { ${selection} } } }`));
        expect({ [name]: node[name] }, selection).toEqual({ [name]: row[name] });
        expect(alone, selection).toContain(JSON.stringify({ [name]: row[name] }).slice(1, -1));
      }
    }
  });

  test('whether more follow is told by one conversation too many, which is read only where somebody asks', async () => {
    await using gateway = await startGateway({ database });
    await seed(gateway);
    const page = '{ nodes { id } pageInfo { hasNextPage hasPreviousPage } }';
    const asks = [
      ['{ list: conversations(first: 1) { nodes { id } } }', 'LIMIT 1'],
      [`fragment Of on ConversationConnection ${page} { list: conversations(first: 1) { ...Of } }`, 'LIMIT 2'],
      [`{ list: conversations(first: 1) { nodes { id } more: pageInfo { hasNextPage } } }`, 'LIMIT 2'],
      [`{ list: conversations(last: 1) ${page} }`, 'LIMIT 2'],
      [`{ list: conversations(first: 2) ${page} }`, 'LIMIT 3'],
      [
        `query($no: Boolean = false) { list: conversations { nodes { id } pageInfo @include(if: $no) { hasNextPage } } }`,
        'LIMIT 20',
      ],
    ] as const;
    const told: unknown[] = [];
    for (const [ask, limit] of asks) {
      const { statements, result } = await gateway.countStatements(() => gateway.graphql<{ list: Json }>(ask), {
        tries: 5,
      });
      expect(statements.filter((sql) => sql.includes('FROM conversation')).join(), ask).toMatch(
        new RegExp(`${limit}\\b`),
      );
      const { nodes: _, ...rest } = result.body.data?.list ?? ({} as Json);
      told.push(rest);
    }
    expect(told).toEqual([
      {},
      { pageInfo: { hasNextPage: true, hasPreviousPage: false } },
      { more: { hasNextPage: true } },
      { pageInfo: { hasNextPage: false, hasPreviousPage: true } },
      { pageInfo: { hasNextPage: false, hasPreviousPage: false } },
      {},
    ]);
  });

  test("messages' places are read where a cursor is made of them", async () => {
    await using gateway = await startGateway({ database });
    const id = await seed(gateway);
    type Read = { conversation: { messages: { edges: Json[]; pageInfo: Json } } };
    const ask = (selection: string) =>
      gateway.countStatements(
        () => gateway.graphql<Read>(`{ conversation(id: "${id}") { messages(first: 2) { ${selection} } } }`),
        { tries: 5 },
      );
    const plain = await ask('nodes { content }');
    expect(plain.statements.join()).not.toContain('json_agg(message.position)');
    for (const selection of ['edges { cursor }', 'pageInfo { hasNextPage endCursor }', 'nodes { position }']) {
      const { statements } = await ask(selection);
      expect(statements.join(), selection).toContain('json_agg(message.position)');
    }
    const { result } = await ask('edges { cursor } pageInfo { endCursor hasNextPage }');
    const page = result.body.data?.conversation.messages;
    expect(page?.pageInfo).toEqual({ endCursor: page?.edges[1]?.['cursor'], hasNextPage: true });
    const { body } = await gateway.graphql<Json>(
      `query($after: String) { conversation(id: "${id}") { messages(after: $after) { nodes { content } pageInfo { hasNextPage } } } }`,
      { after: page?.pageInfo['endCursor'] },
    );
    expect(body.data?.['conversation']).toEqual({
      messages: { nodes: [{ content: messages[2].content }], pageInfo: { hasNextPage: false } },
    });
  });

  test('the same field with other arguments, and fields left out by directives, are what they say', async () => {
    await using gateway = await startGateway({ database });
    const id = await seed(gateway);
    const { body } = await gateway.graphql<Json>(`{ conversation(id: "${id}") {
      first: messages(first: 1) { nodes { content } pageInfo { hasNextPage } }
      last: messages(last: 1) { nodes { content } pageInfo { hasPreviousPage } } } }`);
    expect(body.data?.['conversation']).toEqual({
      first: { nodes: [{ content: messages[0].content }], pageInfo: { hasNextPage: true } },
      last: { nodes: [{ content: messages[2].content }], pageInfo: { hasPreviousPage: true } },
    });
    const skipping = `query($no: Boolean!) { conversations { nodes { id messages @include(if: $no) { totalCount }
      ... @skip(if: true) { summary { id } } } } }`;
    const { statements, result } = await gateway.countStatements(() => gateway.graphql(skipping, { no: false }));
    expect(result.body.errors).toBeUndefined();
    expect(statements.join()).not.toMatch(/\$messages|\$summary/);
  });

  test('a list of few fields reads no text', async () => {
    await using gateway = await startGateway({ database });
    await seed(gateway);
    const ask = '{ conversations { nodes { id title status createdAt } } }';
    const { statements } = await gateway.countStatements(() => gateway.graphql(ask), { tries: 3 });
    const list = statements.filter((sql) => sql.includes('FROM conversation'));
    expect(list).toHaveLength(1);
    expect(list[0]).not.toMatch(/content|metadata|preview/);
  });

  test('arguments that cannot be are an error of their own field', async () => {
    await using gateway = await startGateway({ database });
    await seed(gateway);
    const { body } = await gateway.graphql('{ conversations { nodes { id messages(first: 0) { totalCount } } } }');
    expect(body.errors?.[0]?.path).toEqual(['conversations', 'nodes', 0, 'messages']);
    expect(body.errors?.[0]?.extensions['code']).toBe('BAD_REQUEST');
  });
});
