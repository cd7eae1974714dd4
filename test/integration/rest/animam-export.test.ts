import { setTimeout as pause, setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { eachDatabase } from '../../testkit/gateway.ts';
import { type RestGateway, startRest } from './rest.ts';
import { seed } from './seed.ts';

const conversations = 5_000;
const messagesEach = 20;
const path = '/tenants/test/conversations/export?from=2024-01-01&to=2024-12-31';

/** 100,000 messages of 500 characters, in 5,000 conversations of one day. */
async function seedMany(gateway: RestGateway): Promise<void> {
  const { prisma } = gateway.app.database;
  const { tenantId } = gateway;
  await prisma.$executeRaw`
    INSERT INTO conversation (tenant_id, id, provider, title, preview, source, status, segment, created_at, updated_at,
      started_at, last_message_at, activity_at, message_count, size_bytes)
    SELECT ${tenantId}, 'conv_many' || lpad(n::text, 6, '0'), 'ANIMAM', 'Many', '', 'WEB', 'COMPLETED', 'pricing',
      at, at, at, at, at, ${messagesEach}::int, ${messagesEach * 500}::int
    FROM (SELECT n, timestamptz '2024-06-01' + n * interval '10 seconds' AS at
      FROM generate_series(1, ${conversations}::int) n) given`;
  await prisma.$executeRaw`
    INSERT INTO message (tenant_id, id, conversation_id, position, role, content, created_at)
    SELECT ${tenantId}, 'msg_many' || n || '_' || m, 'conv_many' || lpad(n::text, 6, '0'), m,
      CASE WHEN m % 2 = 0 THEN 'USER' ELSE 'ASSISTANT' END::"MessageRole", repeat('0123456789', 50),
      timestamptz '2024-06-01' + n * interval '10 seconds'
    FROM generate_series(1, ${conversations}::int) n, generate_series(0, ${messagesEach - 1}::int) m`;
}

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

function held(): number {
  // The second one waits for the first one's freeing of buffers, which goes on in the background.
  collectGarbage();
  collectGarbage();
  // Not `external`: the databases' WebAssembly is in it.
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** The most that the process holds, garbage left out, while `run` runs, over the less of before and after; in MB. */
async function growthOf(run: () => Promise<void>): Promise<number> {
  const before = held();
  let most = before;
  const over = new AbortController();
  const watching = (async () => {
    while (!over.signal.aborted) {
      const startedAt = performance.now();
      most = Math.max(most, held());
      // To collect takes the longer the more a process has done before: what is watched goes on in between.
      const restMs = Math.max(400, 4 * (performance.now() - startedAt));
      await pause(restMs, undefined, { signal: over.signal }).catch(() => {});
    }
  })();
  try {
    await run();
  } finally {
    over.abort();
    await watching;
  }
  return Math.round((most - Math.min(before, held())) / 1_048_576);
}

/** For a machine with much else to do. */
const patience = { timeout: 240_000 };

eachDatabase('Animam’s export', (database) => {
  test(
    '100,000 messages come whole, the first byte at once; a reader that leaves stops the reading',
    patience,
    async () => {
      await using gateway = await startRest({ database });
      await seedMany(gateway);
      const headers = { authorization: `Bearer ${gateway.apiKey}` };
      let firstMs = 0;
      let lines = 0;
      let bytes = 0;
      let startedAt = 0;
      // What the first of its kind loads stays, however long any after it is.
      const halfAnHour = '/tenants/test/conversations/export?from=2024-06-01T00:00:00Z&to=2024-06-01T00:30:00Z';
      await (await gateway.fetch(halfAnHour, { headers })).bytes();
      const growth = await growthOf(async () => {
        startedAt = performance.now();
        const response = await gateway.fetch(path, { headers });
        for await (const chunk of response.body ?? []) {
          firstMs ||= performance.now() - startedAt;
          bytes += chunk.byteLength;
          for (const byte of chunk) if (byte === 10) lines++;
        }
      });
      const totalMs = performance.now() - startedAt;
      console.log(
        `${database}: ${lines - 1} rows, ${Math.round(bytes / 1e6)} MB: first byte after ${Math.round(firstMs)} ms, ` +
          `whole after ${Math.round(totalMs)} ms; the process grew by ${growth} MB at most`,
      );
      expect(lines).toBe(conversations * messagesEach + 1);
      expect(firstMs).toBeLessThan(totalMs / 2);
      // The messages alone are 50 MB; a few batches of them and the pipe are there at a time, on both sides.
      expect(growth).toBeLessThan(32);

      const isMessages = (sql: string) => /FROM message\b/i.test(sql);
      const whole = await gateway.countStatements(async () => {
        await (await gateway.fetch(path, { headers })).bytes();
      });
      const left = await gateway.countStatements(async () => {
        const leaving = new AbortController();
        const response = await gateway.fetch(path, { headers, signal: leaving.signal });
        const reader = response.body?.getReader();
        await reader?.read();
        leaving.abort();
        await reader?.closed.catch(() => {});
        // Two more answers to others, and as many turns of the event loop: time for a reading that goes on to show.
        for (let i = 0; i < 2; i++) await gateway.ask('GET', '/tenants/test/conversations?limit=1');
        for (let i = 0; i < 50; i++) await setImmediate();
      });
      const [all, few] = [whole, left].map(({ statements }) => statements.filter(isMessages).length);
      console.log(`${database}: ${all} reads of messages for the whole, ${few} where the reader left`);
      expect(all).toBeGreaterThan(10);
      expect(few).toBeLessThan((all ?? 0) / 2);
    },
  );

  test('a reader that stalls holds the reading up', patience, async () => {
    await using gateway = await startRest({ database });
    await seedMany(gateway);
    const { statements } = await gateway.countStatements(async () => {
      const response = await gateway.fetch(path, { headers: { authorization: `Bearer ${gateway.apiKey}` } });
      const reader = response.body?.getReader();
      await reader?.read();
      for (let i = 0; i < 10; i++) await gateway.ask('GET', '/tenants/test/conversations?limit=1');
      await reader?.cancel();
    });
    const reads = statements.filter((sql) => /FROM message\b/i.test(sql)).length;
    console.log(`${database}: ${reads} reads of messages while the reader stalled`);
    // What the sockets' buffers take is read ahead; the whole would be 50 reads.
    expect(reads).toBeLessThan(40);
  });

  test(
    'conversations that start at the same instant, and those with more text than is read at once, come once each',
    patience,
    async () => {
      await using gateway = await startRest({ database });
      const createdAt = '2024-06-01T00:00:00Z';
      const ids = [];
      for (let i = 0; i < 3; i++) {
        const content = String(i).repeat(700_000);
        ids.push(await seed(gateway, { createdAt, messages: [{ role: 'USER', content, createdAt }] }));
      }
      for (let i = 0; i < 120; i++) {
        ids.push(await seed(gateway, { createdAt, messages: [{ role: 'USER', content: `Number ${i}`, createdAt }] }));
      }
      const { text } = await gateway.ask('GET', path);
      const told = text
        .split('\n')
        .slice(1, -1)
        .map((line) => line.split(',')[0]);
      expect(told).toEqual(ids.toSorted());
    },
  );
});
