import { describe, expect, test } from 'vitest';
import { daysIn, startOfDayIn } from '../../../../src/lib/time/time-zone.ts';

describe('days in a row begin when each of them does', () => {
  test.each([
    ['UTC', '2024-02-27', 400],
    ['Europe/Berlin', '2023-03-01', 800],
    // At midnight itself, and sun time with seconds before 1914.
    ['America/Sao_Paulo', '1913-12-01', 90],
    ['America/Sao_Paulo', '2016-09-01', 900],
    ['Africa/Casablanca', '2018-01-01', 900],
    // 30 December 2011 was left out.
    ['Pacific/Apia', '2011-12-01', 60],
    ['Africa/Monrovia', '1971-12-01', 90],
    ['Asia/Kathmandu', '1985-12-01', 60],
    ['Pacific/Kiritimati', '0001-01-01', 3],
    ['America/Adak', '9999-12-29', 3],
  ])('in %s from %s on', (timeZone, first, count) => {
    const days = daysIn(timeZone, first, count);
    expect(days).toHaveLength(count);
    expect(days[0]?.date).toBe(first);
    for (const { date, start } of days) expect(start, date).toEqual(startOfDayIn(date, timeZone));
  });

  test('each day once', () => {
    expect(daysIn('Europe/Berlin', '2024-02-28', 3).map(({ date }) => date)).toEqual([
      '2024-02-28',
      '2024-02-29',
      '2024-03-01',
    ]);
  });
});
