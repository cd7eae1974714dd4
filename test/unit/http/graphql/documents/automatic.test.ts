import { hash } from 'node:crypto';
import { expect, test } from 'vitest';
import { createAutomaticDocuments } from '../../../../../src/http/graphql/documents/automatic.ts';
import { graphqlLimits } from '../../../../../src/http/graphql/limits.ts';

const hashOf = (text: string) => hash('sha256', text);
/** A valid document of about so many bytes. */
const documentOf = (name: string, bytes = 100) => `query ${name} { __typename } # ${'x'.repeat(bytes)}`;

test('the store never outgrows its bound: what was not asked for the longest makes room', () => {
  const store = createAutomaticDocuments(10_000);
  const [first, ...others] = Array.from({ length: 6 }, (_, index) => documentOf(`Q${index}`, 2_000));
  if (first === undefined) throw new Error('there is a first one');
  store.keep(hashOf(first), first);
  for (const text of others) {
    store.keep(hashOf(text), text);
    // Asked for again, it is not the oldest.
    expect(store.find(hashOf(first))).toBe(first);
  }
  const kept = others.filter((text) => store.find(hashOf(text)) !== undefined);
  expect(kept).toEqual(others.slice(-3));
});

test('what cannot be run is not kept', () => {
  const store = createAutomaticDocuments(1_000_000);
  const aliases = Array.from({ length: 51 }, (_, index) => `a${index}: __typename`).join(' ');
  for (const text of ['{', '{ nothing }', 'x'.repeat(500), `{ ${aliases} }`, `{ ${'__typename '.repeat(5_000)} }`]) {
    store.keep(hashOf(text), text);
    expect(store.find(hashOf(text))).toBeUndefined();
  }
});

test('a document larger than what may be kept takes no room', () => {
  const store = createAutomaticDocuments(10_000_000);
  const small = documentOf('Small');
  store.keep(hashOf(small), small);
  const huge = documentOf('Huge', graphqlLimits.keptDocumentBytes);
  store.keep(hashOf(huge), huge);
  expect(store.find(hashOf(huge))).toBeUndefined();
  expect(store.find(hashOf(small))).toBe(small);
});
