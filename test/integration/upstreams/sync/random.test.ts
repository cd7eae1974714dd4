import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findMiscounts } from '../../../testkit/counts.ts';
import { type AiMyChatsStandIn, startAiMyChats } from '../../../testkit/upstreams/ai-my-chats/ai-my-chats.ts';
import { type AnimamStandIn, startAnimam } from '../../../testkit/upstreams/animam/animam.ts';
import { ANIMAM_SORTS } from '../../../testkit/upstreams/animam/store.ts';
import { createRandom } from '../../../testkit/upstreams/random.ts';
import { differences, type Mirror, type StandIn, startMirror } from './support.ts';

const firstSeed = Number(process.env['TEST_SEED'] ?? Date.now() % 1_000_000_000);
const runCount = Number(process.env['TEST_RUNS'] ?? 200);
const settleMs = 2_000;

type Random = () => number;
type World = {
  seed: number;
  random: Random;
  /** Our clock; the upstream's is off from it. */
  now: number;
  /** REMOVING: also deletions; SECRETIVE: also edits that leave no trace in the list. */
  changes: Changes;
  /** What changed last: it often changes again at once. */
  last: string | null;
};
type Changes = 'TOLD' | 'REMOVING' | 'SECRETIVE';

/** More conversations than this are not made. */
const maxSize = 24;

const below = (random: Random, limit: number) => Math.floor(random() * limit);
const pick = <T>(random: Random, items: readonly T[]): T | undefined => items[below(random, items.length)];

/** What to do next, and to which conversation. */
function choose<T extends { id: string }>(
  world: World,
  all: readonly T[],
  told: readonly string[],
  quiet: readonly string[],
) {
  const { random, last, changes } = world;
  const further = { TOLD: [], REMOVING: ['remove'], SECRETIVE: ['remove', ...quiet] }[changes];
  const what = pick(random, [...(all.length < maxSize ? ['add'] : []), ...told, ...further]) ?? 'add';
  const one = (random() < 0.6 ? all.find(({ id }) => id === last) : undefined) ?? pick(random, all);
  world.last = one?.id ?? null;
  return one === undefined ? { what: 'add', one: { id: '' } as T } : { what, one };
}

const toldOfAiMyChats = ['title', 'content', 'summary', 'file'];

function changeAiMyChats(world: World, { conversations, finishSummary }: AiMyChatsStandIn): void {
  const { random } = world;
  const { what, one } = choose(world, conversations.all(), toldOfAiMyChats, ['quiet content', 'quiet title']);
  const text = `${what} ${random()}`;
  if (what === 'title') conversations.edit(one.id, { title: text });
  else if (what === 'content') conversations.appendMessage(one.id, text);
  else if (what === 'summary') finishSummary(one.id, random() < 0.2 ? 'failed' : { content: text });
  else if (what === 'file') conversations.attach(one.id, { filename: text, bytes: 'x' });
  else if (what === 'quiet content') conversations.edit(one.id, { content: text }, { quiet: true });
  else if (what === 'quiet title') conversations.edit(one.id, { title: text }, { quiet: true });
  else if (what === 'remove') conversations.remove(one.id);
  else conversations.add({ title: text, content: 'Hello.', summary: random() < 0.5 ? { content: text } : null });
}

function changeAnimam(world: World, { conversations }: AnimamStandIn): void {
  const { random } = world;
  const { what, one } = choose(world, conversations.all(), ['message', 'segment'], ['quiet message', 'fewer messages']);
  const content = `${what} ${random()}`;
  if (what === 'message') conversations.appendMessage(one.id, { content, role: 'assistant' });
  else if (what === 'segment') conversations.edit(one.id, { segment: content });
  else if (what === 'quiet message') {
    const messages = one.messages.map((each, index) =>
      index === one.messages.length - 1 ? { ...each, content } : each,
    );
    conversations.edit(one.id, { messages });
  } else if (what === 'fewer messages') conversations.edit(one.id, { messages: one.messages.slice(1) });
  else if (what === 'remove') conversations.remove(one.id);
  else conversations.add({ messages: [{ content }] });
}

async function startStandIn(world: World, provider: 'AI_MY_CHATS' | 'ANIMAM'): Promise<[StandIn, () => void]> {
  const skewMs = pick(world.random, [0, -3_600_000, 40_000, 400]) ?? 0;
  const now = () => new Date(world.now + skewMs);
  if (provider === 'AI_MY_CHATS') {
    const standIn = await startAiMyChats({ now });
    return [standIn, () => changeAiMyChats(world, standIn)];
  }
  const sort = pick(world.random, ANIMAM_SORTS) ?? '-lastMessageAt';
  const standIn = await startAnimam({ tenant: 'acme', now, sort, shape: world.random() < 0.2 ? 'newer' : 'published' });
  return [standIn, () => changeAnimam(world, standIn)];
}

/** Rounds while the upstream changes between any two requests, fails now and then, and workers are stopped. */
async function disturb(world: World, mirror: Mirror, id: string, standIn: StandIn, change: () => void): Promise<void> {
  const { random } = world;
  // Less than a change a request: else it would never come to an end.
  const busyness = random() * 0.35;
  const paceMs = pick(random, [50, 300, 1_200]) ?? 0;
  let stopping = new AbortController();
  standIn.onRequest(() => {
    world.now += below(random, paceMs);
    while (random() < busyness) change();
    if (random() < 0.02) stopping.abort(new Error('the worker is stopped'));
  });
  if (random() < 0.3) standIn.script({ when: () => random() < 0.06, answer: { kind: 'status', status: 500 } });
  if (random() < 0.2) standIn.script({ when: () => random() < 0.1, answer: { kind: 'repeated-pages' } });
  const rounds = 2 + below(random, 3);
  for (let round = 0; round < rounds; round++) {
    stopping = new AbortController();
    try {
      if (random() < 0.15) await mirror.syncFully(id, stopping.signal);
      else await mirror.sync(id, stopping.signal);
    } catch (err) {
      if (!stopping.signal.aborted) throw err;
    }
    world.now += below(random, paceMs * 5);
  }
  standIn.heal();
}

async function run(world: World, provider: 'AI_MY_CHATS' | 'ANIMAM', mirror: Mirror): Promise<string | null> {
  const [standIn, change] = await startStandIn(world, provider);
  try {
    for (let count = below(world.random, 12); count > 0; count--) {
      change();
      world.now += below(world.random, 900);
    }
    const id = await mirror.connect(standIn);
    await disturb(world, mirror, id, standIn, change);
    // At rest: what was going on ends, then one round reads what is new, and one more what was doubtful then.
    for (const _ of [1, 2, 3]) {
      world.now += settleMs + 1_000;
      await mirror.sync(id);
    }
    if (world.changes === 'SECRETIVE') await mirror.syncFully(id);
    const found = await differences(mirror, id, standIn, { areGoneOnesLeft: world.changes === 'REMOVING' });
    await mirror.gateway.app.database.prisma.upstream.deleteMany({ where: { id } });
    return found;
  } finally {
    await standIn.close();
  }
}

describe.each(['AI_MY_CHATS', 'ANIMAM'] as const)('an upstream of %s that changes all the time', (provider) => {
  let mirror: Mirror;
  let world: World = { seed: 0, random: () => 0, now: 0, changes: 'TOLD', last: null };
  beforeAll(async () => {
    mirror = await startMirror({
      tunables: { now: () => world.now, settleMs, pageSize: 4, batchSize: 3 },
    });
  });
  afterAll(async () => {
    await mirror?.[Symbol.asyncDispose]();
  });

  test.each<[string, Changes]>([
    ['what its list tells of is mirrored by regular rounds alone', 'TOLD'],
    ['what went meanwhile has hidden nothing else from regular rounds', 'REMOVING'],
    ['everything is mirrored once all was read anew', 'SECRETIVE'],
  ])('at rest, %s', { timeout: 600_000 }, async (_, changes) => {
    const count = Math.ceil(runCount / 6);
    console.info(`${provider}: ${count} runs from TEST_SEED=${firstSeed}`);
    for (let seed = firstSeed; seed < firstSeed + count; seed++) {
      world = { seed, random: createRandom(seed), now: Date.now(), changes, last: null };
      const found = await run(world, provider, mirror);
      expect(found, `TEST_SEED=${seed} TEST_RUNS=6`).toBeNull();
      expect(await findMiscounts(mirror.gateway.app.database), `TEST_SEED=${seed} TEST_RUNS=6`).toEqual([]);
    }
  });
});
