import { getOperationAST, parse, validate } from 'graphql';
import { expect, test } from 'vitest';
import { schema } from '../../../../src/graphql/schema.ts';
import { costLimit, costOf, refuseCost } from '../../../../src/http/graphql/cost.ts';

function cost(query: string, variables: Record<string, unknown> = {}): number {
  const document = parse(query);
  expect(validate(schema, document)).toEqual([]);
  const operation = getOperationAST(document);
  if (operation == null) throw new Error('one operation is wanted');
  return costOf(schema, document, operation, variables);
}

const nested = `query ($first: Int, $inner: Int = 5) {
  conversations(first: $first) { nodes { id messages(first: $inner) { nodes { id } } } }
}`;

test.each<[string, number, string, Record<string, unknown>]>([
  ['names alone cost nothing', 0, '{ __typename }', {}],
  ['introspection costs nothing', 0, '{ __schema { types { fields { name } } } }', {}],
  ['a connection is one object', 1, '{ conversations { totalCount } }', {}],
  ['a page costs its default size', 1 + 20, '{ conversations { nodes { id } } }', {}],
  ['a page costs what is asked for', 1 + 3, '{ conversations(first: 3) { nodes { id } } }', {}],
  ['also from its end', 1 + 3, '{ conversations(last: 3) { nodes { id } } }', {}],
  ['edges are objects too', 1 + 3 * 2, '{ conversations(first: 3) { edges { node { id } } } }', {}],
  ['pages within pages multiply', 1 + 4 * (1 + 1 + 2), nested, { first: 4, inner: 2 }],
  ['a variable that is not given has its default', 1 + 4 * (1 + 1 + 5), nested, { first: 4 }],
  ['null is what is not given', 1 + 20 * (1 + 1 + 5), nested, { first: null }],
  ['what is no number counts as the most', 1 + 100 * (1 + 1 + 5), nested, { first: 'all' }],
  [
    'lists that are not paged count as ten',
    1 + 2 * (1 + 1 + 10),
    '{ conversations(first: 2) { nodes { summary { actionItems { text } } } } }',
    {},
  ],
  [
    'fragments cost what they hold, within the page that they stand in',
    1 + 3 + 1 + 7,
    '{ a: conversations(first: 3) { ...f } b: conversations(first: 7) { ...f } } fragment f on ConversationConnection { nodes { id } }',
    {},
  ],
])('%s', (_, expected, query, variables) => {
  expect(cost(query, variables)).toBe(expected);
});

test('a document that may ask for much is judged by what it does ask for', () => {
  const query = `query ($first: Int!) {
    conversations(first: $first) { nodes { messages(first: $first) { nodes { conversation {
      messages(first: $first) { nodes { id } } } } } } }
  }`;
  expect(refuseCost(cost(query, { first: 3 }))).toBeNull();
  const requested = cost(query, { first: 100 });
  expect(requested).toBeGreaterThan(costLimit);
  expect(refuseCost(requested)?.extensions).toMatchObject({ cost: { requested, limit: costLimit } });
});

test('products past counting end at a bound', () => {
  let inner = 'id';
  for (let level = 0; level < 6; level++) inner = `messages(first: 100) { nodes { conversation { ${inner} } } }`;
  expect(cost(`{ conversations(first: 100) { nodes { ${inner} } } }`)).toBe(1_000_000_000);
});
