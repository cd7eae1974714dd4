import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Caller } from '../../../src/domain/app.ts';
import { systemCaller } from '../../../src/domain/caller.ts';
import { appendMessages } from '../../../src/domain/conversations/message-writes.ts';
import { createConversation } from '../../../src/domain/conversations/writes.ts';
import { createExport } from '../../../src/domain/exports/exports.ts';
import { testWebhook } from '../../../src/domain/webhooks/deliveries.ts';
import { createWebhook } from '../../../src/domain/webhooks/webhooks.ts';
import { eachDatabase, startGateway, type TestGateway } from '../../testkit/gateway.ts';
import { addSummary } from '../../testkit/search.ts';

const count = 7;

type Page = {
  totalCount: number;
  nodes: { id: string }[];
  edges: { cursor: string; node: { id: string } }[];
  pageInfo: {
    hasNextPage: boolean;
    hasPreviousPage: boolean;
    startCursor: string | null;
    endCursor: string | null;
  };
};
const pageFields = `totalCount nodes { id } edges { cursor node { id } }
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor }`;

eachDatabase('every connection', (database) => {
  let gateway: TestGateway;
  let caller: Caller;
  /** By name, the field as it is asked for with arguments, within what it hangs on. */
  const connections = new Map<string, (args: string) => string>();
  beforeAll(async () => {
    // No jobs run: exports, deliveries and summaries stay as they are made here.
    gateway = await startGateway({ database, env: { ROLE: 'web' } });
    caller = systemCaller(gateway.app, gateway.tenantId);
    const { id } = await createConversation(caller, {
      title: 'wombat',
      messages: [{ role: 'USER', content: 'wombat '.repeat(count + 1) }],
    });
    const { webhook } = await createWebhook(caller, { url: 'http://127.0.0.1:9', events: ['api_key.created'] });
    for (let index = 1; index < count; index++) {
      await createConversation(caller, { title: `number ${index}`, content: 'wombat '.repeat(index) });
      await appendMessages(caller, { conversationId: id, messages: [{ role: 'USER', content: `and ${index}` }] });
      await addSummary(caller, id, { title: `Version ${index}`, content: 'x', sentiment: null, topics: [] });
    }
    for (let index = 0; index < count; index++) {
      await createExport(caller, { format: 'CSV' });
      await testWebhook(caller, webhook.id, 'api_key.created');
    }
    const within = (parent: string, field: string) => (args: string) =>
      `${parent} { ${field}(${args}) { ${pageFields} } }`;
    const found = (order: string) => (args: string) =>
      `searchConversations(query: "wombat", orderBy: ${order}, ${args}) { ${pageFields} }`;
    connections.set('conversations', (args) => `conversations(${args}) { ${pageFields} }`);
    connections.set('exports', (args) => `exports(${args}) { ${pageFields} }`);
    connections.set('messages', within(`conversation(id: "${id}")`, 'messages'));
    connections.set('summaries', within(`conversation(id: "${id}")`, 'summaries'));
    connections.set('deliveries', within(`webhook(id: "${webhook.id}")`, 'deliveries'));
    for (const order of ['RELEVANCE', 'NEWEST', 'OLDEST']) connections.set(`search ${order}`, found(order));
  });
  afterAll(() => gateway.close());

  const read = async (name: string, args: string): Promise<Page> => {
    const { body } = await gateway.graphql(`{ ${connections.get(name)?.(args)} }`);
    if (!body.data) throw new Error(JSON.stringify(body));
    const [root] = Object.values(body.data) as Record<string, unknown>[];
    return ('edges' in (root ?? {}) ? root : Object.values(root ?? {})[0]) as Page;
  };
  const idsOf = ({ nodes }: Page) => nodes.map(({ id }) => id);

  const names = [
    'conversations',
    'messages',
    'summaries',
    'exports',
    'deliveries',
    'search RELEVANCE',
    'search NEWEST',
    'search OLDEST',
  ];
  test.each(names)('of %s goes through all of its list once, both ways, at any size', async (name) => {
    const whole = await read(name, 'first: 100');
    const all = idsOf(whole);
    expect(new Set(all).size).toBe(whole.totalCount);
    expect(whole.totalCount).toBeGreaterThanOrEqual(count - 1);
    expect(whole.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: false });
    expect(idsOf(await read(name, 'last: 100'))).toEqual(all);

    for (const size of [1, 2, 3, 5]) {
      const forward: string[] = [];
      const backward: string[] = [];
      let after = '';
      let before = '';
      for (let start = 0; start < all.length; start += size) {
        const next = await read(name, `first: ${size}${after}`);
        forward.push(...idsOf(next));
        expect(next.edges.map(({ node }) => node.id)).toEqual(idsOf(next));
        expect(next.pageInfo).toEqual({
          hasNextPage: start + size < all.length,
          hasPreviousPage: start > 0,
          startCursor: next.edges[0]?.cursor,
          endCursor: next.edges.at(-1)?.cursor,
        });
        after = `, after: "${next.pageInfo.endCursor}"`;

        const previous = await read(name, `last: ${size}${before}`);
        backward.unshift(...idsOf(previous));
        expect(previous.pageInfo).toMatchObject({
          hasNextPage: start > 0,
          hasPreviousPage: start + size < all.length,
        });
        before = `, before: "${previous.pageInfo.startCursor}"`;
      }
      expect(forward).toEqual(all);
      expect(backward).toEqual(all);
    }
  });

  test.each(names)('of %s reads between two cursors, and refuses what is none of its own', async (name) => {
    const { edges } = await read(name, 'first: 100');
    const between = `after: "${edges[0]?.cursor}", before: "${edges[4]?.cursor}"`;
    const inner = edges.slice(1, 4).map(({ node }) => node.id);
    expect(idsOf(await read(name, between))).toEqual(inner);
    expect(idsOf(await read(name, `last: 2, ${between}`))).toEqual(inner.slice(1));
    expect(idsOf(await read(name, `first: 2, ${between}`))).toEqual(inner.slice(0, 2));
    for (const args of ['before: "nonsense"', 'after: "nonsense"', 'first: 1, last: 1', 'last: 0', 'last: 101']) {
      const { body } = await gateway.graphql(`{ ${connections.get(name)?.(args)} }`);
      expect(body.errors?.[0]?.extensions['code'], args).toBe('BAD_REQUEST');
    }
  });

  test('the best match of a search scores 1, from whichever end it is read', async () => {
    const score = async (args: string) => {
      const { body } = await gateway.graphql<{ searchConversations: { edges: { score: number }[] } }>(
        `{ searchConversations(query: "wombat", ${args}) { edges { score } } }`,
      );
      return body.data?.searchConversations.edges.map((edge) => edge.score) ?? [];
    };
    const forward = await score('first: 100');
    expect(forward[0]).toBe(1);
    expect(forward).toEqual(forward.toSorted((one, other) => other - one));
    expect(await score('last: 100')).toEqual(forward);
    expect(await score('last: 2')).toEqual(forward.slice(-2));
  });
});
