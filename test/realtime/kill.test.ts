import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createDatabase, eachDatabase, newTestKey } from '../testkit/gateway.ts';
import { spawnGateway } from '../testkit/servers/process.ts';
import { copyTemplate } from '../testkit/template.ts';

const kills = 3;
/** A worker of a database server is taken for dead after 10 s of silence. */
const recoveryMs = 60_000;

type Target = { url: string; apiKey: string };

async function ask<Data>({ url, apiKey }: Target, query: string, variables: object = {}): Promise<Data> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  if (data == null) throw new Error(JSON.stringify(errors));
  return data;
}

const create = `mutation ($title: String!) {
  createConversation(input: { title: $title, content: "Can you send me the offer by Friday? I will sign it then." }) {
    ... on CreateConversationPayload { conversation { id } }
  }
}`;
const list = `query ($after: String) {
  conversations(first: 100, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { id status summary { status } }
  }
}`;

const counting = `{
  all: conversations { totalCount }
  done: conversations(filter: { statuses: [COMPLETED] }) { totalCount }
  undone: conversations(filter: { statuses: [PROCESSING, FAILED] }) { totalCount }
  stats(period: ALL_TIME) { totalConversations }
}`;

type List = {
  conversations: {
    pageInfo: { hasNextPage: boolean; endCursor: string };
    nodes: { id: string; status: string; summary: { status: string } | null }[];
  };
};

async function everything(target: Target) {
  const nodes: List['conversations']['nodes'] = [];
  let after: string | null = null;
  for (;;) {
    const { conversations }: List = await ask<List>(target, list, { after });
    nodes.push(...conversations.nodes);
    if (!conversations.pageInfo.hasNextPage) return nodes;
    after = conversations.pageInfo.endCursor;
  }
}

eachDatabase('SIGKILL at any moment', (database) => {
  test('loses no answered mutation, and every summary gets done', { timeout: 180_000 }, async () => {
    const seed = Math.floor(Math.random() * 1e9);
    console.info(`seed ${seed}`);
    let state = seed;
    const random = () => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return state / 2_147_483_648;
    };
    const folder = await mkdtemp(path.join(tmpdir(), 'convograph-kill-'));
    const server = database === 'postgres' ? await createDatabase() : null;
    if (server === null) await copyTemplate(path.join(folder, 'db'));
    const apiKey = newTestKey();
    const env = {
      BOOTSTRAP_API_KEY: apiKey,
      ...(server !== null && { DATABASE_URL: server.url, SECRET_KEY: 'a secret of the tests alone, 32+' }),
    };
    try {
      const answered: string[] = [];
      for (let kill = 0; kill < kills; kill++) {
        await using gateway = spawnGateway(folder, env);
        const target = { url: await gateway.ready(), apiKey };
        let isAlive = true;
        const writers = Array.from({ length: 3 }, async (_, writer) => {
          for (let number = 0; isAlive; number++) {
            try {
              const data = await ask<{ createConversation: { conversation: { id: string } } }>(target, create, {
                title: `${kill}/${writer}/${number}`,
              });
              answered.push(data.createConversation.conversation.id);
            } catch {
              // The process was killed under the request: whether it was done is not known, and is not asked.
              return;
            }
          }
        });
        // However slow the machine is, some are answered before each kill.
        const before = answered.length;
        await expect.poll(() => answered.length, { timeout: 30_000 }).toBeGreaterThan(before + 4);
        await pause(random() * 500);
        gateway.child.kill('SIGKILL');
        isAlive = false;
        await Promise.all([...writers, gateway.ended]);
      }
      await using last = spawnGateway(folder, env);
      const target = { url: await last.ready(), apiKey };
      const present = new Set((await everything(target)).map(({ id }) => id));
      console.info(`${database}: ${answered.length} answered, ${present.size} there`);
      expect(answered.length).toBeGreaterThan(kills);
      expect(answered.filter((id) => !present.has(id))).toEqual([]);
      await expect
        .poll(async () => (await everything(target)).filter(({ summary }) => summary?.status !== 'COMPLETED'), {
          timeout: recoveryMs,
          interval: 500,
        })
        .toEqual([]);
      const all = await everything(target);
      expect(all.every(({ status }) => status === 'COMPLETED')).toBe(true);
      // What is kept of their number has outlived the kills as well.
      const counts = await ask<Record<string, object>>(target, counting);
      expect(Object.values(counts).map((count) => Object.values(count)[0])).toEqual([
        all.length,
        all.length,
        0,
        all.length,
      ]);
    } finally {
      await server?.drop();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
