/**
 * `npm run migration -- <name>` writes the migration that brings the existing ones up to `schema.prisma`;
 * `npm run migration -- --check` fails where there is something to write.
 * Prisma's own `migrate dev` would download an engine; the same engine as WebAssembly comes from npm.
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import { PrismaPGlite } from 'pglite-prisma-adapter';

const folder = import.meta.dirname;
const migrationsFolder = path.join(folder, 'migrations');

async function readMigrations() {
  const names = (await readdir(migrationsFolder, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  return Promise.all(
    names.map(async (name) => ({
      path: name,
      migrationFile: {
        path: 'migration.sql',
        content: {
          tag: 'ok' as const,
          value: await readFile(path.join(migrationsFolder, name, 'migration.sql'), 'utf8'),
        },
      },
    })),
  );
}

/** The SQL from the migrations' end state to `schema.prisma`; empty where they agree. */
async function diff(): Promise<string> {
  const { SchemaEngine } = await import('@prisma/schema-engine-wasm');
  const schemaPath = path.join(folder, 'schema.prisma');
  const content = await readFile(schemaPath, 'utf8');
  const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaPGlite(new PGlite()));
  const engine = await SchemaEngine.new({ datamodels: [[schemaPath, content]] }, () => {}, adapter);
  const result = await engine.diff({
    from: {
      tag: 'migrations',
      baseDir: migrationsFolder,
      lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
      shadowDbInitScript: '',
      migrationDirectories: await readMigrations(),
    },
    to: { tag: 'schemaDatamodel', files: [{ path: schemaPath, content }] },
    script: true,
    exitCode: null,
    filters: { externalTables: [], externalEnums: [] },
  });
  const script: string = result.stdout ?? '';
  return script.includes('This is an empty migration') ? '' : script.trim();
}

await mkdir(migrationsFolder, { recursive: true });
const [argument] = process.argv.slice(2);
const script = await diff();
if (argument === '--check') {
  if (script !== '') {
    console.error(`prisma/migrations lag behind schema.prisma; run: npm run migration -- <name>\n\n${script}`);
    process.exit(1);
  }
  console.log('migrations equal schema.prisma');
} else if (script === '') {
  console.log('nothing to write: the migrations equal schema.prisma');
} else if (argument === undefined || !/^[a-z0-9_]+$/.test(argument)) {
  console.error('usage: npm run migration -- <name, of a-z 0-9 _> | --check');
  process.exit(2);
} else {
  const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
  const target = path.join(migrationsFolder, `${stamp}_${argument}`);
  await mkdir(target);
  await writeFile(path.join(target, 'migration.sql'), `${script}\n`);
  await writeFile(
    path.join(migrationsFolder, 'migration_lock.toml'),
    '# What `prisma migrate` checks before it runs.\nprovider = "postgresql"\n',
  );
  console.log(`wrote ${path.relative(process.cwd(), target)}/migration.sql: read it before you commit it`);
}
process.exit(0);
