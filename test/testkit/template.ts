import { createHash, randomUUID } from 'node:crypto';
import { cpSync, existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { openPglite } from '../../src/database/pglite.ts';
import { createQueue } from '../../src/jobs/queue.ts';

const root = path.join(import.meta.dirname, '../..');

/** Changes with whatever shapes a new database. */
async function version(): Promise<string> {
  const hash = createHash('sha256');
  const migrations = path.join(root, 'prisma/migrations');
  for (const name of (await readdir(migrations, { recursive: true })).sort()) {
    hash.update(name);
    if (name.endsWith('.sql')) hash.update(await readFile(path.join(migrations, name)));
  }
  const parts = [
    'src/jobs/queue.ts',
    ...['@electric-sql/pglite', 'pg-boss'].map((name) => `node_modules/${name}/package.json`),
  ];
  for (const file of parts) hash.update(await readFile(path.join(root, file)));
  return hash.digest('hex').slice(0, 16);
}

/**
 * Makes `folder` an embedded database, migrated and empty: copied from one that is made once for each version of the
 * schema, since making it takes seconds.
 */
export async function copyTemplate(folder: string): Promise<void> {
  const template = path.join(tmpdir(), `convograph-template-${await version()}`);
  if (!existsSync(template)) {
    const draft = `${template}.${randomUUID()}`;
    await mkdir(draft, { recursive: true });
    const database = await openPglite(draft);
    const queue = await createQueue(database, pino({ level: 'silent' }), { isWorker: false });
    await queue.close();
    await database.close();
    // Of processes that make it at once, the first to be done wins.
    await rename(draft, template).catch(() => rm(draft, { recursive: true, force: true }));
  }
  // The synchronous one is several times faster with a thousand small files.
  cpSync(template, folder, { recursive: true });
}
