import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runAdmin } from '../../testkit/admin.ts';
import { createDatabase, startGateway, type TestGateway } from '../../testkit/gateway.ts';

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
  upstreams { id name status }
}`;

async function ask(gateway: TestGateway, query: string) {
  const { body } = await gateway.graphql(query);
  expect(body.errors).toBeUndefined();
  return body.data;
}

if (process.env['TEST_DATABASE_URL'] === undefined) {
  test.skip('left out: moving to PostgreSQL, since TEST_DATABASE_URL is not set');
} else {
  test('what the embedded database holds is answered by PostgreSQL as before, and goes on from there', async () => {
    const embedded = await startGateway({ env: { DEMO_DATA: 'true' } });
    onTestFinished(() => embedded.close());
    const metadata = { z: 1, a: ['\ufeffmark', { nested: null }], m: 'é' };
    const created = await embedded.graphql(
      `mutation ($metadata: JSONObject) { createConversation(input: {
        title: "=1+1", messages: [{ role: USER, content: "I want a refund for order 7." }], metadata: $metadata
      }) { __typename } }`,
      { metadata },
    );
    expect(created.body.data).toEqual({ createConversation: { __typename: 'CreateConversationPayload' } });
    await expect
      .poll(async () => JSON.stringify(await ask(embedded, '{ conversations { nodes { status } } }')))
      .not.toContain('PROCESSING');
    const before = await ask(embedded, everything);
    const audited = await embedded.app.database.prisma.auditEntry.findMany({ orderBy: { id: 'asc' } });
    expect(audited.map(({ action }) => action)).toContain('createConversation');
    const running = await runAdmin(embedded.dataDir, ['move', '--to', 'postgresql://root@127.0.0.1/none']);
    expect(running).toMatchObject({ exitCode: 1, errors: expect.stringContaining('Stop the server first') });
    await embedded.stop();

    const database = await createDatabase();
    onTestFinished(() => database.drop());
    const moved = await runAdmin(embedded.dataDir, ['move', '--to', database.url]);
    expect(moved).toMatchObject({ exitCode: 0, errors: '', output: expect.stringContaining('SECRET_KEY') });

    const secret = (await readFile(path.join(embedded.dataDir, 'secret'), 'utf8')).trim();
    const env = { SECRET_KEY: secret, BOOTSTRAP_API_KEY: embedded.apiKey };
    await using served = await startGateway({
      database: 'postgres',
      databaseUrl: database.url,
      dataDir: embedded.dataDir,
      env,
    });
    expect(await ask(served, everything)).toEqual(before);
    const kept = await served.app.database.prisma.auditEntry.findMany({ orderBy: { id: 'asc' } });
    expect(kept).toEqual(expect.arrayContaining(audited));
    const next = await served.graphql(
      `mutation { createConversation(input: { title: "After", content: "It goes on." }) { __typename } }`,
    );
    expect(next.body.data).toEqual({ createConversation: { __typename: 'CreateConversationPayload' } });
    const again = await runAdmin(embedded.dataDir, ['move', '--to', database.url]);
    expect(again).toMatchObject({ exitCode: 2, errors: expect.stringContaining('not empty') });
  });
}

test('a target that is no PostgreSQL is refused in words', async () => {
  const answer = await runAdmin('/tmp', ['move', '--to', 'mysql://x']);
  expect(answer).toMatchObject({ exitCode: 2, errors: expect.stringContaining('--to must name') });
});
