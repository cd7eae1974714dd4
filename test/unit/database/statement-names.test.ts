import { describe, expect, test } from 'vitest';
import { createStatementNames } from '../../../src/database/statement-names.ts';

const nameAfter = (names: ReturnType<typeof createStatementNames>, text: string, uses: number) => {
  let name: string | undefined;
  for (let use = 0; use < uses; use++) name = names.nameOf(text);
  return name;
};

describe('names of statements', () => {
  test('a text is named from its third use on, always by the same name', () => {
    const names = createStatementNames();
    expect(nameAfter(names, 'SELECT 1', 2)).toBeUndefined();
    const name = names.nameOf('SELECT 1');
    expect(name).toMatch(/^s0_/);
    expect(names.nameOf('SELECT 1')).toBe(name);
    expect(nameAfter(names, 'SELECT 2', 3)).not.toBe(name);
  });

  test('however many texts come, no more than 400 are named', () => {
    const names = createStatementNames();
    const given = new Set<string>();
    for (let text = 0; text < 5_000; text++) {
      const name = nameAfter(names, `SELECT ${text}`, 3);
      if (name !== undefined) given.add(name);
    }
    expect(given.size).toBe(400);
    expect(nameAfter(names, 'SELECT 1', 3)).toBeDefined();
  });

  test('texts that come once each do not keep one that comes often from its name', () => {
    const names = createStatementNames();
    for (let text = 0; text < 5_000; text++) names.nameOf(`SELECT ${text}`);
    expect(nameAfter(names, 'SELECT often', 3)).toBeDefined();
  });

  test('behind a pooler no names are given any more', () => {
    const names = createStatementNames();
    nameAfter(names, 'SELECT 1', 3);
    const lost = Object.assign(new Error('prepared statement "s0_x" does not exist'), { code: '26000' });
    expect(names.forgetAfter(lost)).toBe(true);
    expect(nameAfter(names, 'SELECT 1', 5)).toBeUndefined();
  });

  test('after a migration statements get new names', () => {
    const names = createStatementNames();
    const before = nameAfter(names, 'SELECT 1', 3);
    expect(names.forgetAfter(new Error('cached plan must not change result type'))).toBe(true);
    const after = nameAfter(names, 'SELECT 1', 3);
    expect(after).toBeDefined();
    expect(after).not.toBe(before);
  });

  test('other failures stay failures', () => {
    expect(createStatementNames().forgetAfter(new Error('division by zero'))).toBe(false);
    expect(createStatementNames().forgetAfter('nothing')).toBe(false);
  });
});
