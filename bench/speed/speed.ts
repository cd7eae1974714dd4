/**
 * `npm run bench`: the product beside PostGraphile, Mercurius and Apollo Server over the same PostgreSQL database, and
 * beside one hand-written statement over bare http as the limit; and beside Hive Gateway over the REST APIs that the
 * product mirrors, served in memory with the same conversations. All answers are held against one another first; then
 * each is asked in turn, round by round.
 *
 * `npm run bench -- [--quick] [--shapes page,flat] [--servers product,limit] [--rounds 5] [--seconds 3]
 *   [--conversations 100000] [--fresh]`. The server is that of BENCH_DATABASE_URL, on this machine (its CPU is read
 * from /proc), with room for 20 connections a server; the seeded database is kept for the next run unless `--fresh`.
 */

import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import pg from 'pg';
import type { Answer } from './answer.ts';
import { type Contender, contenders } from './contenders.ts';
import { ask, load } from './load.ts';
import type { ServerProcess } from './processes.ts';
import { type Measured, percentile, renderReport } from './report.ts';
import { type Bench, seedDatabase } from './seed.ts';
import { type Requests, type ShapeName, shapes } from './shapes.ts';
import { cpuMsOf, databaseCpuMs, residentMibOf } from './usage.ts';

const connections = 16;
const warmUpSeconds = 0.5;

const { values: given } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    fresh: { type: 'boolean', default: false },
    shapes: { type: 'string' },
    servers: { type: 'string' },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    conversations: { type: 'string' },
  },
});
const rounds = Number(given.rounds ?? (given.quick ? 3 : 5));
const seconds = Number(given.seconds ?? (given.quick ? 1 : 3));
const total = Number(given.conversations ?? (given.quick ? 10_000 : 100_000));
const serverUrl = process.env['BENCH_DATABASE_URL'] ?? 'postgresql://postgres@127.0.0.1:5432/postgres';

type Running = { contender: Contender; server: ServerProcess; url: string };
/** One server's way of being asked for one shape. */
type Duel = { shape: ShapeName; running: Running; requests: Requests };

async function prepare(bench: Bench, running: readonly Running[], asked: readonly ShapeName[]): Promise<Duel[]> {
  const duels: Duel[] = [];
  for (const shape of asked) {
    let first: { name: string; answer: Answer } | null = null;
    for (const each of running) {
      const requests = await each.contender.dialect[shape]?.(bench, each.url);
      if (requests === undefined) continue;
      duels.push({ shape, running: each, requests });
      const json = await ask(each.url, requests);
      if (requests.read === null) continue;
      const answer = requests.read(json);
      if (answer.conversations.length === 0) throw new Error(`${each.contender.name} answers ${shape} with nothing`);
      first ??= { name: each.contender.name, answer };
      if (!isDeepStrictEqual(answer, first.answer)) {
        console.error(JSON.stringify(first.answer).slice(0, 2_000), JSON.stringify(answer).slice(0, 2_000));
        throw new Error(`${each.contender.name} and ${first.name} differ in their answers to ${shape}`);
      }
    }
  }
  return duels;
}

async function measure({ shape, running, requests }: Duel, client: pg.Client): Promise<Measured> {
  const { url, server } = running;
  await load({ url, requests, connections, seconds: warmUpSeconds });
  const before = { own: cpuMsOf(server.pid), database: await databaseCpuMs(client) };
  const round = await load({ url, requests, connections, seconds });
  const own = cpuMsOf(server.pid) - before.own;
  const database = (await databaseCpuMs(client)) - before.database;
  const sorted = round.latenciesMs.sort((a, b) => a - b);
  return {
    shape,
    contender: running.contender.name,
    requestsPerSecond: round.requests / round.seconds,
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
    ownCpuMs: own / round.requests,
    databaseCpuMs: database / round.requests,
    residentMib: residentMibOf(server.pid),
  };
}

async function main(): Promise<void> {
  const chosen = contenders.filter(({ name }) => given.servers?.split(',').includes(name) ?? true);
  const asked = (given.shapes?.split(',') ?? Object.keys(shapes)) as ShapeName[];
  const bench = await seedDatabase(serverUrl, total, given.fresh);
  const client = new pg.Client({ connectionString: bench.databaseUrl });
  await client.connect();
  const running: Running[] = [];
  try {
    for (const contender of chosen) {
      const server = await contender.start(bench);
      running.push({ contender, server, url: `${server.url}${contender.path}` });
    }
    const duels = await prepare(bench, running, asked);
    const measured: Measured[] = [];
    for (let round = 0; round < rounds; round++) {
      for (const shape of asked) {
        const ring = duels.filter((duel) => duel.shape === shape);
        // Nobody is always the first after a pause.
        const turned = [...ring.slice(round % ring.length), ...ring.slice(0, round % ring.length)];
        for (const duel of turned) measured.push(await measure(duel, client));
      }
      console.error(`round ${round + 1} of ${rounds}`);
    }
    const folder = path.join(import.meta.dirname, '../results');
    await mkdir(folder, { recursive: true });
    await writeFile(
      path.join(folder, `speed-${total}.json`),
      JSON.stringify({ bench, rounds, seconds, measured }, null, 1),
    );
    console.log(renderReport(measured, chosen));
  } finally {
    await Promise.all(running.map(({ server }) => server.stop()));
    await client.end();
  }
}

await main();
