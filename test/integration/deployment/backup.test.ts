import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'graphql';
import { expect, onTestFinished, test } from 'vitest';
import { readDocument } from '../../testkit/doc-blocks.ts';
import { createDatabase, startGateway, type TestGateway } from '../../testkit/gateway.ts';
import { listenOverSocket } from '../../testkit/live.ts';

const run = promisify(execFile);
const operate = readDocument('docs/operate.md');

const everything = `{
  conversations(first: 100) {
    totalCount
    nodes {
      id provider externalId title content preview metadata createdAt updatedAt messageCount
      messages { nodes { id role content createdAt } }
      summary { id status title content topics citations { quote } }
      attachments { id filename size }
    }
  }
  searchConversations(query: "refund") { totalCount edges { node { id } } }
  stats(range: { from: "2020-01-01", to: "2099-12-31" }) { totalConversations totalMessages topTopics { value count } }
  apiKeys { id name }
  eventCursor
}`;

async function ask(gateway: TestGateway, query: string): Promise<string> {
  const { body } = await gateway.graphql(query);
  expect(body.errors).toBeUndefined();
  return JSON.stringify(body.data);
}

/** @returns the conversation's id */
async function fill(gateway: TestGateway, title: string): Promise<string> {
  const { body } = await gateway.graphql<{ createConversation: { conversation: { id: string } } }>(
    `mutation ($title: String!) { createConversation(input: { title: $title, metadata: { z: 1, a: ["é"] },
      messages: [{ role: USER, content: "I want a refund for order 7." }] }) {
      ... on CreateConversationPayload { conversation { id } } } }`,
    { title },
  );
  const form = new FormData();
  form.set('file', new File([`file of ${title}`], 'note.txt', { type: 'text/plain' }));
  const id = body.data?.createConversation.conversation.id ?? '';
  const uploaded = await gateway.fetch(`/v1/conversations/${id}/attachments`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.apiKey}` },
    body: form,
  });
  expect(uploaded.status).toBe(201);
  await expect
    .poll(() => ask(gateway, '{ conversations { nodes { status } } }'), { timeout: 20_000 })
    .not.toContain('PROCESSING');
  return id;
}

/** Who did what to a conversation. */
const auditOf = (id: string) =>
  `{ auditLog(filter: { targetId: "${id}" }) { nodes { id at action outcome requestId apiKey { id } } } }`;

type Told = { conversationChanged: { __typename: string; cursor: string } };

/** A listener that had seen more than what was restored is told so. */
async function expectGap(gateway: TestGateway, after: string): Promise<void> {
  const document = parse(`subscription ($after: String) { conversationChanged(after: $after) {
    __typename ... on ConversationChange { cursor } ... on StreamGap { cursor } } }`);
  await using listening = listenOverSocket<Told, { after: string }>(gateway, document, { after });
  await expect.poll(() => listening.events[0]?.conversationChanged.__typename, { timeout: 20_000 }).toBe('StreamGap');
}

async function cursorOf(gateway: TestGateway): Promise<string> {
  return (JSON.parse(await ask(gateway, '{ eventCursor }')) as { eventCursor: string }).eventCursor;
}

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'convograph-backup-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test('a copy of the embedded folder answers as before, to the byte, and tells listeners of the gap', async () => {
  const first = await startGateway();
  onTestFinished(() => first.close());
  const id = await fill(first, 'Kept');
  const before = await ask(first, everything);
  const audited = await ask(first, auditOf(id));
  expect(audited).toContain('createConversation');
  await first.stop();
  const copy = path.join(await newFolder(), 'data');
  await cp(first.dataDir, copy, { recursive: true });

  const env = { BOOTSTRAP_API_KEY: first.apiKey };
  const later = await startGateway({ dataDir: first.dataDir, env });
  await fill(later, 'Lost');
  const after = await cursorOf(later);
  await later.stop();
  await using restored = await startGateway({ dataDir: copy, env });
  expect(await ask(restored, everything)).toBe(before);
  expect(await ask(restored, auditOf(id))).toBe(audited);
  await expectGap(restored, after);
}, 120_000);

const isPresent = (program: string) =>
  run(program, ['--version']).then(
    () => true,
    () => false,
  );

if (
  process.env['TEST_DATABASE_URL'] === undefined ||
  !(await isPresent('pg_dump')) ||
  !(await isPresent('pg_restore')) ||
  !(await isPresent('psql'))
) {
  test.skip(
    'left out: a dump of PostgreSQL, since TEST_DATABASE_URL is not set, or there is no pg_dump, pg_restore or psql',
  );
} else {
  test('a dump that is restored in the place of what is there answers as before, to the byte, and tells of the gap', async () => {
    await using first = await startGateway({ database: 'postgres' });
    const id = await fill(first, 'Kept');
    const before = await ask(first, everything);
    const audited = await ask(first, auditOf(id));
    const folder = await newFolder();
    const shell = (block: string, databaseUrl: string) => {
      const env = { PATH: process.env['PATH'], DATABASE_URL: databaseUrl };
      return run('sh', ['-ec', operate.block(block)], { cwd: folder, env });
    };
    // Beside the running server.
    await shell('backup', first.databaseUrl ?? '');
    await cp(path.join(first.dataDir, 'files'), path.join(folder, 'files'), { recursive: true });
    await fill(first, 'Lost');
    const after = await cursorOf(first);

    const { url, drop } = await createDatabase();
    onTestFinished(drop);
    {
      await using other = await startGateway({ database: 'postgres', databaseUrl: url });
      await fill(other, 'Another');
    }
    await shell('restore', url);
    const env = { BOOTSTRAP_API_KEY: first.apiKey };
    await using restored = await startGateway({ database: 'postgres', databaseUrl: url, dataDir: folder, env });
    expect(await ask(restored, everything)).toBe(before);
    expect(await ask(restored, auditOf(id))).toBe(audited);
    await expectGap(restored, after);
  }, 120_000);
}
