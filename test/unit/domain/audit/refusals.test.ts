import { pino } from 'pino';
import { expect, test, vi } from 'vitest';
import type { Database } from '../../../../src/database/database.ts';
import { createRefusals, refusedWritesAnHour } from '../../../../src/domain/audit/refusals.ts';

test('who tries to write over and over leaves so many lines an hour, and others theirs', async () => {
  vi.useFakeTimers({ now: new Date('2026-01-01T10:59:00Z') });
  try {
    // Nothing is written by asking.
    const refusals = createRefusals({} as Database, pino({ level: 'silent' }), true);
    const count = (tenantId: string) =>
      Array.from({ length: 3 * refusedWritesAnHour }, () => refusals.takesWrite(tenantId)).filter(Boolean).length;
    expect(count('ten_a')).toBe(refusedWritesAnHour);
    expect(count('ten_b')).toBe(refusedWritesAnHour);
    vi.setSystemTime(new Date('2026-01-01T11:00:00Z'));
    expect(count('ten_a')).toBe(refusedWritesAnHour);
    await refusals.close();
  } finally {
    vi.useRealTimers();
  }
});
