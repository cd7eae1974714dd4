/** `npm run check`: everything that can be said of the code without running it. Each check runs; all failures are told. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { buildSchema, findBreakingChanges } from 'graphql';

const contract = '../shared/contract/schema.graphql';

const commands: [string, string[]][] = [
  ['format and lint', ['biome', 'check', '--error-on-warnings', '--colors=off', '.']],
  ['who imports whom', ['depcruise', '--config', '.dependency-cruiser.ts', 'src']],
  ['types', ['tsc', '--noEmit']],
  ['schema.graphql and documents', ['node', 'codegen.ts', '--check']],
  ['licences and advisories', ['node', 'supply.ts']],
  ['migrations', ['node', '--no-warnings', 'prisma/migration.ts', '--check']],
];

let failures = 0;
for (const [name, [command = '', ...args]] of commands) {
  const startedAt = performance.now();
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  if (status === 0) console.log(`✓ ${name} (${seconds} s)`);
  else {
    failures++;
    console.error(`✗ ${name}: ${error?.message ?? `${command} ${args.join(' ')} ended with ${status}`}`);
  }
}

if (existsSync(contract)) {
  const [agreed, printed] = await Promise.all(
    [contract, 'schema.graphql'].map(async (file) => buildSchema(await readFile(file, 'utf8'))),
  );
  const breaking = agreed === undefined || printed === undefined ? [] : findBreakingChanges(agreed, printed);
  for (const { description } of breaking) console.error(`  ${description}`);
  if (breaking.length > 0) failures++;
  console.log(`${breaking.length === 0 ? '✓' : '✗'} the contract: ${breaking.length} breaking changes`);
} else console.log('- the contract does not lie beside the project: not compared');

process.exit(failures === 0 ? 0 : 1);
