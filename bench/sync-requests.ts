import { asked, startMirror } from '../test/integration/upstreams/sync/support.ts';
import { startAiMyChats } from '../test/testkit/upstreams/ai-my-chats/ai-my-chats.ts';
import { startAnimam } from '../test/testkit/upstreams/animam/animam.ts';

/**
 * How many requests a regular round takes when 20 of many conversations have changed, and how long the first takes.
 * `node bench/sync-requests.ts [count] [pglite|postgres]`; 10,000 on the embedded database unless told.
 */

const count = Number(process.argv[2] ?? 10_000);
const database = process.argv[3] === 'postgres' ? 'postgres' : 'pglite';
const changed = 20;

const aiMyChats = await startAiMyChats();
const animam = await startAnimam({ tenant: 'acme' });
for (let index = 0; index < count; index++) {
  aiMyChats.conversations.add({ title: `Number ${index}`, content: `Text ${index}`, summary: { content: 'Short.' } });
  animam.conversations.add({ messages: [{ content: `Text ${index}` }, { role: 'assistant', content: 'Certainly.' }] });
}
// The APIs' rate limits would have it wait, and are no part of this.
const budget = { acquire: async () => {}, observe: () => {}, left: () => null };
const mirror = await startMirror({ gateway: { database }, budget });
for (const standIn of [aiMyChats, animam]) {
  const name = standIn === aiMyChats ? 'AI My Chats' : 'Animam';
  const id = await mirror.connect(standIn);
  const report = async (what: string, round: () => Promise<void>) => {
    standIn.requests.length = 0;
    const cpu = process.cpuUsage();
    const startedAt = performance.now();
    await round();
    const { user, system } = process.cpuUsage(cpu);
    const { lists, details } = asked(standIn);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    const cpuSeconds = ((user + system) / 1e6).toFixed(1);
    console.log(
      `${name}, ${what}: ${lists + details} requests (${lists} of the list), ${seconds} s, ${cpuSeconds} s of CPU with the stand-in`,
    );
  };
  await report('first', () => mirror.sync(id));
  await report('nothing changed', () => mirror.sync(id));
  for (let index = 0; index < changed; index++) {
    const conversation = `conv_${1 + Math.floor((index * count) / changed)}`;
    if (standIn === aiMyChats) aiMyChats.conversations.appendMessage(conversation, 'One line more.');
    else animam.conversations.appendMessage(conversation, { content: 'One more.' });
  }
  await report(`${changed} changed`, () => mirror.sync(id));
  await report('after that', () => mirror.sync(id));
  await report('everything anew', () => mirror.syncFully(id));
}
await mirror[Symbol.asyncDispose]();
await Promise.all([aiMyChats.close(), animam.close()]);
