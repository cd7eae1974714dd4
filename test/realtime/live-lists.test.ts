import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeCursor } from '../../src/events/cursor.ts';
import { readLogBounds } from '../../src/events/log.ts';
import { eachDatabase, startGateway, type TestGateway } from '../testkit/gateway.ts';
import { openGraphqlSocket } from '../testkit/servers/raw-socket.ts';

const lists = 50;
/** 2,000 take minutes. */
const changes = Number(process.env['TEST_LIST_CHANGES'] ?? 20);

type Node = { id: string; title: string; segment: string | null; messageCount: number; updatedAt: string };
type List = { nodes: Node[]; totalCount: number; endCursor: string | null };
type Place = { index: number; conversation: Node };
type Event = {
  __typename: 'ConversationList' | 'ConversationListPatch';
  cursor: string;
  totalCount: number;
  endCursor: string | null;
  nodes: Node[];
  removed: string[];
  inserted: Place[];
  moved: Place[];
  updated: Node[];
};

const node = 'id title segment messageCount updatedAt';
const subscription = `subscription ($filter: ConversationFilter, $orderBy: ConversationOrder, $first: Int) {
  conversationsLive(filter: $filter, orderBy: $orderBy, first: $first) {
    __typename
    ... on ConversationList { cursor totalCount endCursor nodes { ${node} } }
    ... on ConversationListPatch {
      cursor totalCount endCursor removed inserted { index conversation { ${node} } } moved { index conversation { ${node} } } updated { ${node} }
    }
  }
}`;

/** As the description of a patch tells a client to do. */
function apply(list: List, event: Event): List {
  const { totalCount, endCursor } = event;
  if (event.__typename === 'ConversationList') return { nodes: event.nodes, totalCount, endCursor };
  const placed = [...event.inserted, ...event.moved].sort((a, b) => a.index - b.index);
  const leaving = new Set([...event.removed, ...event.moved.map(({ conversation }) => conversation.id)]);
  const updated = new Map(event.updated.map((each) => [each.id, each]));
  const nodes = list.nodes.filter(({ id }) => !leaving.has(id)).map((each) => updated.get(each.id) ?? each);
  for (const { index, conversation } of placed) nodes.splice(index, 0, conversation);
  return { nodes, totalCount, endCursor };
}

const segments = ['pricing', 'support', 'sales'];
const words = ['offer', 'invoice', 'delivery'];
const fields = ['CREATED_AT', 'UPDATED_AT', 'STARTED_AT', 'LAST_MESSAGE_AT'];
const filters = [
  {},
  ...segments.map((segment) => ({ segments: [segment] })),
  { segments: ['pricing', 'sales'] },
  ...words.map((search) => ({ search })),
  { providers: ['LOCAL'], statuses: ['PROCESSING'] },
  { providers: ['ANIMAM'] },
];
const variablesOf = (index: number) => ({
  filter: filters[index % filters.length],
  orderBy: { field: fields[index % fields.length], direction: index % 3 === 0 ? 'ASC' : 'DESC' },
  first: [1, 3, 5, 10, 20][index % 5],
});

type Change = { kind: 'create' | 'update' | 'append' | 'delete'; pick: number; segment: string | null; word: string };
const change = fc.record<Change>({
  kind: fc.constantFrom('create', 'create', 'update', 'update', 'append', 'delete'),
  pick: fc.nat(1_000),
  segment: fc.constantFrom(...segments, null),
  word: fc.constantFrom(...words),
});

eachDatabase('lists that are followed', (database) => {
  test(`${lists} lists are what the query gives at every cursor, through ${changes} random changes`, {
    timeout: 600_000 + changes * 500,
  }, async () => {
    // Without a worker nothing changes but by what is done here.
    await using gateway = await startGateway({
      database,
      env: { ROLE: 'web', REQUESTS_PER_MINUTE: '0', REQUESTS_PER_DAY: '0' },
    });
    const seed = Math.floor(Math.random() * 2 ** 31);
    const steps = fc.sample(change, { seed, numRuns: changes });
    const ids: string[] = [];
    for (const step of fc.sample(change, { seed: seed + 1, numRuns: 8 }))
      await run(gateway, { ...step, kind: 'create' }, ids);

    const expected = new Map<bigint, List[]>();
    const remember = async () => {
      const { head } = await readLogBounds(gateway.app.database, gateway.tenantId);
      expected.set(head, await queryAll(gateway));
    };
    await remember();
    await using socket = await openGraphqlSocket(gateway.wsUrl, gateway.apiKey);
    for (let index = 0; index < lists; index++) {
      socket.send({
        type: 'subscribe',
        id: String(index),
        payload: { query: subscription, variables: variablesOf(index) },
      });
    }
    await expect.poll(() => new Set(socket.messages.map(({ id }) => id)).size, { timeout: 20_000 }).toBe(1 + lists);
    for (const step of steps) {
      await run(gateway, step, ids);
      await remember();
    }

    const last = [...expected.values()].at(-1) ?? [];
    const follow = (index: number) => {
      let list: List = { nodes: [], totalCount: 0, endCursor: null };
      const seen: { seq: bigint; list: List }[] = [];
      for (const { id, type, payload } of socket.messages) {
        if (id !== String(index)) continue;
        if (type !== 'next') throw new Error(JSON.stringify({ type, payload }));
        const { data } = payload as { data: { conversationsLive: Event } };
        list = apply(list, data.conversationsLive);
        seen.push({ seq: decodeCursor(gateway.tenantId, data.conversationsLive.cursor) ?? -1n, list });
      }
      return seen;
    };
    for (let index = 0; index < lists; index++) {
      await expect.poll(() => follow(index).at(-1)?.list, { timeout: 20_000 }).toEqual(last[index]);
      const seen = follow(index);
      for (const { seq, list } of seen) {
        expect({ seed, index, seq, ...list }).toEqual({ seed, index, seq, ...expected.get(seq)?.[index] });
      }
      expect(seen.map(({ seq }) => seq)).toEqual(
        [...new Set(seen.map(({ seq }) => seq))].sort((a, b) => Number(a - b)),
      );
      // What it tells first is the list, and everything after it how it changes.
      expect(
        socket.messages.filter(
          ({ id, payload }) => id === String(index) && JSON.stringify(payload).includes('"ConversationList"'),
        ).length,
      ).toBe(1);
    }
  });
});

/** All lists by the query, in one request of as many as it may hold. */
async function queryAll(gateway: TestGateway): Promise<List[]> {
  const found: List[] = [];
  for (let start = 0; start < lists; start += 10) {
    const indexes = Array.from({ length: Math.min(10, lists - start) }, (_, offset) => start + offset);
    const parameters = indexes.map(
      (index) => `$f${index}: ConversationFilter, $o${index}: ConversationOrder, $n${index}: Int`,
    );
    const asked = indexes.map(
      (index) =>
        `l${index}: conversations(filter: $f${index}, orderBy: $o${index}, first: $n${index}) { totalCount pageInfo { endCursor } nodes { ${node} } }`,
    );
    const variables = Object.fromEntries(
      indexes.flatMap((index) => {
        const { filter, orderBy, first } = variablesOf(index);
        return [
          [`f${index}`, filter],
          [`o${index}`, orderBy],
          [`n${index}`, first],
        ];
      }),
    );
    const { body } = await gateway.graphql<
      Record<string, Omit<List, 'endCursor'> & { pageInfo: { endCursor: string | null } }>
    >(`query (${parameters.join()}) { ${asked.join(' ')} }`, variables);
    if (body.data == null || body.errors !== undefined) throw new Error(JSON.stringify(body));
    for (const index of indexes) {
      const list = body.data[`l${index}`];
      if (list === undefined) continue;
      const { nodes, totalCount, pageInfo } = list;
      found.push({ nodes, totalCount, endCursor: pageInfo.endCursor });
    }
  }
  return found;
}

async function run(gateway: TestGateway, { kind, pick, segment, word }: Change, ids: string[]): Promise<void> {
  const id = ids.length === 0 ? undefined : ids[pick % ids.length];
  const ask = async (mutation: string, variables: object) => {
    const { body } = await gateway.graphql<Record<string, { __typename: string; conversation?: { id: string } }>>(
      mutation,
      variables as Record<string, unknown>,
    );
    const [result] = Object.values(body.data ?? {});
    if (result?.__typename.endsWith('Payload') !== true) throw new Error(JSON.stringify(body));
    return result.conversation?.id;
  };
  if (kind === 'create' || id === undefined) {
    const input = {
      title: `The ${word} ${pick}`,
      messages: [{ role: 'USER', content: `When does the ${word} come?` }],
      segment,
    };
    const made = await ask(
      `mutation ($input: CreateConversationInput!) { createConversation(input: $input) {
        __typename ... on CreateConversationPayload { conversation { id } } } }`,
      { input },
    );
    if (made !== undefined) ids.push(made);
  } else if (kind === 'update') {
    const input = { id, title: `Another ${word} ${pick}`, segment };
    await ask('mutation ($input: UpdateConversationInput!) { updateConversation(input: $input) { __typename } }', {
      input,
    });
  } else if (kind === 'append') {
    const input = {
      conversationId: id,
      messages: [{ role: 'ASSISTANT', content: `The ${word} comes on day ${pick}.` }],
    };
    await ask('mutation ($input: AppendMessagesInput!) { appendMessages(input: $input) { __typename } }', { input });
  } else {
    ids.splice(ids.indexOf(id), 1);
    await ask('mutation ($id: ID!) { deleteConversation(input: { id: $id }) { __typename } }', { id });
  }
}
