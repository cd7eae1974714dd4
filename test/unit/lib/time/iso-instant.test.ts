import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isoInstant } from '../../../../src/lib/time/iso-instant.ts';

test('writes every instant as a Date writes it, one after the other', () => {
  const instants = fc.oneof(
    fc.date({ noInvalidDate: true }),
    fc.nat(100_000).map((ms) => new Date(ms - 50_000)),
  );
  fc.assert(
    fc.property(fc.array(instants, { minLength: 1 }), (dates) => {
      expect(dates.map(isoInstant)).toEqual(dates.map((date) => date.toISOString()));
    }),
    { numRuns: 2_000 },
  );
});

test.each([8.64e15, -8.64e15, 0, -1, Date.parse('0000-01-01T00:00:00Z'), Date.parse('9999-12-31T23:59:59.999Z')])(
  'at the ends of what can be said: %d',
  (ms) => {
    expect(isoInstant(new Date(ms))).toBe(new Date(ms).toISOString());
  },
);

test('what is no instant is refused', () => {
  expect(() => isoInstant(new Date(Number.NaN))).toThrow(RangeError);
});
