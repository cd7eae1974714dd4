import type { Logger } from 'pino';
import type { Database } from '../../database/database.ts';
import { idFrom } from '../../lib/id.ts';
import { hourMs } from '../../lib/time/durations.ts';
import type { Sender } from './sender.ts';

/** A key that was refused, or a scope that it lacks. */
type Refusal = { tenantId: string; apiKeyId: string; action: string; reason: string; sender: Sender };

/**
 * Lines of the audit log that requests without a write of their own leave: each key's each refusal once a day,
 * whichever server it is asked of, however often it is asked. Written within seconds.
 */
export type Refusals = {
  note(refusal: Refusal): void;
  /**
   * Whether a refused write may have a line of its own now: who may write nothing fills no disk by trying. Each process
   * lets `refusedWritesAnHour` of a tenant through; the log says so once an hour where there are more.
   */
  takesWrite(tenantId: string): boolean;
  flush(): Promise<void>;
  close(): Promise<void>;
};

const flushIntervalMs = 2_000;
export const refusedWritesAnHour = 1_000;
/** Past so many in a day they may be told twice to the database, which keeps the first. */
const maxKnown = 10_000;

/** The id of a line that a key has once a day, whichever server writes it. */
export function onceADay(line: { tenantId: string; apiKeyId: string; action: string }, at: Date): string {
  return idFrom(
    'auditEntry',
    JSON.stringify([line.tenantId, line.apiKeyId, line.action, at.toISOString().slice(0, 10)]),
  );
}

export function createRefusals(database: Database, log: Logger, isOn: boolean): Refusals {
  /** Of today: what is waiting to be written, or is. */
  const known = new Set<string>();
  let waiting: (Refusal & { id: string; at: Date })[] = [];
  let running: Promise<void> | null = null;
  const writes = { hour: 0, byTenant: new Map<string, number>() };

  const write = async () => {
    const lines = waiting;
    if (lines.length === 0) return;
    waiting = [];
    try {
      await database.prisma.$executeRaw`
        INSERT INTO audit_entry (tenant_id, id, at, way, action, api_key_id, outcome, reason, address, forwarded_for)
        SELECT given.tenant_id, given.id, given.at, given.way, given.action, given.api_key_id, 'REFUSED',
          given.reason, given.address, given.forwarded_for
        FROM unnest(
          ${lines.map((line) => line.tenantId)}::text[], ${lines.map((line) => line.id)}::text[],
          ${lines.map((line) => line.at)}::timestamptz[], ${lines.map((line) => line.sender.way)}::text[],
          ${lines.map((line) => line.action)}::text[], ${lines.map((line) => line.apiKeyId)}::text[],
          ${lines.map((line) => line.reason)}::text[], ${lines.map((line) => line.sender.address)}::text[],
          ${lines.map((line) => line.sender.forwardedFor)}::text[]
        ) given(tenant_id, id, at, way, action, api_key_id, reason, address, forwarded_for)
        JOIN tenant ON tenant.id = given.tenant_id
        ON CONFLICT DO NOTHING`;
    } catch (err) {
      waiting = [...lines, ...waiting].slice(0, maxKnown);
      log.warn({ err }, 'refusals could not be written to the audit log; they are kept and tried again');
    }
  };
  const flush = async () => {
    await running;
    running = write().finally(() => {
      running = null;
    });
    await running;
  };
  const timer = setInterval(() => {
    if (running === null && waiting.length > 0) void flush();
  }, flushIntervalMs);
  timer.unref();

  return {
    note: (refusal) => {
      if (!isOn) return;
      const at = new Date();
      const id = onceADay(refusal, at);
      if (known.has(id)) return;
      if (known.size >= maxKnown) known.clear();
      known.add(id);
      waiting.push({ ...refusal, id, at });
    },
    takesWrite: (tenantId) => {
      const hour = Math.floor(Date.now() / hourMs);
      if (writes.hour !== hour) {
        writes.hour = hour;
        writes.byTenant.clear();
      }
      const count = (writes.byTenant.get(tenantId) ?? 0) + 1;
      writes.byTenant.set(tenantId, count);
      if (count === refusedWritesAnHour + 1) {
        log.warn({ tenantId, refusedWritesAnHour }, 'refused writes of this hour are no longer in the audit log');
      }
      return count <= refusedWritesAnHour;
    },
    flush,
    close: async () => {
      clearInterval(timer);
      await flush();
    },
  };
}
