import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { formatDocument, stringifyDocument } from '@urql/core';
import type { DocumentNode } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as consoleDocuments from '../../../../../src/console/generated/documents.ts';
import { readListedDocuments } from '../../../../../src/http/graphql/documents/listed.ts';

const consoleList = path.resolve('src/console/generated/persisted-documents.json');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'convograph-documents-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function listOf(name: string, content: unknown): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}
const told: unknown[] = [];
const read = (...places: string[]) => readListedDocuments(places, (problem) => told.push(problem));

test("each of the console's documents is listed, as urql and its cache send it", async () => {
  const list = await read(consoleList);
  const documents = Object.entries(consoleDocuments).filter(([name]) => name.endsWith('Document'));
  expect(documents.length).toBeGreaterThan(30);
  const missing = documents.flatMap(([name, value]) => {
    const document: DocumentNode = value;
    const sent = [stringifyDocument(document), stringifyDocument(formatDocument(document) as DocumentNode)];
    const isOperation = document.definitions.some(({ kind }) => kind === 'OperationDefinition');
    return isOperation && !sent.every(list.has) ? [name] : [];
  });
  expect(missing).toEqual([]);
  expect(told).toEqual([]);
});

test('a listed text may be set in another way, and ask for type names, and nothing else', async () => {
  const text = 'query A { conversations { nodes { ...B } } } fragment B on Conversation { id title }';
  const list = await read(await listOf('a.json', { a: text }));
  const same = `# of a client
    fragment B on Conversation { __typename id, title }
    query A { conversations { __typename nodes { ...B __typename } } __typename }`;
  for (const each of [text, same, same]) expect(list.has(each)).toBe(true);
  for (const other of [
    text.replace('title', 'content'),
    text.replace('id title', 'id'),
    text.replace('id title', 'id title kind: __typename'),
    text.replace('id title', 'id title __typename @skip(if: true)'),
    text.replace('query A', 'query C'),
    `${text} query D { __typename }`,
    '',
    '{',
  ])
    expect(list.has(other)).toBe(false);
});

test('a folder holds a list for each client, in either form', async () => {
  const several = await mkdtemp(path.join(folder, 'several-'));
  const operations = [{ id: 'two', name: 'Two', type: 'query', body: 'query Two { __typename }' }];
  await writeFile(path.join(several, 'codegen.json'), JSON.stringify({ one: 'query One { __typename }' }));
  await writeFile(
    path.join(several, 'apollo.json'),
    JSON.stringify({ format: 'apollo-persisted-query-manifest', version: 1, operations }),
  );
  await writeFile(path.join(several, 'README.md'), 'not a list');
  const list = await read(several);
  expect([list.find('one'), list.find('two'), list.find('three')]).toEqual([
    'query One { __typename }',
    'query Two { __typename }',
    undefined,
  ]);
});

test('what is no list is refused, by the name of its file', async () => {
  const cases: [string, unknown, RegExp][] = [
    ['broken.json', '{', /broken\.json is no JSON/],
    ['array.json', ['query { __typename }'], /array\.json must be a JSON object/],
    ['numbers.json', { a: 1 }, /numbers\.json must be a JSON object/],
    ['syntax.json', { a: 'query {' }, /syntax\.json: "a" is no GraphQL document: Syntax Error/],
  ];
  for (const [name, content, message] of cases)
    await expect(read(await listOf(name, content)), name).rejects.toThrow(message);
  await expect(read(path.join(folder, 'nowhere'))).rejects.toThrow(/nowhere is not there/);
  await expect(read(await mkdtemp(path.join(folder, 'empty-')))).rejects.toThrow(/has no \.json file/);
  const one = await listOf('one.json', { same: '{ __typename }' });
  const other = await listOf('other.json', { same: '{ viewer { scopes } }' });
  await expect(read(one, other)).rejects.toThrow(/other\.json: "same" is another document/);
});

test('a document that the graph does not know any more is told of, and does not keep a server from starting', async () => {
  const file = await listOf('old.json', { old: 'query Old { goneForLong }' });
  told.length = 0;
  const list = await read(file);
  expect(list.find('old')).toBe('query Old { goneForLong }');
  expect(told).toEqual([{ file, id: 'old', problem: expect.stringContaining('goneForLong') }]);
});
