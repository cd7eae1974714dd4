import { systemClock } from '../src/upstreams/http/clock.ts';
import { startMirror } from '../test/integration/upstreams/sync/support.ts';
import { startAiMyChats } from '../test/testkit/upstreams/ai-my-chats/ai-my-chats.ts';

/**
 * How fast a first sync fills an empty PostgreSQL database, by tenths of what there is to mirror: no slower at its
 * beginning than later on. `TEST_DATABASE_URL=… node bench/first-sync.ts [count]`; 8,000 conversations unless told.
 */

const count = Number(process.argv[2] ?? 8_000);
const api = await startAiMyChats();
for (let index = 0; index < count; index++) {
  api.conversations.add({
    title: `Number ${index}`,
    content: `Text ${index} `.repeat(40),
    summary: { content: 'Short.' },
  });
}
const budget = { acquire: async () => {}, observe: () => {}, left: () => null };
await using mirror = await startMirror({ gateway: { database: 'postgres' }, budget });
const id = await mirror.connect(api);
const startedAt = systemClock.now();
let isDone = false;
const sync = mirror.sync(id).finally(() => {
  isDone = true;
});
let [seen, seenAt] = [0, startedAt];
let step = 1;
while (!isDone) {
  await new Promise((resolve) => setTimeout(resolve, 100));
  const there = await mirror.gateway.app.database.prisma.conversation.count({ where: { upstreamId: id } });
  if (there < (count * step) / 10 && !(there === count && seen < count)) continue;
  const now = systemClock.now();
  const rate = ((there - seen) / (now - seenAt)) * 1_000;
  console.log(
    `${String(there).padStart(6)} after ${((now - startedAt) / 1_000).toFixed(1)} s: ${rate.toFixed(0)} a second`,
  );
  [seen, seenAt] = [there, now];
  step = Math.floor((there / count) * 10) + 1;
}
await sync;
await api.close();
