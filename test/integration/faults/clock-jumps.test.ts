import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createDatabase, eachDatabase, newTestKey } from '../../testkit/gateway.ts';
import { spawnGateway } from '../../testkit/servers/process.ts';
import { copyTemplate } from '../../testkit/template.ts';

const hourMs = 3_600_000;
const clock = path.join(import.meta.dirname, '../../testkit/servers/shifted-clock.ts');
const limit = 400;

eachDatabase('a clock that jumps', (database) => {
  test('forward and back, by hours: requests are answered, jobs are done, order and limits hold', {
    timeout: 120_000,
  }, async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'convograph-clock-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const server = database === 'postgres' ? await createDatabase() : null;
    if (server === null) await copyTemplate(path.join(folder, 'db'));
    else onTestFinished(() => server.drop());
    const clockFile = path.join(folder, 'clock');
    const apiKey = newTestKey();
    await using gateway = spawnGateway(folder, {
      BOOTSTRAP_API_KEY: apiKey,
      NODE_OPTIONS: `--import=${clock}`,
      CLOCK_FILE: clockFile,
      REQUESTS_PER_MINUTE: String(limit),
      ...(server !== null && { DATABASE_URL: server.url, SECRET_KEY: 'a secret of the tests alone, 32+' }),
    });
    const url = await gateway.ready();
    const ask = async (query: string) => {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      });
      const body = await response.json();
      expect({ status: response.status, errors: body.errors }).toEqual({ status: 200, errors: undefined });
      return { data: body.data, left: Number(/r=(\d+)/.exec(response.headers.get('ratelimit') ?? '')?.[1]) };
    };
    const shiftTo = async (shiftMs: number) => {
      await writeFile(clockFile, String(shiftMs));
      gateway.child.kill('SIGUSR2');
      await expect.poll(() => gateway.stdout).toContain(`{"clockShiftMs":${shiftMs}}`);
    };
    const write = async (title: string): Promise<string> => {
      const { data } = await ask(
        `mutation { createConversation(input: { title: "${title}", content: "Where is the parcel? It
        should have come on Monday." }) { ... on CreateConversationPayload { conversation { id } } } }`.replace(
          /\s+/g,
          ' ',
        ),
      );
      return data.createConversation.conversation.id;
    };
    const cursor = async (): Promise<string> => (await ask('{ eventCursor }')).data.eventCursor;

    const ids: string[] = [];
    const cursors = [await cursor()];
    let before = (await ask('{ __typename }')).left;
    for (const hours of [0, 6, -6, 1]) {
      await shiftTo(hours * hourMs);
      for (let index = 0; index < 3; index++) ids.push(await write(`${hours} h, ${index}`));
      await expect
        .poll(async () => (await ask('{ conversations { nodes { status } } }')).data.conversations.nodes, {
          timeout: 20_000,
          interval: 200,
        })
        .toEqual(ids.map(() => ({ status: 'COMPLETED' })));
      cursors.push(await cursor());
      expect((await fetch(`${url}/readyz`)).status).toBe(200);
      const { left } = await ask('{ __typename }');
      // Nobody gets a new minute of requests for a clock that was set.
      if (database === 'postgres') expect(left).toBeLessThan(before);
      before = left;
    }
    expect(new Set(cursors).size).toBe(cursors.length);
    const { data } = await ask('{ conversations { totalCount nodes { id createdAt } } }');
    expect(data.conversations.totalCount).toBe(ids.length);
    const times = data.conversations.nodes.map(({ createdAt }: { createdAt: string }) => Date.parse(createdAt));
    expect(times).toEqual([...times].sort((one, other) => other - one));
    expect(gateway.stderr).toBe('');
    gateway.child.kill('SIGTERM');
    expect(await gateway.ended).toEqual({ code: 0, signal: null });
  });
});
