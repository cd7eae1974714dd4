import v8 from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { createWink } from '../../../../src/summarizers/extractive/wink.ts';

v8.setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heldBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

test('wink that is made anew again and again holds no more, and reads on', { timeout: 120_000 }, () => {
  createWink(['pos']);
  const before = heldBytes();
  // Of what is escaped once more each time, 3 KB are 100 MB then.
  for (let made = 0; made < 15; made++) createWink(['pos']);
  expect(heldBytes() - before).toBeLessThan(20 * 2 ** 20);
  expect(createWink(['pos']).readDoc('We met Ann there.').tokens().out()).toEqual(['We', 'met', 'Ann', 'there', '.']);
});
