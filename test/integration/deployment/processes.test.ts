import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startS3Server } from '../../testkit/files/s3-server.ts';
import { createDatabase, newTestKey } from '../../testkit/gateway.ts';
import { spawnGateway } from '../../testkit/servers/process.ts';

const redisUrl = process.env['TEST_REDIS_URL'];

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'convograph-deployment-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

if (process.env['TEST_DATABASE_URL'] === undefined || redisUrl === undefined) {
  test.skip('left out: the processes of compose.yaml, since TEST_DATABASE_URL or TEST_REDIS_URL is not set');
} else {
  test('two that serve and one that works, as compose.yaml starts them, are one gateway', async () => {
    const database = await createDatabase();
    onTestFinished(() => database.drop());
    await using storage = await startS3Server();
    const apiKey = newTestKey();
    const env = {
      DATABASE_URL: database.url,
      REDIS_URL: redisUrl,
      STORAGE_URL: `s3://${storage.bucket}?endpoint=${storage.endpoint}&region=us-east-1`,
      AWS_ACCESS_KEY_ID: storage.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: storage.credentials.secretAccessKey,
      SECRET_KEY: 'the same on every one of them',
      BOOTSTRAP_API_KEY: apiKey,
    };
    await using first = spawnGateway(await newFolder(), { ...env, ROLE: 'web' });
    await using second = spawnGateway(await newFolder(), { ...env, ROLE: 'web' });
    await using worker = spawnGateway(await newFolder(), { ...env, ROLE: 'worker' });
    const [one, two, works] = await Promise.all([first.ready(), second.ready(), worker.ready()]);
    const headers = { authorization: `Bearer ${apiKey}` };
    const ask = async (url: string, query: string) => {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      });
      return { status: response.status, body: await response.json() };
    };

    const made = await ask(
      one,
      `mutation { createConversation(input: { title: "Broken lamp", content: "The lamp broke. I want a refund." }) {
        ... on CreateConversationPayload { conversation { id } } } }`,
    );
    const { id } = made.body.data.createConversation.conversation;
    await expect
      .poll(async () => (await ask(two, `{ conversation(id: "${id}") { status } }`)).body.data.conversation.status)
      .toBe('COMPLETED');

    const form = new FormData();
    form.set('file', new File(['the bytes'], 'lamp.txt', { type: 'text/plain' }));
    const sent = await fetch(`${one}/v1/conversations/${id}/attachments`, { method: 'POST', headers, body: form });
    expect(sent.status).toBe(201);
    const { body } = await ask(two, `{ conversation(id: "${id}") { attachments { url } } }`);
    const { pathname, search } = new URL(body.data.conversation.attachments[0].url);
    expect(await (await fetch(`${two}${pathname}${search}`)).text()).toBe('the bytes');

    expect((await fetch(`${works}/readyz`)).status).toBe(200);
    expect((await ask(works, '{ __typename }')).status).toBe(404);

    first.child.kill('SIGTERM');
    expect(await first.ended).toEqual({ code: 0, signal: null });
    expect((await ask(two, '{ viewer { tenant { slug } } }')).status).toBe(200);
  });
}
