import { getOperationAST, parse } from 'graphql';
import { expect, test } from 'vitest';
import { placeVariableOf } from '../../../../src/graphql/events/place.ts';

const variableOf = (source: string) => {
  const document = parse(source);
  const operation = getOperationAST(document);
  if (operation == null) throw new Error('no operation');
  return placeVariableOf(document, operation);
};

test.each([
  ['subscription ($after: String) { a(after: $after) { b } }', 'after'],
  ['subscription ($from: String, $ids: [ID!]) { a(ids: $ids, after: $from) { b } }', 'from'],
  // Used elsewhere too, it says more than where to go on from.
  ['subscription ($after: String) { a(after: $after) { b(after: $after) } }', null],
  ['subscription ($after: String) { a(after: $after) { ...F } } fragment F on T { b(is: $after) }', null],
  ['subscription ($after: String = "x") { a(after: $after) { b } }', null],
  ['subscription { a(after: "x") { b } }', null],
  ['subscription ($x: String) { a(other: $x) { b } }', null],
  ['subscription { a { b } }', null],
])('%s', (source, name) => {
  expect(variableOf(source)).toBe(name);
});
