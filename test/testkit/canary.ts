import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { Prisma } from '../../src/database/generated/client.ts';
import type { App } from '../../src/domain/app.ts';
import { answerContext } from '../../src/domain/idempotency.ts';

/**
 * Where a text still stands: every table of the database, row by row, the queue's own included; encrypted answers,
 * opened; every stored file. Named `table: row`, or the file's path. Case does not matter.
 */
export async function findCanary(app: App, dataDir: string, canary: string): Promise<string[]> {
  return [...(await inTables(app, canary)), ...(await inAnswers(app, canary)), ...(await inFiles(dataDir, canary))];
}

async function inTables({ database }: App, canary: string): Promise<string[]> {
  const tables = await database.prisma.$queryRaw<{ schema: string; name: string }[]>`
    SELECT table_schema AS "schema", table_name AS "name" FROM information_schema.tables
    WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')`;
  if (tables.length < 20) throw new Error('the catalog shows too few tables');
  const found: string[] = [];
  for (const { schema, name } of tables) {
    const table = Prisma.raw(`"${schema}"."${name}"`);
    const rows = await database.prisma.$queryRaw<{ text: string }[]>`
      SELECT whole::text AS "text" FROM ${table} whole WHERE strpos(lower(whole::text), lower(${canary})) > 0`;
    found.push(...rows.map(({ text }) => `${name}: ${text.slice(0, 300)}`));
  }
  return found;
}

async function inAnswers({ database, secrets }: App, canary: string): Promise<string[]> {
  const records = await database.prisma.idempotencyRecord.findMany();
  return records.flatMap((record) => {
    const { body } = record.answer as { body?: string };
    const text = body === undefined ? '' : secrets.decrypt(body, answerContext(record));
    return text.toLowerCase().includes(canary.toLowerCase()) ? [`answer ${record.key}: ${text}`] : [];
  });
}

async function inFiles(dataDir: string, canary: string): Promise<string[]> {
  const folder = path.join(dataDir, 'files');
  const names = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const found: string[] = [];
  for (const entry of names.filter((each) => each.isFile())) {
    const file = path.join(entry.parentPath, entry.name);
    if ((await readFile(file, 'latin1')).toLowerCase().includes(canary.toLowerCase())) found.push(file);
  }
  return found;
}
