import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.join(import.meta.dirname, '../..');
const copied = [
  ...['src', 'test', 'prisma', 'docs', 'examples', 'package.json', 'prisma.config.ts'],
  ...['codegen.ts', 'write-reference.ts', 'schema.graphql'],
];

type Block = { kind: string; file: string; text: string };

/** The guide's blocks: a change to a file, or a whole one. */
function readBlocks(guide: string): Block[] {
  const blocks = guide.matchAll(/^( *)<!-- (change|file): (.+) -->\n *```\w+\n([\s\S]*?)^ *```$/gm);
  return [...blocks].map(([, indent = '', kind = '', file = '', text = '']) => ({
    kind,
    file,
    text: text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  }));
}

/** What a diff shows as being there must be there once: the guide goes stale with a sentence that says where. */
function applyDiff(before: string, diff: string): string {
  const lines = diff.trimEnd().split('\n');
  const side = (sign: string) =>
    lines.filter((line) => line.startsWith(sign) || line.startsWith(' ')).map((line) => line.slice(1));
  const parts = before.split(`${side('-').join('\n')}\n`);
  expect(parts, `the guide shows lines that are not there, or twice:\n${diff}`).toHaveLength(2);
  return parts.join(`${side('+').join('\n')}\n`);
}

function run(folder: string, command: string, ...args: string[]): string {
  const program = command === 'node' ? process.execPath : path.join(root, 'node_modules/.bin', command);
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd: folder, encoding: 'utf8' });
  expect(status, `${command} ${args.join(' ')}\n${error?.message ?? ''}${stdout}${stderr}`).toBe(0);
  return stdout;
}

test('the guide, followed to the letter, adds a field whose types, documents, migration and test are right', {
  timeout: 300_000,
}, async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'guide-'));
  for (const part of copied) await cp(path.join(root, part), path.join(folder, part), { recursive: true });
  await symlink(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
  const blocks = readBlocks(await readFile(path.join(root, 'docs/contributing.md'), 'utf8'));
  for (const { kind, file, text } of blocks) {
    const target = path.join(folder, file);
    await writeFile(target, kind === 'file' ? text : applyDiff(await readFile(target, 'utf8'), text));
  }

  run(folder, 'prisma', 'generate');
  run(folder, 'node', '--no-warnings', 'prisma/migration.ts', 'conversation_referrer');
  const [migration = ''] = (await readdir(path.join(folder, 'prisma/migrations'))).filter((name) =>
    name.endsWith('_conversation_referrer'),
  );
  const written = await readFile(path.join(folder, 'prisma/migrations', migration, 'migration.sql'), 'utf8');
  expect(written).toContain('ALTER TABLE "conversation" ADD COLUMN     "referrer" TEXT;');
  expect(run(folder, 'node', 'codegen.ts')).toContain('schema.graphql');

  const compilerOptions = { incremental: false, tsBuildInfoFile: null };
  const shown = blocks.map(({ file }) => file).filter((file) => file.endsWith('.ts'));
  const files = [...shown, 'src/lib/pdf/libraries.d.ts'];
  const types = { extends: path.join(root, 'tsconfig.json'), compilerOptions, files, include: [] };
  await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify(types));
  run(folder, 'tsc', '-p', folder);

  const tests = `export { default } from ${JSON.stringify(path.join(root, 'vitest.config.ts'))};\n`;
  await writeFile(path.join(folder, 'vitest.config.ts'), tests);
  const told = run(folder, 'vitest', 'run', 'test/integration/conversations/referrer.test.ts');
  expect(told).toMatch(/Tests .*[12] passed/);
  await rm(folder, { recursive: true, force: true });
});
