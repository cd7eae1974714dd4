import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { ApolloClient, TypedDocumentNode } from '@apollo/client';
import { parse } from 'graphql';
import type { Client } from 'urql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FrontEnd, guide, typeErrors, writeFrontEnd } from '../testkit/browser/front-end.ts';
import { root } from '../testkit/doc-blocks.ts';
import { makeConversation, uploadDocument } from '../testkit/files/uploads.ts';
import { startGateway, type TestGateway } from '../testkit/gateway.ts';

let gateway: TestGateway;
let frontEnd: FrontEnd;
beforeAll(async () => {
  const [, origins = ''] = /^CORS_ORIGINS=(\S+) npm start$/m.exec(guide.block('cors')) ?? [];
  gateway = await startGateway({ env: { CORS_ORIGINS: origins } });
  frontEnd = await writeFrontEnd(gateway);
});
afterAll(async () => {
  await frontEnd?.[Symbol.asyncDispose]();
  await gateway?.close();
});

const note = () => new File(['hello'], 'note.txt', { type: 'text/plain' });
type Upload = { upload(conversationId: string, file: File): Promise<string> };

test("a page of Vite's dev server is let in", async () => {
  const response = await gateway.fetch('/graphql', {
    method: 'OPTIONS',
    headers: { origin: 'http://localhost:5173', 'access-control-request-method': 'POST' },
  });
  expect(response.headers.get('access-control-allow-origin')).toBe('http://localhost:5173');
});

test('the key for a page may read and no more', async () => {
  const { body } = await gateway.graphql<{ createApiKey: { secret: string } }>(guide.block('key'));
  const apiKey = body.data?.createApiKey.secret ?? '';
  const read = await gateway.graphql('{ conversations { totalCount } }', {}, { apiKey });
  expect(read.body.data).toEqual({ conversations: { totalCount: expect.any(Number) } });
  const write = 'mutation { createConversation(input: { title: "x", content: "x" }) { __typename } }';
  const refused = await gateway.graphql(write, {}, { apiKey });
  expect(refused.body.errors?.[0]?.extensions['code']).toBe('FORBIDDEN');
});

test('the code generator knows each scalar and each possible type', () => {
  const documents = frontEnd.generated.get('src/documents.ts') ?? '';
  expect(documents).toContain('metadata: Record<string, unknown>');
  expect(documents).toContain('file: File');
  expect(documents.match(/^(?!type Exact).*: (unknown|any)\b.*/gm)).toBeNull();
  expect(frontEnd.generated.get('src/possible-types.ts')).toMatch(/"Error": \[\s*"ConflictError"/);
});

test('every module of the guide is right to the type checker', () => {
  expect(typeErrors(frontEnd)).toEqual([]);
});

test('urql reads all pages, tells errors in words, and uploads', async () => {
  const ids = [];
  for (const title of ['One', 'Two', 'Three']) ids.push(await makeConversation(gateway, { title }));
  const { readAll } = await frontEnd.load<{ readAll(): Promise<{ id: string }[]> }>('urql-pages');
  expect((await readAll()).map(({ id }) => id)).toEqual(expect.arrayContaining(ids));
  const { create } = await frontEnd.load<{ create(title: string, content: string): Promise<string> }>('urql-errors');
  expect(await create('Four', 'What does it cost?')).toBe('Four is PROCESSING');
  expect(await create('Four', '')).toBe('input.content: Content is required');
  const { upload } = await frontEnd.load<Upload>('urql-upload');
  expect(await upload(ids[0] ?? '', note())).toBe('note.txt');
  expect(await upload('conv_01h455vb4pex5vsknk084sn02q', note())).toMatch(/conversation/i);
});

test('Apollo Client keeps pages in one list, and uploads', async () => {
  for (const title of ['One', 'Two', 'Three', 'Four']) await makeConversation(gateway, { title });
  const { readTwoPages, upload } = await frontEnd.load<Upload & { readTwoPages(): Promise<number> }>('apollo-use');
  expect(await readTwoPages()).toBe(4);
  expect(await upload(await makeConversation(gateway), note())).toBe('note.txt');
});

test('urql asks by hashes, and writes so', async () => {
  const { client } = await frontEnd.load<{ client: Client }>('urql-persisted');
  const query = 'query HashedByUrql { conversations(first: 1) { totalCount } }';
  for (let time = 0; time < 2; time++) {
    const { data, error } = await client.query(query, {}, { requestPolicy: 'network-only' }).toPromise();
    expect(error).toBeUndefined();
    expect(data).toMatchObject({ conversations: { totalCount: expect.any(Number) } });
  }
  const write = `mutation HashedByUrql($input: CreateConversationInput!) {
    createConversation(input: $input) { __typename }
  }`;
  const { data } = await client.mutation(write, { input: { title: 'Five', content: 'Text' } }).toPromise();
  expect(data).toMatchObject({ createConversation: { __typename: 'CreateConversationPayload' } });
});

test('Apollo Client asks by hashes, and a list made of the documents is one that the gateway reads', async () => {
  const { client } = await frontEnd.load<{ client: ApolloClient }>('apollo-persisted');
  const query = parse('query Hashed { conversations(first: 1) { totalCount } }') as TypedDocumentNode<object>;
  for (let time = 0; time < 2; time++) {
    const { data } = await client.query({ query, fetchPolicy: 'network-only' });
    expect(data).toMatchObject({ conversations: { totalCount: expect.any(Number) } });
  }
  await writeFile(path.join(frontEnd.folder, 'src/app.graphql'), guide.block('documents'));
  await writeFile(path.join(frontEnd.folder, 'make-list.ts'), guide.block('make-list'));
  await promisify(execFile)(process.execPath, ['make-list.ts'], { cwd: frontEnd.folder });
  const list = path.join(frontEnd.folder, 'persisted-documents.json');
  await using strict = await startGateway({ env: { PERSISTED_DOCUMENTS: list, PERSISTED_DOCUMENTS_ONLY: 'true' } });
  const ids = Object.entries<string>(JSON.parse(await readFile(list, 'utf8')));
  const [id] = ids.find(([, text]) => text.includes('query Conversations')) ?? [];
  const headers = { authorization: `Bearer ${strict.apiKey}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ documentId: `sha256:${id}` });
  const response = await strict.fetch('/graphql', { method: 'POST', headers, body });
  const conversations = expect.objectContaining({ totalCount: 0 });
  expect(await response.json()).toEqual({ data: expect.objectContaining({ conversations }) });
});

test("Relay's network asks, and uploads", async () => {
  type Execute = {
    execute(request: object, variables: object, cache: object, files?: object): { toPromise(): Promise<unknown> };
  };
  const { environment } = await frontEnd.load<{ environment: { getNetwork(): Execute } }>('relay');
  const network = environment.getNetwork();
  const id = await makeConversation(gateway);
  const asked = network.execute({ text: 'query ($id: ID!) { node(id: $id) { id } }' }, { id }, {});
  expect(await asked.toPromise()).toEqual({ data: { node: { id } } });
  const variables = { input: { conversationId: id, file: null } };
  const sent = network.execute({ text: uploadDocument }, variables, {}, { 'input.file': note() });
  expect(await sent.toPromise()).toMatchObject({
    data: { uploadAttachment: { attachment: { filename: 'note.txt' } } },
  });
});

test('a live client of the guide tells of a summary', async () => {
  type Live = { onSummary(tell: (title: string, summary: string) => void): () => void };
  const { onSummary } = await frontEnd.load<Live>('live');
  const told: string[] = [];
  const stop = onSummary((title, summary) => told.push(`${title}: ${summary}`));
  try {
    // The socket says nothing when it listens: conversations are made until it has told of one.
    await expect
      .poll(
        async () => {
          await makeConversation(gateway, { title: 'Live' });
          return told[0];
        },
        { interval: 300 },
      )
      .toMatch(/^Live: ./);
  } finally {
    stop();
  }
});

const compiler = process.env['RELAY_COMPILER'];
if (compiler === undefined) console.info('left out: the compiler of Relay, since RELAY_COMPILER names none');

test.skipIf(compiler === undefined)("Relay's compiler accepts the graph and the guide's documents", async () => {
  const folder = path.join(frontEnd.folder, 'relay');
  await mkdir(path.join(folder, 'src'), { recursive: true });
  await writeFile(path.join(folder, 'relay.config.json'), guide.block('relay-config'));
  await writeFile(path.join(folder, 'package.json'), '{}');
  await writeFile(path.join(folder, 'src/inbox.ts'), guide.block('relay-component'));
  await copyFile(path.join(root, 'schema.graphql'), path.join(folder, 'schema.graphql'));
  const { stderr, stdout } = await promisify(execFile)(compiler ?? '', ['relay.config.json'], { cwd: folder });
  expect(`${stdout}${stderr}`).toMatch(/Done/);
  const artifact = await readFile(path.join(folder, 'src/__generated__/inboxPageQuery.graphql.ts'), 'utf8');
  expect(artifact).toContain('inbox_list');
});
