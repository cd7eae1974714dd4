import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';

const file = path.join(import.meta.dirname, '../../require-node.js');

function runOn(node: string) {
  const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${node}' } });`;
  return spawnSync(process.execPath, ['-e', `${pretend} import(${JSON.stringify(file)})`], { encoding: 'utf8' });
}

test('a Node that is too old is told what to do, in place of an error of its own', () => {
  const { status, stderr } = runOn('20.20.2');
  expect(status).toBe(1);
  expect(stderr).toMatch(/^convograph runs on Node 24 or newer, and this is 20\.20\.2\. .*npm ci --include=dev.*\n$/);
  expect(runOn('24.0.0')).toMatchObject({ status: 0, stderr: '' });
});
