/**
 * What the packages are: their licences, and what is known against them. `npm run audit:update` asks the registry and
 * keeps what it says in `advisories.json`; `npm run supply` judges by that file, without a network.
 */
import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import semver from 'semver';
import { z } from 'zod';

const root = import.meta.dirname;
const lockFile = path.join(root, 'package-lock.json');
const advisoriesFile = path.join(root, 'advisories.json');
const dayMs = 86_400_000;
/** What was asked longer ago is told to be old. */
const oldDays = 30;

/** Licences that let the product be used and passed on by anybody. */
const allowed = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'OFL-1.1',
  'Python-2.0',
  'Unlicense',
]);
/** Of tools that build and test, and are not passed on. */
const allowedForTools = new Set([...allowed, 'MPL-2.0']);
/** Packages whose own word is missing or another, looked at one by one. */
const judged: Readonly<Record<string, string>> = {
  busboy: 'MIT: its package.json says so in the old way',
  streamsearch: 'MIT: its package.json says so in the old way',
  'seq-queue': 'MIT by its LICENSE; brought by a peer of Prisma, never loaded',
  elkjs: 'EPL-2.0: brought by Prisma Studio, never loaded',
};

const lockShape = z.object({
  packages: z.record(
    z.string(),
    z.object({ version: z.string().optional(), license: z.string().optional(), dev: z.boolean().optional() }),
  ),
});
const advisoriesShape = z.object({
  /** When the registry was asked; null: never. */
  askedAt: z.iso.datetime().nullable(),
  advisories: z.array(
    z.object({ name: z.string(), range: z.string(), severity: z.string(), title: z.string(), url: z.string() }),
  ),
});
const auditShape = z.object({
  vulnerabilities: z.record(
    z.string(),
    z.object({
      via: z.array(z.union([z.string(), advisoriesShape.shape.advisories.element])),
    }),
  ),
});

export type Lock = z.output<typeof lockShape>;
export type Advisories = z.output<typeof advisoriesShape>;
type Installed = { name: string; version: string; license: string | null; isTool: boolean };

function installedOf(lock: Lock): Installed[] {
  return Object.entries(lock.packages).flatMap(([place, { version, license = null, dev = false }]) => {
    const name = place.split('node_modules/').at(-1) ?? '';
    return name === '' || version === undefined ? [] : [{ name, version, license, isTool: dev }];
  });
}

/** Whether an SPDX expression is met: of what is joined by OR one, of what is joined by AND each. */
export function isLicenceAllowed(expression: string, licences: ReadonlySet<string>): boolean {
  return expression
    .replaceAll(/[()]/g, '')
    .split(/\s+or\s+/i)
    .some((choice) => choice.split(/\s+and\s+/i).every((licence) => licences.has(licence.trim())));
}

/** Licences that are not allowed, and advisories of high and critical severity for what is installed, in words. */
export function problemsOf(lock: Lock, { advisories }: Advisories): string[] {
  const severe = advisories.filter(({ severity }) => severity === 'high' || severity === 'critical');
  return installedOf(lock).flatMap(({ name, version, license, isTool }) => {
    const problems = severe
      .filter((advisory) => advisory.name === name && semver.satisfies(version, advisory.range))
      .map(({ severity, title, url }) => `${name} ${version}: ${severity}: ${title} (${url})`);
    const isAllowed = license !== null && isLicenceAllowed(license, isTool ? allowedForTools : allowed);
    if (!isAllowed && !Object.hasOwn(judged, name)) {
      problems.push(`${name} ${version}: its licence is ${license ?? 'not told'}, which is not among those allowed`);
    }
    return problems;
  });
}

/** What the registry's audit says, as it is kept. @throws where its answer is none */
export function readAudit(json: string, now: Date): Advisories {
  const { vulnerabilities } = auditShape.parse(JSON.parse(json));
  const told = Object.values(vulnerabilities).flatMap(({ via }) =>
    via.flatMap((each) => (typeof each === 'string' ? [] : [each])),
  );
  const distinct = new Map(told.map((each) => [`${each.name} ${each.url} ${each.range}`, each]));
  const advisories = [...distinct.keys()].toSorted().flatMap((key) => distinct.get(key) ?? []);
  return { askedAt: now.toISOString(), advisories };
}

async function update(): Promise<number> {
  const { stdout } = spawnSync('npm', ['audit', '--json', '--package-lock-only'], { encoding: 'utf8' });
  try {
    await writeFile(advisoriesFile, `${JSON.stringify(readAudit(stdout, new Date()), null, 2)}\n`);
  } catch {
    console.error(
      `The registry gave no audit, and ${path.basename(advisoriesFile)} stays as it is. It said:\n${stdout}`,
    );
    return 1;
  }
  return check();
}

async function check(): Promise<number> {
  const lock = lockShape.parse(JSON.parse(await readFile(lockFile, 'utf8')));
  const advisories = advisoriesShape.parse(JSON.parse(await readFile(advisoriesFile, 'utf8')));
  const problems = problemsOf(lock, advisories);
  for (const problem of problems) console.error(`  ${problem}`);
  const { askedAt } = advisories;
  if (askedAt === null) console.log('- the registry was never asked for advisories: npm run audit:update');
  else {
    const days = Math.floor((Date.now() - Date.parse(askedAt)) / dayMs);
    console.log(`- advisories are ${days} days old${days > oldDays ? ': npm run audit:update' : ''}`);
  }
  return problems.length === 0 ? 0 : 1;
}

if (import.meta.main) process.exitCode = await (process.argv.includes('--update') ? update() : check());
