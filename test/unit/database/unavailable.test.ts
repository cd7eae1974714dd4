import { expect, test } from 'vitest';
import { DatabaseClosedError, isUnavailable } from '../../../src/database/unavailable.ts';

const raw = (cause: Record<string, unknown>) =>
  Object.assign(new Error('Raw query failed.'), {
    code: 'P2010',
    meta: { driverAdapterError: { name: 'DriverAdapterError', cause } },
  });

test.each([
  ['no server, from a model', Object.assign(new Error(''), { code: 'P1001' })],
  ['no server, from a statement', raw({ kind: 'DatabaseNotReachable', host: '127.0.0.1' })],
  ['a server that shuts down', raw({ kind: 'postgres', originalCode: '57P01' })],
  ['a disk that is full', raw({ kind: 'postgres', originalCode: '53100' })],
  ['too many connections', raw({ kind: 'TooManyConnections', originalCode: '53300' })],
  ['a broken connection', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })],
  ['a connection that ends under way', new Error('Connection terminated unexpectedly')],
  ['a closed embedded database', new DatabaseClosedError()],
])('unavailable: %s', (_, err) => {
  expect(isUnavailable(err)).toBe(true);
});

test.each([
  ['a unique key', raw({ kind: 'UniqueConstraintViolation', originalCode: '23505' })],
  ['words of a user in the message', new Error('title must not be "ECONNREFUSED" or "57P01"')],
  ['a value that does not fit', raw({ kind: 'ValueOutOfRange', originalCode: '22003' })],
  ['what is no error', 'ECONNREFUSED'],
])('a fault: %s', (_, err) => {
  expect(isUnavailable(err)).toBe(false);
});
