import { PGlite } from '@electric-sql/pglite';
import { expect, test } from 'vitest';
import { findDue } from '../../../src/database/pglite-upkeep.ts';

test('tables that grew are analyzed, those with many dead rows vacuumed too, and then nothing is due', async () => {
  await using pglite = await PGlite.create();
  await pglite.exec(`
    CREATE TABLE still (a int); INSERT INTO still SELECT generate_series(1, 50);
    CREATE TABLE "Grown" (a int); INSERT INTO "Grown" SELECT generate_series(1, 1000);
    CREATE SCHEMA other; CREATE TABLE other.shrunk (a int);
    INSERT INTO other.shrunk SELECT generate_series(1, 1000); DELETE FROM other.shrunk WHERE a > 200`);
  const due = await findDue(pglite);
  expect(due.sort()).toEqual(['ANALYZE public."Grown"', 'VACUUM (ANALYZE) other.shrunk']);
  for (const statement of due) await pglite.exec(statement);
  expect(await findDue(pglite)).toEqual([]);
  // A tenth more is too little, a hundred rows past that are not.
  await pglite.exec('INSERT INTO "Grown" SELECT generate_series(1, 100)');
  expect(await findDue(pglite)).toEqual([]);
  await pglite.exec('INSERT INTO "Grown" SELECT generate_series(1, 100)');
  expect(await findDue(pglite)).toEqual(['ANALYZE public."Grown"']);
});
