import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { readDocument, root } from '../../testkit/doc-blocks.ts';
import { makeConversation } from '../../testkit/files/uploads.ts';
import { createDatabase, startGateway } from '../../testkit/gateway.ts';

const run = promisify(execFile);
const hasPsql = await run('psql', ['--version']).then(
  () => true,
  () => false,
);

/** Migrations that say of themselves that they can run again. */
async function repeatable(): Promise<string[]> {
  const folder = path.join(root, 'prisma/migrations');
  const names = (await readdir(folder)).filter((name) => /^\d/.test(name)).sort();
  const texts = await Promise.all(names.map((name) => readFile(path.join(folder, name, 'migration.sql'), 'utf8')));
  return names.filter((_, index) => /safe to run twice/i.test(texts[index] ?? ''));
}

if (process.env['TEST_DATABASE_URL'] === undefined || !hasPsql) {
  test.skip('left out: going back to an older version, since TEST_DATABASE_URL is not set, or there is no psql');
} else {
  test('a database of a newer version is refused in words, and taken by the way that the guide names; its migrations run again', {
    timeout: 60_000,
  }, async () => {
    const database = await createDatabase();
    onTestFinished(() => database.drop());
    const options = { database: 'postgres', databaseUrl: database.url } as const;
    const forget = (migration: string) => {
      const env = { PATH: process.env['PATH'], DATABASE_URL: database.url, MIGRATION: migration };
      return run('sh', ['-ec', readDocument('docs/operate.md').block('rollback')], { env });
    };
    let apiKey: string;
    let id: string;
    {
      await using newer = await startGateway(options);
      ({ apiKey } = newer);
      id = await makeConversation(newer);
      await newer.app.database.prisma.$executeRaw`
        INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
        VALUES ('later', 'none', '20990101000000_later', now(), 1)`;
    }
    await expect(startGateway(options)).rejects.toThrow(/20990101000000_later.*Upgrade and rollback/);
    await forget('20990101000000_later');
    const migrations = await repeatable();
    expect(migrations.length).toBeGreaterThan(3);
    for (const migration of migrations) await forget(migration);
    await using older = await startGateway({ ...options, env: { BOOTSTRAP_API_KEY: apiKey } });
    const { body } = await older.graphql(`{ conversation(id: "${id}") { id } }`);
    expect(body).toMatchObject({ data: { conversation: { id } } });
  });
}
