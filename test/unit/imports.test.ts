import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';

const root = path.join(import.meta.dirname, '../..');
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** What the rules say of a project with these files. */
function cruise(files: Record<string, string>) {
  const folder = mkdtempSync(path.join(tmpdir(), 'convograph-imports-'));
  folders.push(folder);
  for (const [name, source] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), source);
  }
  for (const shared of ['package.json', 'node_modules', '.dependency-cruiser.ts']) {
    symlinkSync(path.join(root, shared), path.join(folder, shared));
  }
  const command = path.join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
  const run = spawnSync(process.execPath, [command, '--config', '.dependency-cruiser.ts', 'src'], {
    cwd: folder,
    encoding: 'utf8',
  });
  return { status: run.status, output: run.stdout + run.stderr };
}

const refused: [string, string, string, string][] = [
  ['an arrow up', 'src/lib/a.ts', 'src/domain/b.ts', 'lib/** imports what is below it'],
  [
    'from the domain to the graph',
    'src/domain/search/a.ts',
    'src/graphql/b.ts',
    'domain/search imports what is below it',
  ],
  ['from REST to the graph', 'src/rest/animam/a.ts', 'src/graphql/b.ts', 'rest/** imports what is below it'],
  ['from syncing to writing through', 'src/upstreams/sync/a.ts', 'src/upstreams/write-through/b.ts', 'upstreams/sync'],
  ['of types alone', 'src/database/a.ts', 'src/domain/b.ts', 'database imports what is below it'],
  ['from a room that has no line', 'src/attic/a.ts', 'src/lib/b.ts', 'every room has its line'],
];

test.each(refused)('an import %s is refused', (_what, from, to, rule) => {
  const specifier = path.relative(path.dirname(from), to);
  const { status, output } = cruise({
    [from]: `import type { B } from '${specifier.startsWith('.') ? specifier : `./${specifier}`}';\nexport type A = B;\n`,
    [to]: 'export type B = string;\n',
  });
  expect(output).toContain(rule);
  expect(status).not.toBe(0);
});

test('a circle of types is refused', () => {
  const { status, output } = cruise({
    'src/lib/a.ts': "import type { B } from './b.ts';\nexport type A = B | null;\n",
    'src/lib/b.ts': "import type { A } from './a.ts';\nexport type B = { a: A };\n",
  });
  expect(output).toContain('no circle');
  expect(status).not.toBe(0);
});

test('an import of what lies below is allowed', () => {
  const { status, output } = cruise({
    'src/domain/a.ts': "import { b } from '../lib/b.ts';\nexport const a = b;\n",
    'src/lib/b.ts': 'export const b = 1;\n',
  });
  expect(output).toContain('no dependency violations');
  expect(status).toBe(0);
});
