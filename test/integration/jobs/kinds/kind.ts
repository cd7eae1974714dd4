import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Caller } from '../../../../src/domain/app.ts';
import { systemCaller } from '../../../../src/domain/caller.ts';
import { ensureTenant } from '../../../../src/domain/tenants/tenants.ts';
import type { TestGateway } from '../../../testkit/gateway.ts';

/** A kind of job, on a gateway that serves and works nothing. */
export type Work = {
  /** Asks for the job of that number, from 0. */
  ask(index: number): Promise<unknown>;
  countDone(): Promise<number>;
  /** Once all are done: each was, and what each does is there once. */
  expectOnce(): Promise<void>;
};
export type JobKind = (gateway: TestGateway, total: number, closers: AsyncDisposableStack) => Promise<Work>;

/** What conversations say. */
export const text = 'The parcel came broken on Monday. Please send me a new one by Friday, or the money back.';
export const noSignal = new AbortController().signal;

/** One number, or several by their names, of a statement's only row. */
export async function numbers(
  gateway: TestGateway,
  sql: string,
  ...values: unknown[]
): Promise<Record<string, number>> {
  const [row] = await gateway.app.database.prisma.$queryRawUnsafe<Record<string, bigint>[]>(sql, ...values);
  return Object.fromEntries(Object.entries(row ?? {}).map(([name, value]) => [name, Number(value)]));
}

/** How often something has come to a state, by the log: `all` times, of so many things. */
export const ended = (gateway: TestGateway, type: string) =>
  numbers(
    gateway,
    `SELECT count(*) AS "all", count(DISTINCT subject_id) AS things FROM event
     WHERE type = $1 AND data ->> 'status' = 'COMPLETED'`,
    type,
  );

export async function newTenants(gateway: TestGateway, count: number): Promise<Caller[]> {
  const callers: Caller[] = [];
  for (let index = 0; index < count; index++) {
    const { id } = await ensureTenant(gateway.app.database, `many-${index}-${randomUUID().slice(0, 8)}`);
    callers.push(systemCaller(gateway.app, id));
  }
  return callers;
}

export async function filesIn(gateway: TestGateway): Promise<string[]> {
  const folder = path.join(gateway.dataDir, 'files');
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, `${entry.parentPath}/${entry.name}`));
}

export async function* chunks(line: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(line);
}
