import { fork } from 'node:child_process';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Order, Report } from './listeners/clients.ts';
import { startPeer, startProduct, stop, subscription, type Target, usageOf } from './listeners/targets.ts';

/**
 * Many listeners on one process of the product, beside bare `ws` that sends the same bytes and graphql-ws with Yoga's
 * pub/sub. `node bench/listeners.ts [--listeners 10000] [--only postgres,pglite,ws,pubsub] [--quick]`; PostgreSQL where
 * TEST_DATABASE_URL names a server. It takes as many open files as there are listeners, in the server and the clients.
 */

const argument = (name: string) => {
  const index = process.argv.indexOf(`--${name}`);
  return index < 0 ? undefined : process.argv[index + 1];
};
const isQuick = process.argv.includes('--quick');
const listeners = Number(argument('listeners') ?? (isQuick ? 1_000 : 10_000));
const only = argument('only')?.split(',');
const clientProcesses = 2;
const burst = { listeners: 1_000, changes: 100, overMs: 1_000 };
const idleQueries = 400;
const busySeconds = isQuick ? 3 : 10;
/** The same on an idle server and on a busy one: who asks rarely finds its process asleep. */
const queryPauseMs = 20;
const patienceMs = 60_000;
const fewListeners = [1, 300];
const statementTries = 5;

const nowMs = () => Number(process.hrtime.bigint() / 1_000n) / 1_000;
const round = (value: number, digits = 0) => Number(value.toFixed(digits));

function startClients() {
  const children = Array.from({ length: clientProcesses }, () =>
    fork(path.join(import.meta.dirname, 'listeners/clients.ts'), { execArgv: ['--max-semi-space-size=16'] }),
  );
  const all = (done: Report['done'], orderOf: ((index: number) => Order) | null) =>
    Promise.all(
      children.map(
        (child, index) =>
          new Promise<Report>((resolve, reject) => {
            const settle = () => {
              clearTimeout(timer);
              child.off('message', take);
              child.off('exit', fail);
            };
            const fail = (code: number | null) => {
              settle();
              reject(new Error(`a client process ended: ${code}`));
            };
            const timer = setTimeout(() => reject(new Error(`not ${done} in ${patienceMs / 1_000} s`)), patienceMs);
            const take = (report: Report) => {
              if (report.done !== done) return;
              settle();
              resolve(report);
            };
            child.on('message', take);
            child.on('exit', fail);
            if (orderOf !== null) child.send(orderOf(index));
          }),
      ),
    );
  return {
    open: (target: Target, count: number) =>
      all('open', (index) => ({
        do: 'open',
        url: target.wsUrl,
        count: Math.floor((count + index) / clientProcesses),
        init: target.init,
        query: subscription,
      })),
    /** @returns when the last one has had so many, in ms of the monotonic clock, with one message as it came */
    expect: async (events: number) => {
      const received = all('received', null);
      await all('counting', () => ({ do: 'expect', events }));
      return received.then((reports) => ({
        atMs: Math.max(...reports.map(({ atMs }) => atMs)),
        sample: reports.find(({ sample }) => sample !== '')?.sample ?? '',
      }));
    },
    close: () => Promise.all(children.map(stop)),
  };
}

/** `received` is a promise in a box, so that awaiting the box does not await it. */
type Clients = ReturnType<typeof startClients>;

async function oneChange(target: Target, clients: Clients) {
  const counting = clients.expect(1);
  // Both processes count once this has come back.
  await pause(200);
  const before = await usageOf(target.pid);
  const startedAt = nowMs();
  await target.change();
  const { atMs, sample } = await counting;
  const after = await usageOf(target.pid);
  return { ms: atMs - startedAt, cpuMs: (after.cpuSeconds - before.cpuSeconds) * 1_000, sample };
}

/** For one change and all that its listeners are told, the mutation's own among them; the clockwork's left out by tries. */
async function statementsOfAChange(target: Target, clients: Clients): Promise<number | null> {
  let fewest: number | null = null;
  for (let attempt = 0; attempt < statementTries; attempt++) {
    const before = await target.countStatements();
    await oneChange(target, clients);
    const after = await target.countStatements();
    if (before === null || after === null) return null;
    fewest = Math.min(fewest ?? Number.POSITIVE_INFINITY, after - before);
  }
  return fewest;
}

async function statementsWith(target: Target, count: number): Promise<number | null> {
  const clients = startClients();
  try {
    await clients.open(target, count);
    await waitForListeners(target, count);
    return await statementsOfAChange(target, clients);
  } finally {
    await clients.close();
    await waitForNone(target);
  }
}

async function quantile(run: () => Promise<void>, isOver: (count: number) => boolean) {
  const times: number[] = [];
  while (!isOver(times.length)) {
    const startedAt = nowMs();
    await run();
    times.push(nowMs() - startedAt);
    await pause(queryPauseMs);
  }
  times.sort((a, b) => a - b);
  return times[Math.floor(times.length * 0.99)] ?? 0;
}

async function waitForListeners(target: Target, count: number): Promise<void> {
  while ((await target.countListeners()) < count) await pause(20);
}

/** Many listeners: opening, one change, queries meanwhile, memory. */
async function measureMany(target: Target) {
  const statements = [];
  const hasDatabase = (await target.countStatements()) !== null;
  if (hasDatabase) for (const count of fewListeners) statements.push(await statementsWith(target, count));
  const idleP99 = await quantile(target.query, (count) => count === idleQueries);
  const before = await usageOf(target.pid);
  const clients = startClients();
  try {
    const startedAt = nowMs();
    await clients.open(target, listeners);
    await waitForListeners(target, listeners);
    const openedMs = nowMs() - startedAt;
    const opening = await usageOf(target.pid);
    await oneChange(target, clients);
    const changes = [];
    for (let turn = 0; turn < 3; turn++) changes.push(await oneChange(target, clients));
    changes.sort((a, b) => a.ms - b.ms);
    const [, median] = changes;
    const endAt = nowMs() + busySeconds * 1_000;
    const writing = (async () => {
      while (nowMs() < endAt) {
        await target.change();
        await pause(1_000);
      }
    })();
    const busyP99 = await quantile(target.query, () => nowMs() > endAt);
    await writing;
    const { residentBytes } = await usageOf(target.pid);
    if (hasDatabase) statements.push(await statementsOfAChange(target, clients));
    return {
      event: median?.sample ?? '',
      figures: {
        server: target.name,
        'opening s': round(openedMs / 1_000, 1),
        'opening CPU s': round(opening.cpuSeconds - before.cpuSeconds, 1),
        'one change ms': round(median?.ms ?? 0),
        'its CPU ms': round(median?.cpuMs ?? 0),
        'KB a listener': round((residentBytes - before.residentBytes) / listeners / 1_024, 1),
        'query p99 idle ms': round(idleP99, 1),
        'meanwhile ms': round(busyP99, 1),
        [`statements a change at ${[...fewListeners, listeners].join(', ')}`]: statements.join(', '),
      },
    };
  } finally {
    await clients.close();
  }
}

/** Fewer listeners, many changes: from the first change until the last listener has the last one. */
async function measureBurst(target: Target) {
  const clients = startClients();
  try {
    await clients.open(target, burst.listeners);
    await waitForListeners(target, burst.listeners);
    await oneChange(target, clients);
    const received = clients.expect(burst.changes);
    await pause(200);
    const before = await usageOf(target.pid);
    const startedAt = nowMs();
    const changes = [];
    for (let change = 0; change < burst.changes; change++) {
      changes.push(target.change());
      await pause(Math.max(0, startedAt + ((change + 1) * burst.overMs) / burst.changes - nowMs()));
    }
    await Promise.all(changes);
    const { atMs } = await received;
    const after = await usageOf(target.pid);
    return {
      'burst s': round((atMs - startedAt) / 1_000, 2),
      'burst CPU s': round(after.cpuSeconds - before.cpuSeconds, 2),
    };
  } finally {
    await clients.close();
  }
}

const isWanted = (name: string) => only === undefined || only.includes(name);
const databases = (['postgres', 'pglite'] as const).filter(
  (name) => isWanted(name) && (name === 'pglite' || process.env['TEST_DATABASE_URL'] !== undefined),
);
const rows: Record<string, unknown>[] = [];
let event =
  '{"id":"1","type":"next","payload":{"data":{"conversationChanged":{"cursor":"MTAuMTIzNDU2Nzg","kind":"UPDATED","conversation":{"id":"conv_01jb0000000000000000000000","title":"Change 10","preview":"When does the offer end? On Friday."}}}}}';
for (const database of databases) {
  {
    await using target = await startProduct(database);
    const many = await measureMany(target);
    event = many.event;
    await waitForNone(target);
    rows.push({ ...many.figures, ...(await measureBurst(target)) });
    console.info(rows.at(-1));
  }
}
for (const [key, name, file] of [
  ['ws', 'bare ws', 'broadcast-server.ts'],
  ['pubsub', 'graphql-ws, pub/sub', 'pubsub-server.ts'],
] as const) {
  if (!isWanted(key)) continue;
  await using target = await startPeer(name, file, event);
  const many = await measureMany(target);
  rows.push({ ...many.figures, ...(await measureBurstOn(name, file)) });
  console.info(rows.at(-1));
}
console.info(`${listeners} listeners; a burst is ${burst.changes} changes within a second to ${burst.listeners}`);
console.table(rows);

/** On a fresh server: one that has just lost its listeners is still clearing up. */
async function measureBurstOn(name: string, file: string) {
  await using target = await startPeer(name, file, event);
  return await measureBurst(target);
}

async function waitForNone(target: Target): Promise<void> {
  while ((await target.countListeners()) > 0) await pause(50);
}
