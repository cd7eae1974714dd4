import { defineConfig } from 'prisma/config';

// The client and the console are made as packages are installed, by packages that nothing else needs.
if (process.env['npm_lifecycle_event'] === 'postinstall' && /\bdev\b/.test(process.env['npm_config_omit'] ?? '')) {
  throw new Error(
    'convograph is built as it is installed, by development packages: install with `npm ci --include=dev`, and ' +
      '`npm prune --omit=dev --ignore-scripts` takes them away afterwards; it then runs on a Node 24 of your own.',
  );
}

// `prisma generate` would download a schema engine that it never runs; any executable stands in for it.
if (process.argv.includes('generate')) process.env['PRISMA_SCHEMA_ENGINE_BINARY'] ??= process.execPath;

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
});
