import { expect, test } from 'vitest';
import { createConversation as create } from '../../testkit/conversations.ts';
import { eachDatabase, startGateway, type TestGateway } from '../../testkit/gateway.ts';

const count = 4;

async function seed(gateway: TestGateway): Promise<string> {
  const messages = Array.from({ length: count }, (_, index) => ({ role: 'USER' as const, content: String(index) }));
  const { id } = await create(gateway, { title: 'Four', content: null, messages });
  return id;
}

type Page = { edges: { cursor: string }[]; pageInfo: { hasNextPage: boolean } };

eachDatabase('a page of messages', (database) => {
  test('tells what lies beside it, by any window, read with its conversation or after it', async () => {
    await using gateway = await startGateway({ database });
    const id = await seed(gateway);
    const ask = async (selection: string, variables: Record<string, unknown>) => {
      const document = `query($first: Int, $after: String, $last: Int, $before: String) { conversation(id: "${id}") {
        ${selection} page: messages(first: $first, after: $after, last: $last, before: $before) {
          edges { cursor node { position } } pageInfo { hasPreviousPage hasNextPage } } } }`;
      const { body } = await gateway.graphql<{ conversation: { page: Page } }>(document, variables);
      return body.data?.conversation.page;
    };
    const cursors = ((await ask('', {}))?.edges ?? []).map(({ cursor }) => cursor);
    expect(cursors).toHaveLength(count);
    const places = [null, 0, 1, 2, 3];
    const windows = ['first', 'last'].flatMap((way) =>
      [1, 2, 5].flatMap((size) => places.flatMap((after) => places.map((before) => ({ way, size, after, before })))),
    );
    for (const { way, size, after, before } of windows) {
      const within = cursors.map((_, at) => at).filter((at) => at > (after ?? -1) && at < (before ?? count));
      const positions = way === 'first' ? within.slice(0, size) : within.slice(-size);
      const [begin = null, end = null] = [positions[0], positions.at(-1)];
      const hasMore = within.length > size;
      const expected = {
        edges: positions.map((position) => ({ cursor: cursors[position], node: { position } })),
        pageInfo: {
          hasPreviousPage: way === 'last' ? hasMore : begin === null ? after !== null : begin > 0,
          hasNextPage: way === 'first' ? hasMore : end === null ? before !== null : end < count - 1,
        },
      };
      const cursorAt = (place: number | null) => (place === null ? null : cursors[place]);
      const variables = { [way]: size, after: cursorAt(after), before: cursorAt(before) };
      const name = JSON.stringify({ way, size, after, before });
      expect(await ask('', variables), name).toEqual(expected);
      expect(await ask('other: messages(first: 100) { totalCount }', variables), name).toEqual(expected);
    }
  });

  test('that is read after its conversation tells of a message that came meanwhile', async () => {
    await using gateway = await startGateway({ database });
    const { tenantId } = gateway;
    const conversationId = await seed(gateway);
    const db = gateway.app.database;
    const { read } = db;
    const late = { id: 'msg_late', position: count, role: 'USER', content: '', createdAt: new Date() } as const;
    let come: Promise<unknown> | null = null;
    const readLate: typeof read = async (statement) => {
      if (/FROM unnest[\s\S]*FROM message/.test(statement.text)) {
        come ??= db.prisma.message.create({ data: { tenantId, conversationId, ...late } });
        await come;
      }
      return read(statement);
    };
    Object.assign(db, { read: readLate });
    const { body } = await gateway.graphql<{ conversation: { page: Page } }>(`{ conversation(id: "${conversationId}") {
      other: messages(first: 1) { totalCount } page: messages(first: ${count}) { pageInfo { hasNextPage } } } }`);
    expect(come).not.toBeNull();
    expect(body.data?.conversation.page.pageInfo).toEqual({ hasNextPage: true });
  });
});
