import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { type Advisories, isLicenceAllowed, type Lock, problemsOf, readAudit } from '../../supply.ts';

const root = path.join(import.meta.dirname, '../..');
const run = promisify(execFile);

const advisory = { name: 'left', range: '<1.2.3', severity: 'high', title: 'It leaks', url: 'https://example.com/a' };
const known = (change: Partial<typeof advisory> = {}): Advisories => ({
  askedAt: '2026-01-01T00:00:00.000Z',
  advisories: [{ ...advisory, ...change }],
});
const lock = (version: string, license?: string, dev = false): Lock => ({
  packages: { '': { version: '0.1.0' }, 'node_modules/a/node_modules/left': { version, license, dev } },
});

test('a package within the range of a severe advisory is told, wherever it lies', () => {
  expect(problemsOf(lock('1.2.2', 'MIT'), known())).toEqual(['left 1.2.2: high: It leaks (https://example.com/a)']);
  expect(problemsOf(lock('1.2.2', 'MIT'), known({ severity: 'critical' }))).toHaveLength(1);
  expect(problemsOf(lock('1.2.3', 'MIT'), known())).toEqual([]);
  expect(problemsOf(lock('1.2.2', 'MIT'), known({ severity: 'moderate' }))).toEqual([]);
  expect(problemsOf(lock('1.2.2', 'MIT'), known({ name: 'right' }))).toEqual([]);
});

test('a licence that is not allowed is told, and one that is not there', () => {
  const none = { askedAt: null, advisories: [] };
  expect(problemsOf(lock('1.0.0', 'AGPL-3.0-only'), none)).toEqual([expect.stringContaining('AGPL-3.0-only')]);
  expect(problemsOf(lock('1.0.0'), none)).toEqual([expect.stringContaining('not told')]);
  expect(problemsOf(lock('1.0.0', 'MPL-2.0'), none)).toHaveLength(1);
  expect(problemsOf(lock('1.0.0', 'MPL-2.0', true), none)).toEqual([]);
});

test.each([
  ['MIT', true],
  ['(MIT OR GPL-3.0-only)', true],
  ['MIT AND ISC', true],
  ['MIT and GPL-3.0-only', false],
  ['GPL-3.0-only OR AGPL-3.0-only', false],
])('of %s, whether it is met is %s', (expression, expected) => {
  expect(isLicenceAllowed(expression, new Set(['MIT', 'ISC']))).toBe(expected);
});

test("the registry's audit is kept without what only leads to it, each advisory once", () => {
  const json = JSON.stringify({
    auditReportVersion: 2,
    vulnerabilities: { left: { severity: 'high', via: [{ ...advisory, source: 1 }] }, up: { via: ['left', advisory] } },
  });
  const now = new Date('2026-02-03T04:05:06Z');
  expect(readAudit(json, now)).toEqual({ askedAt: now.toISOString(), advisories: [advisory] });
  expect(() => readAudit('{"message":"405 Method Not Allowed"}', now)).toThrow();
});

test('the packages as they are locked pass, and their bill of materials names each', async () => {
  await run(process.execPath, ['supply.ts'], { cwd: root });
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const { stdout } = await run(npm, ['run', '--silent', 'sbom'], { cwd: root, maxBuffer: 2 ** 26 });
  const bill = JSON.parse(stdout) as { bomFormat: string; components: { name: string; version: string }[] };
  expect(bill.bomFormat).toBe('CycloneDX');
  const { default: own } = await import('../../package.json', { with: { type: 'json' } });
  const named = new Set(bill.components.map(({ name, version }) => `${name}@${version}`));
  const direct = Object.entries({ ...own.dependencies, ...own.devDependencies });
  expect(direct.length).toBeGreaterThan(50);
  for (const [name, version] of direct) expect(named).toContain(`${name}@${version}`);
});
