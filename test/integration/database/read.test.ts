import { expect, test } from 'vitest';
import { Prisma } from '../../../src/database/generated/client.ts';
import { eachDatabase, startGateway } from '../../testkit/gateway.ts';

const everyType = Prisma.sql`
  SELECT ${"a text with $1 and 'quotes'"}::text AS "text", NULL::text AS "none", ${3}::int AS "int",
    ${9_007_199_254_740_993n}::bigint AS "bigint", ${1.5}::float8 AS "float", ${true}::boolean AS "bool",
    ${new Date('2024-02-29T23:59:59.123Z')}::timestamptz AS "time", '2024-01-01T00:00:00Z'::timestamptz AS "whole",
    '0099-05-06T07:08:09Z'::timestamptz AS "old", DATE '2024-03-01' AS "day",
    '{"b": [1, {"c": null}], "a": "ü"}'::jsonb AS "jsonb", '{"b": 1, "a": 2}'::json AS "json",
    ${['x', 'y "z"', '']}::text[] AS "texts", '{}'::text[] AS "empty", ARRAY[1, NULL, 3]::int[] AS "ints",
    ARRAY[9007199254740993]::bigint[] AS "bigints", 'COMPLETED'::"ConversationStatus" AS "enum", 12.50::numeric AS "numeric",
    ${[new Date('2024-01-01T00:00:00.001Z')]}::timestamptz[] AS "times"`;

eachDatabase('reading by one statement', (database) => {
  test('each type comes as Prisma gives it', async () => {
    await using gateway = await startGateway({ database });
    const { read, prisma } = gateway.app.database;
    const expected = await prisma.$queryRaw<unknown[]>(everyType);
    // From the third time on it is a prepared statement.
    for (let time = 0; time < 5; time++) expect(await read(everyType)).toEqual(expected);
  });

  test('statements are observed', async () => {
    await using gateway = await startGateway({ database });
    const { statements } = await gateway.countStatements(() => gateway.app.database.read(Prisma.sql`SELECT ${1}::int`));
    expect(statements).toContain('SELECT $1::int');
  });

  test('what is no one statement, or has no form to be sent in, is refused as a failure of the reading', async () => {
    await using gateway = await startGateway({ database });
    const { read } = gateway.app.database;
    await expect(read(Prisma.sql`SELECT 1 AS "a"; SELECT 2 AS "b", 3 AS "c"`)).rejects.toThrow('multiple commands');
    const reading = read(Prisma.sql`SELECT ${new Date(Number.NaN)}::timestamptz`);
    await expect(reading).rejects.toThrow('Invalid time value');
    expect(await read(Prisma.sql`SELECT ${2}::int AS "b"`)).toEqual([{ b: 2 }]);
  });

  test('a mistake in a statement is told, and what comes after it is read', async () => {
    await using gateway = await startGateway({ database });
    const { read } = gateway.app.database;
    const divide = (by: number) => read<{ result: number }>(Prisma.sql`SELECT 6 / ${by}::int AS "result"`);
    for (let time = 0; time < 4; time++) {
      await expect(divide(0)).rejects.toThrow('division by zero');
      expect(await divide(2)).toEqual([{ result: 3 }]);
    }
  });
});

const postgres = process.env['TEST_DATABASE_URL'] === undefined ? test.skip : test;

postgres('a statement whose prepared form the server has lost is sent again', async () => {
  await using gateway = await startGateway({ database: 'postgres' });
  const { read, prisma } = gateway.app.database;
  const find = () => read<{ one: number }>(Prisma.sql`SELECT ${1}::int AS "one"`);
  for (let time = 0; time < 4; time++) await find();
  // As a pooler does it that hands the connection to somebody else.
  for (let time = 0; time < 40; time++) await Promise.all([prisma.$executeRaw`DEALLOCATE ALL`, find()]);
  expect(await find()).toEqual([{ one: 1 }]);
});

postgres('a migration under a running process is not noticed by its readers, nor by its transactions', async () => {
  await using gateway = await startGateway({ database: 'postgres' });
  const { read, prisma, transaction } = gateway.app.database;
  await prisma.$executeRaw`CREATE TABLE moving (id int)`;
  const all = Prisma.sql`SELECT * FROM moving`;
  for (let time = 0; time < 5; time++) {
    await read(all);
    await transaction((tx) => tx.$queryRaw(all));
  }
  await prisma.$executeRaw`ALTER TABLE moving ADD COLUMN name text`;
  await prisma.$executeRaw`INSERT INTO moving VALUES (1, 'x')`;
  expect(await read(all)).toEqual([{ id: 1, name: 'x' }]);
  await prisma.$executeRaw`ALTER TABLE moving ADD COLUMN other text`;
  expect(await transaction((tx) => tx.$queryRaw(all))).toEqual([{ id: 1, name: 'x', other: null }]);
});

postgres('no connection keeps more than 400 prepared statements', async () => {
  await using gateway = await startGateway({ database: 'postgres' });
  const { read } = gateway.app.database;
  for (let text = 0; text < 450; text++) {
    for (let time = 0; time < 3; time++) await read(Prisma.sql`SELECT ${Prisma.raw(String(text))} AS "number"`);
  }
  const [kept] = await read<{ count: bigint }>(Prisma.sql`SELECT count(*) AS "count" FROM pg_prepared_statements`);
  expect(kept?.count).toBeGreaterThan(100n);
  expect(kept?.count).toBeLessThanOrEqual(400n);
});
